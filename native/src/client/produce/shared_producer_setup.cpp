// A shared producer's beginning, end and waits. See shared_producer.hpp.
#include <algorithm>
#include <bit>

#include "client/produce/shared_producer.hpp"
#include "client/session/loop.hpp"
#include "wire/frame/message_limits.hpp"

namespace kera {

namespace {

constexpr std::size_t kToLoopBytes = 256_KiB;
// Header and the longest message, rounded up.
constexpr std::size_t kMessageBytes = 80;
// Answers that belong to no chunk: refusals, retired regions.
constexpr std::size_t kOtherMessages = 64;
constexpr std::uint64_t kBuffersMin = 2;

ProducerOptions rounded(ProducerOptions options) {
    options.chunk_bytes =
        align_up(options.chunk_bytes, static_cast<std::uint32_t>(kCacheLineBytes));
    options.memory_bytes -= options.memory_bytes % options.chunk_bytes;
    return options;
}

// Of the region in use and of one that is retired.
std::uint32_t capacity_of(const ProducerOptions& options) {
    return static_cast<std::uint32_t>(2 * (options.memory_bytes / options.chunk_bytes) + 2);
}

std::size_t ring_bytes_for(std::uint32_t capacity) {
    return std::bit_ceil((std::size_t{capacity} + kOtherMessages) * 2 * kMessageBytes);
}

}  // namespace

SharedProducer::RingMemory::RingMemory(std::size_t data_bytes)
    : bytes(std::make_unique<std::byte[]>(ring_buffer_bytes(data_bytes) + kCacheLineBytes)) {
    const auto address = reinterpret_cast<std::uintptr_t>(bytes.get());
    std::byte* const aligned =
        bytes.get() + (align_up(address, std::uintptr_t{kCacheLineBytes}) - address);
    memory = {aligned, ring_buffer_bytes(data_bytes)};
    layout = RingLayout::over({aligned, ring_buffer_bytes(data_bytes)}).value();
}

SharedProducer::SharedProducer(Loop& loop, const ProducerOptions& options)
    : loop_(loop),
      options_(rounded(options)),
      membership_(loop, *this),
      pool_({options_.chunk_bytes, options_.memory_bytes, false}),
      sealed_(capacity_of(options_)),
      settled_(capacity_of(options_)),
      chunks_(capacity_of(options_)),
      sender_({loop, options_, pool_, lock_, sealed_, &settled_, streams_}, membership_.index()),
      to_loop_(kToLoopBytes),
      from_loop_(ring_bytes_for(capacity_of(options_))),
      from_outside_(to_loop_.layout),
      to_outside_(from_loop_.layout) {
    adopt_memory();
}

SharedProducer::~SharedProducer() = default;

kera_shared_area SharedProducer::area() {
    kera_shared_area area{};
    area.to_loop = to_loop_.memory;
    area.from_loop = from_loop_.memory;
    area.states = chunks_.states();
    area.asleep = loop_.parked_flag();
    area.chunk_bytes = options_.chunk_bytes;
    loop_.run([&] {
        area.chunk_bytes_max = std::min<std::uint64_t>(
            options_.memory_bytes, loop_.connection().greeting().chunk_bytes_max);
    });
    return area;
}

Result<void> SharedProducer::await_identity(std::int64_t deadline_ns) {
    const bool done =
        loop_.wait_until(deadline_ns, [this] { return sender_.identified() || sender_.refused(); });
    if (sender_.refused()) {
        return sender_.refusal();
    }
    if (!done) {
        return fail(ErrorCode::timed_out, "open_producer");
    }
    return {};
}

Result<std::uint32_t> SharedProducer::attach(StreamId stream, std::int32_t streamlets) {
    if (streamlets <= 0 || streamlets > kStreamletsMax) {
        return fail(ErrorCode::invalid_argument, "streamlets", kStreamletsMax, streamlets);
    }
    auto attached = std::make_unique<AttachedStream>();
    attached->stream = stream;
    attached->streamlets = streamlets;
    const auto count = static_cast<std::size_t>(streamlets);
    attached->open = std::make_unique<OpenChunk[]>(count);
    attached->queues = std::make_unique<StreamletQueue[]>(count);
    std::uint32_t handle = 0;
    loop_.run([&] {
        for (handle = 0; handle < streams_.size(); ++handle) {
            if (streams_[handle]->stream == stream) {
                return;
            }
        }
        for (std::size_t index = 0; index < count; ++index) {
            OpenChunk& chunk = attached->open[index];
            StreamletQueue& queue = attached->queues[index];
            chunk.stream = queue.stream = stream;
            chunk.streamlet = queue.streamlet = StreamletId(static_cast<std::int32_t>(index));
            chunk.epoch = queue.epoch = sender_.epoch();
            chunk.queue = &queue;
            queue.open_chunk = &chunk;
        }
        streams_.push_back(std::move(attached));
    });
    return handle;
}

Result<void> SharedProducer::flush(std::int64_t deadline_ns) {
    std::uint64_t closed = 0;
    loop_.run([&] {
        close_all();
        closed = chunks_closed_.get();
    });
    loop_.wake();
    if (loop_.wait_until(deadline_ns, [this, closed] { return chunks_told_.get() >= closed; })) {
        return {};
    }
    return fail(ErrorCode::timed_out, "flush_chunks_left", 0,
                static_cast<std::int64_t>(closed - chunks_told_.get()));
}

bool SharedProducer::await(std::int64_t messages, std::int64_t asked, std::int64_t deadline_ns) {
    return loop_.wait_until(deadline_ns, [this, messages, asked] {
        return static_cast<std::int64_t>(messages_told_.get()) >= messages ||
               static_cast<std::int64_t>(asked_told_.get()) >= asked;
    });
}

Result<void> SharedProducer::recover(std::uint32_t stream, std::int32_t streamlet) {
    Result<void> outcome;
    loop_.run([&] {
        if (stream >= streams_.size() || streamlet < 0 ||
            streamlet >= streams_[stream]->streamlets) {
            outcome = fail(ErrorCode::invalid_argument, "streamlet");
        } else if (sender_.refused()) {
            outcome = sender_.refusal();
        } else {
            sender_.recover(streams_[stream]->queues[static_cast<std::size_t>(streamlet)]);
            tell_outcomes();
        }
    });
    return outcome;
}

ProducerStats SharedProducer::stats() const {
    ProducerStats stats;
    stats.records = records_.get();
    stats.chunks_sealed = chunks_closed_.get();
    sender_.add_to(stats);
    return stats;
}

void SharedProducer::shut_down(const Error& why) {
    close_all();
    sender_.shut_down(why);
    tell_outcomes();
}

void SharedProducer::on_session_ready() {
    memory_wanted_ = true;
    sender_.on_session_ready();
}

// Chunks are opened in the memory of the current session, where they need no copy to be sent.
int SharedProducer::adopt_memory() {
    if (pool_.adopted() && !loop_.session_ready()) {
        memory_wanted_ = false;
        return 0;
    }
    if (pool_.is_moving()) {
        return 0;
    }
    memory_wanted_ = false;
    PoolRegion::Release release;
    const MutableBytes memory = loop_.send_memory().lend(kBuffersMin * options_.chunk_bytes,
                                                         options_.memory_bytes, release);
    const bool first = !pool_.adopted();
    if (!memory.empty()) {
        pool_.adopt(memory, std::move(release));
    } else if (first) {
        pool_.adopt_own_memory();
    } else {
        return 0;
    }
    region_ += first ? 0U : 1U;
    return 1;
}

}  // namespace kera
