// Positions, and the way through what has arrived. See consumer.hpp.
#include "client/consume/consumer.hpp"

#include <algorithm>

#include "client/session/loop.hpp"

namespace kera {

namespace {

ChunkChecks checks_for(const ConsumerOptions& options, const Capabilities& capabilities) {
    // What lies in the broker's own memory was checked when it was appended.
    const bool trusted = capabilities.zero_copy_receive;
    return {options.check_crcs.value_or(!trusted), options.check_records.value_or(!trusted)};
}

}  // namespace

Result<void> Consumer::check(const ConsumerOptions& options) {
    if (options.fetch_bytes_max == 0 || options.streamlet_bytes_max == 0) {
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
      checks_(checks_for(options_, loop.transport().capabilities())),
      inbox_(loop.has_io_thread()),
      feed_(loop, options_, inbox_) {}

Consumer::~Consumer() = default;

const Consumer::Position* Consumer::find(const StreamletRef& streamlet) const {
    const auto found = std::find_if(
        positions_.begin(), positions_.end(),
        [&streamlet](const Position& position) { return position.streamlet == streamlet; });
    return found == positions_.end() ? nullptr : &*found;
}

Consumer::Position* Consumer::find(const StreamletRef& streamlet) {
    return const_cast<Position*>(std::as_const(*this).find(streamlet));
}

Result<void> Consumer::assign(const StreamletRef& streamlet, const StartAt& start) {
    if (start.kind == StartAt::Kind::offset && start.value < 0) {
        return fail(ErrorCode::invalid_argument, "offset", 0, start.value);
    }
    Position* position = find(streamlet);
    if (position == nullptr) {
        positions_.push_back({streamlet, start, 0, {}, {}, false, false});
        loop_.run([&] { feed_.add(streamlet.stream, streamlet.streamlet); });
        position = &positions_.back();
    }
    position->assigned = true;
    restart(*position, start);
    return {};
}

Result<void> Consumer::seek(const StreamletRef& streamlet, const StartAt& start) {
    const Position* position = find(streamlet);
    if (position == nullptr || !position->assigned) {
        return fail(ErrorCode::invalid_argument, "not_assigned", 0, streamlet.streamlet.value());
    }
    return assign(streamlet, start);
}

Result<void> Consumer::unassign(const StreamletRef& streamlet) {
    KERA_TRY(pause(streamlet));
    Position& position = *find(streamlet);
    position.assigned = false;
    position.next.reset();
    const auto index = static_cast<std::uint32_t>(&position - positions_.data());
    loop_.run([&] { feed_.remove(index, position.generation); });
    return {};
}

Result<void> Consumer::pause(const StreamletRef& streamlet) {
    Position* const position = find(streamlet);
    if (position == nullptr || !position->assigned) {
        return fail(ErrorCode::invalid_argument, "not_assigned", 0, streamlet.streamlet.value());
    }
    position->paused = true;
    leave(*position);
    ++position->generation;
    const auto index = static_cast<std::uint32_t>(position - positions_.data());
    loop_.run([&] { feed_.pause(index, position->generation); });
    return {};
}

Result<void> Consumer::resume(const StreamletRef& streamlet) {
    Position* const position = find(streamlet);
    if (position == nullptr || !position->assigned) {
        return fail(ErrorCode::invalid_argument, "not_assigned", 0, streamlet.streamlet.value());
    }
    if (position->paused) {
        restart(*position, position->next ? StartAt::at(*position->next) : position->start);
    }
    return {};
}

void Consumer::restart(Position& position, const StartAt& start) {
    position.paused = false;
    position.start = start;
    position.next.reset();
    if (start.kind == StartAt::Kind::offset) {
        position.next = Offset(start.value);
    }
    leave(position);
    ++position.generation;
    const auto index = static_cast<std::uint32_t>(&position - positions_.data());
    loop_.run([&] { feed_.start(index, position.generation, start); });
    loop_.wake();
}

std::optional<Offset> Consumer::position(const StreamletRef& streamlet) const {
    const Position* position = find(streamlet);
    return position == nullptr ? std::nullopt : position->next;
}

std::optional<Offset> Consumer::readable_head(const StreamletRef& streamlet) const {
    const Position* position = find(streamlet);
    return position == nullptr ? std::nullopt : position->readable_head;
}

// False: nothing is there now.
Result<bool> Consumer::next_part() {
    bool polled = false;
    for (;;) {
        ReceivedPart* part = inbox_.next();
        if (part == nullptr) {
            if (loop_.session_refused()) {
                return loop_.refusal();
            }
            if (polled || loop_.has_io_thread() || loop_.polling()) {
                return false;
            }
            polled = true;
            loop_.poll();
            continue;
        }
        Position& position = positions_[part->assignment];
        if (part->generation != position.generation) {
            give_back(*part);
            continue;
        }
        if (part->error.code != ErrorCode::ok) {
            const Error why = part->error;
            give_back(*part);
            return why;
        }
        position.readable_head = part->readable_head;
        if (part->from == kContinues) {
            part->from = *position.next;
        }
        // Also where the broker had to move us.
        position.next = part->from;
        part_ = part;
        rest_ = part->chunks;
        return true;
    }
}

Result<bool> Consumer::next_chunk() {
    if (reader_.has_record()) {
        // The rest of a chunk that was being read record by record is passed on as a whole.
        reader_.leave();
        return true;
    }
    for (;;) {
        if (part_ != nullptr && part_->generation != positions_[part_->assignment].generation) {
            leave_part();
        }
        if (part_ == nullptr) {
            KERA_TRY_ASSIGN(const bool more, next_part());
            if (!more) {
                return false;
            }
        }
        KERA_TRY_ASSIGN(const bool entered, enter_chunk());
        if (entered) {
            return true;
        }
    }
}

// False: the chunk lies wholly below what was asked for.
Result<bool> Consumer::enter_chunk() {
    Result<Bytes> chunk = check_next_chunk(rest_, checks_);
    if (!chunk) {
        return fail_part(chunk.error());
    }
    chunk_ = *chunk;
    if (ChunkView(chunk_.data()).end_offset() <= *positions_[part_->assignment].next) {
        leave_chunk();
        return false;
    }
    return true;
}

Result<bool> Consumer::next_chunk_of_records() {
    for (;;) {
        if (!reader_.has_record() && chunk_.data() != nullptr) {
            leave_chunk();
        }
        KERA_TRY_ASSIGN(const bool more, next_chunk());
        if (!more) {
            return false;
        }
        const ChunkView chunk(chunk_.data());
        const Result<void> readable = check_has_records(chunk);
        if (!readable) {
            leave_chunk();
            return readable.error();
        }
        const Offset next = *positions_[part_->assignment].next;
        reader_.enter(chunk_, part_->stream, part_->streamlet, next);
        if (reader_.damaged()) {
            return fail_records();
        }
        if (reader_.has_record()) {
            return true;
        }
    }
}

void Consumer::note_position() {
    if (part_ == nullptr) {
        return;
    }
    positions_[part_->assignment].next = reader_.next_offset();
    if (!reader_.has_record()) {
        leave_chunk();
    }
}

void Consumer::leave_chunk() {
    if (part_ == nullptr) {
        return;
    }
    Position& position = positions_[part_->assignment];
    const Offset end = ChunkView(chunk_.data()).end_offset();
    if (part_->generation == position.generation && end > *position.next) {
        position.next = end;
    }
    reader_.leave();
    rest_ = rest_.subspan(chunk_.size());
    chunk_ = {};
    if (rest_.empty()) {
        leave_part();
    }
}

void Consumer::leave_part() {
    reader_.leave();
    chunk_ = rest_ = {};
    give_back(*std::exchange(part_, nullptr));
}

void Consumer::leave(const Position& position) {
    if (part_ != nullptr && &positions_[part_->assignment] == &position) {
        leave_part();
    }
}

// The streamlet is not read on before a seek: what follows may be as bad.
Error Consumer::fail_part(const Error& why) {
    Position& position = positions_[part_->assignment];
    ++position.generation;
    const std::uint32_t index = part_->assignment;
    leave_part();
    loop_.run([&] { feed_.pause(index, position.generation); });
    return why;
}

// What was read before stays read; the limit is where a seek finds the next chunk.
Error Consumer::fail_records() {
    const Offset at = reader_.next_offset();
    const Offset end = ChunkView(chunk_.data()).end_offset();
    if (part_->generation == positions_[part_->assignment].generation) {
        positions_[part_->assignment].next = at;
    }
    return fail_part(fail(ErrorCode::corrupt, "record_offset", end.value(), at.value()));
}

void Consumer::give_back(const ReceivedPart& part) {
    inbox_.finish(part);
    if (loop_.has_io_thread()) {
        loop_.wake();
    } else if (!loop_.polling() && inbox_.has_returns()) {
        loop_.poll();
    }
}

bool Consumer::await(std::int64_t deadline_ns) {
    return part_ != nullptr || loop_.wait_until(deadline_ns, [this] { return !inbox_.empty(); });
}

Result<const ReceivedPart*> Consumer::take_batch() {
    for (;;) {
        if (part_ == nullptr) {
            KERA_TRY_ASSIGN(const bool more, next_part());
            if (!more) {
                return static_cast<const ReceivedPart*>(nullptr);
            }
        }
        Offset end{0};
        for (Bytes rest = rest_; !rest.empty();) {
            const Result<Bytes> chunk = check_next_chunk(rest, checks_);
            if (!chunk) {
                return fail_part(chunk.error());
            }
            end = ChunkView(chunk->data()).end_offset();
            rest = rest.subspan(chunk->size());
        }
        Position& position = positions_[part_->assignment];
        if (end <= *position.next) {
            leave_part();
            continue;
        }
        part_->chunks = std::exchange(rest_, {});
        part_->from = *position.next;
        position.next = end;
        return static_cast<const ReceivedPart*>(std::exchange(part_, nullptr));
    }
}

void Consumer::release(const ReceivedPart& batch) {
    give_back(batch);
}

void Consumer::shut_down(const Error& why) {
    static_cast<void>(why);
    feed_.shut_down();
    part_ = nullptr;
    reader_.leave();
    chunk_ = rest_ = {};
    inbox_.clear();
}

}  // namespace kera
