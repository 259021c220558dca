// Assignments, seeks and pauses. See consumer.hpp.
#include "client/consume/consumer.hpp"

#include "client/session/loop.hpp"
#include "wire/frame/message_limits.hpp"

namespace kera {

namespace {

ChunkChecks checks_for(const ConsumerOptions& options, const Capabilities& capabilities) {
    // What lies in the broker's own memory was checked when it was appended.
    const bool trusted = capabilities.zero_copy_receive;
    return {options.check_crcs.value_or(!trusted), options.check_records.value_or(!trusted)};
}

Error not_assigned(const StreamletRef& streamlet) {
    return fail(ErrorCode::invalid_argument, "not_assigned", 0, streamlet.streamlet.value());
}

}  // namespace

Result<void> Consumer::check(const ConsumerOptions& options) {
    if (options.fetch_bytes_max == 0) {
        return fail(ErrorCode::invalid_argument, "fetch_bytes_max", 1, 0);
    }
    if (options.streamlets_per_fetch == 0 || options.streamlets_per_fetch > 4096) {
        return fail(ErrorCode::invalid_argument, "streamlets_per_fetch", 4096,
                    options.streamlets_per_fetch);
    }
    if (options.credit_bytes <= 0 || options.request_timeout_ns <= 0) {
        return fail(ErrorCode::invalid_argument, "credit_bytes", 1, options.credit_bytes);
    }
    return {};
}

Consumer::Consumer(Loop& loop, ConsumerOptions options)
    : loop_(loop),
      options_(options),
      membership_(loop, *this),
      inbox_(loop.has_io_thread()),
      receiver_(loop, options_, inbox_),
      reader_(loop, receiver_, inbox_, assignments_,
              checks_for(options_, loop.transport().capabilities()), loop.has_io_thread()) {}

Consumer::~Consumer() = default;

Result<void> Consumer::assign(const StreamletRef& streamlet, const StartAt& start) {
    if (start.kind == StartAt::Kind::offset && start.value < 0) {
        return fail(ErrorCode::invalid_argument, "offset", 0, start.value);
    }
    Assignment* one = assignments_.find(streamlet);
    if (one == nullptr) {
        one = &assignments_.add(streamlet);
        loop_.run([&] { receiver_.add(streamlet.stream, streamlet.streamlet); });
    }
    one->assigned = true;
    read_from(*one, start);
    return {};
}

Result<void> Consumer::assign_stream(StreamId stream, std::int32_t streamlets,
                                     const StartAt& start) {
    if (streamlets <= 0 || streamlets > kStreamletsMax) {
        return fail(ErrorCode::invalid_argument, "streamlets", kStreamletsMax, streamlets);
    }
    for (std::int32_t streamlet = 0; streamlet < streamlets; ++streamlet) {
        KERA_TRY(assign({stream, StreamletId(streamlet)}, start));
    }
    whole_streams_.add(stream, streamlets);
    loop_.run([&] { loop_.growth().follow(stream); });
    return {};
}

// A streamlet that the application has assigned, or given up, by itself stays as it is.
Result<void> Consumer::assign_grown() {
    for (const WholeStreams::Grown& grown : whole_streams_.take_grown()) {
        for (std::int32_t streamlet = grown.first; streamlet < grown.end; ++streamlet) {
            const StreamletRef added{grown.stream, StreamletId(streamlet)};
            if (assignments_.find(added) == nullptr) {
                KERA_TRY(assign(added, StartAt::earliest()));
            }
        }
    }
    return {};
}

Result<void> Consumer::seek(const StreamletRef& streamlet, const StartAt& start) {
    const Assignment* one = assignments_.find(streamlet);
    if (one == nullptr || !one->assigned) {
        return not_assigned(streamlet);
    }
    return assign(streamlet, start);
}

Result<void> Consumer::unassign(const StreamletRef& streamlet) {
    KERA_TRY(pause(streamlet));
    Assignment& one = *assignments_.find(streamlet);
    one.assigned = false;
    one.position.reset();
    return {};
}

Result<void> Consumer::pause(const StreamletRef& streamlet) {
    Assignment* const one = assignments_.find(streamlet);
    if (one == nullptr || !one->assigned) {
        return not_assigned(streamlet);
    }
    one->paused = true;
    reader_.leave(*one);
    ++one->generation;
    loop_.run([&] { receiver_.pause(assignments_.index_of(*one), one->generation); });
    return {};
}

Result<void> Consumer::resume(const StreamletRef& streamlet) {
    Assignment* const one = assignments_.find(streamlet);
    if (one == nullptr || !one->assigned) {
        return not_assigned(streamlet);
    }
    if (one->paused) {
        read_from(*one, one->position ? StartAt::at(*one->position) : one->start);
    }
    return {};
}

void Consumer::read_from(Assignment& assignment, const StartAt& start) {
    assignment.paused = false;
    assignment.start = start;
    assignment.position.reset();
    if (start.kind == StartAt::Kind::offset) {
        assignment.position = Offset(start.value);
    }
    reader_.leave(assignment);
    ++assignment.generation;
    loop_.run(
        [&] { receiver_.start(assignments_.index_of(assignment), assignment.generation, start); });
    loop_.wake();
}

std::optional<Offset> Consumer::position(const StreamletRef& streamlet) const {
    const Assignment* const one = assignments_.find(streamlet);
    return one == nullptr ? std::nullopt : one->position;
}

std::optional<Offset> Consumer::readable_head(const StreamletRef& streamlet) const {
    const Assignment* const one = assignments_.find(streamlet);
    return one == nullptr ? std::nullopt : one->readable_head;
}

bool Consumer::await(std::int64_t deadline_ns) {
    const auto done = [this] {
        return !inbox_.empty() || whole_streams_.has_grown() ||
               waiting_ended_.load(std::memory_order_acquire);
    };
    while (!reader_.has_part()) {
        loop_.wait_until(deadline_ns, done, inbox_.has_returns());
        if (!whole_streams_.has_grown()) {
            return !inbox_.empty();
        }
        // What it is told of now is worth waiting for.
        if (!assign_grown().ok()) {
            return true;
        }
    }
    return true;
}

void Consumer::end_waiting() {
    waiting_ended_.store(true, std::memory_order_release);
    loop_.wake_waiting();
}

void Consumer::shut_down(const Error& why) {
    static_cast<void>(why);
    receiver_.shut_down();
    reader_.reset();
    inbox_.clear();
}

}  // namespace kera
