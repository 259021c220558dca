// A producer's beginning, end, and its part in the loop. See producer.hpp.
#include <algorithm>
#include <mutex>

#include "base/check.hpp"
#include "client/produce/producer.hpp"
#include "client/session/loop.hpp"
#include "wire/chunk/chunk.hpp"
#include "wire/chunk/record.hpp"
#include "wire/frame/message_limits.hpp"

namespace kera {

namespace {

constexpr std::uint32_t kChunkBytesMin = 1024;
constexpr std::uint32_t kChunkBytesMax = 64U << 20U;
static_assert(kChunkBytesMax / kRecordHeaderBytes <= kChunkRecordsMax, "whatever is in a chunk");
constexpr std::uint64_t kBuffersMin = 2;

ChunkPoolOptions pool_options(const ProducerOptions& options) {
    return {options.chunk_bytes, options.memory_bytes, options.record_tokens};
}

// Every buffer can be on its way at once, also those of a region that is retired.
std::size_t hand_over_capacity(const ProducerOptions& options) {
    return 2 * (options.memory_bytes / options.chunk_bytes) + 2;
}

ProducerOptions rounded(ProducerOptions options) {
    options.chunk_bytes =
        align_up(options.chunk_bytes, static_cast<std::uint32_t>(kCacheLineBytes));
    options.memory_bytes -= options.memory_bytes % options.chunk_bytes;
    return options;
}

}  // namespace

Result<void> Producer::check(const ProducerOptions& options) {
    if (options.chunk_bytes < kChunkBytesMin || options.chunk_bytes > kChunkBytesMax) {
        return fail(ErrorCode::invalid_argument, "chunk_bytes", kChunkBytesMax,
                    options.chunk_bytes);
    }
    const std::uint64_t memory_min = kBuffersMin * (options.chunk_bytes + kCacheLineBytes);
    if (options.memory_bytes < memory_min) {
        return fail(ErrorCode::invalid_argument, "memory_bytes",
                    static_cast<std::int64_t>(memory_min),
                    static_cast<std::int64_t>(options.memory_bytes));
    }
    if (options.linger_ns < 0 || options.max_block_ns < 0 || options.delivery_timeout_ns <= 0 ||
        options.request_timeout_ns <= 0) {
        return fail(ErrorCode::invalid_argument, "producer_times");
    }
    if (options.streamlet_chunks_max == 0) {
        return fail(ErrorCode::invalid_argument, "streamlet_chunks_max", 1, 0);
    }
    if (options.retry.initial_ns <= 0 || options.retry.max_ns < options.retry.initial_ns ||
        options.retry.jitter_percent < 0 || options.retry.jitter_percent > 100) {
        return fail(ErrorCode::invalid_argument, "retry");
    }
    return {};
}

Producer::Producer(Loop& loop, ProducerOptions options)
    : loop_(loop),
      options_(rounded(std::move(options))),
      membership_(loop, *this),
      pool_(pool_options(options_)),
      lock_(loop.has_io_thread()),
      sealed_(hand_over_capacity(options_)),
      outcomes_(options_.queue_outcomes
                    ? std::make_unique<ValueQueue<ChunkBuffer*>>(hand_over_capacity(options_))
                    : nullptr),
      random_(loop.random().next()),
      sender_({loop, options_, pool_, lock_, sealed_, outcomes_.get(), streams_},
              membership_.index()) {
    adopt_memory();
}

Producer::~Producer() = default;

Result<void> Producer::await_identity(std::int64_t deadline_ns) {
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

Result<StreamHandle> Producer::attach(StreamId stream, std::int32_t streamlets) {
    if (streamlets <= 0 || streamlets > kStreamletsMax) {
        return fail(ErrorCode::invalid_argument, "streamlets", kStreamletsMax, streamlets);
    }
    for (std::size_t index = 0; index < streams_.size(); ++index) {
        if (streams_[index]->stream == stream) {
            return StreamHandle(static_cast<std::uint32_t>(index));
        }
    }
    auto attached = std::make_unique<AttachedStream>();
    attached->stream = stream;
    attached->streamlets = streamlets;
    const auto count = static_cast<std::size_t>(streamlets);
    attached->open = std::make_unique<OpenChunk[]>(count);
    attached->queues = std::make_unique<StreamletQueue[]>(count);
    loop_.run([&] {
        for (std::size_t index = 0; index < count; ++index) {
            OpenChunk& chunk = attached->open[index];
            StreamletQueue& queue = attached->queues[index];
            chunk.stream = queue.stream = stream;
            chunk.streamlet = queue.streamlet = StreamletId(static_cast<std::int32_t>(index));
            chunk.epoch = queue.epoch = sender_.epoch();
            chunk.queue = &queue;
            queue.open_chunk = &chunk;
        }
        chunk_bytes_max_ = loop_.connection().greeting().chunk_bytes_max;
        streams_.push_back(std::move(attached));
    });
    sticky_.emplace_back(
        static_cast<std::int32_t>(random_.below(static_cast<std::uint64_t>(streamlets))));
    return StreamHandle(static_cast<std::uint32_t>(streams_.size() - 1));
}

Result<void> Producer::flush(std::int64_t deadline_ns) {
    if (open_claim_ != nullptr) {
        return fail(ErrorCode::invalid_argument, "claim_is_open", 0, 1);
    }
    {
        const std::lock_guard lock(lock_);
        seal_oldest(std::numeric_limits<std::uint32_t>::max());
    }
    after_sealing();
    const std::uint64_t sealed = chunks_sealed_.get();
    if (loop_.wait_until(deadline_ns, [this, sealed] { return sender_.settled() >= sealed; })) {
        return {};
    }
    return fail(ErrorCode::timed_out, "flush_chunks_left", 0,
                static_cast<std::int64_t>(sealed - sender_.settled()));
}

Result<void> Producer::recover(StreamHandle stream, StreamletId streamlet) {
    if (!is_streamlet(stream, streamlet)) {
        return fail(ErrorCode::invalid_argument, "streamlet");
    }
    if (sender_.refused()) {
        return sender_.refusal();
    }
    OpenChunk& chunk = chunk_of(stream, streamlet);
    loop_.run([this, &chunk] {
        const std::lock_guard lock(lock_);
        sender_.recover(*chunk.queue);
    });
    return {};
}

std::optional<BatchOutcome> Producer::take_outcome() {
    const bool gave_back = taken_outcome_ != nullptr;
    if (gave_back) {
        taken_outcome_->state = ChunkBuffer::State::discarded;
        const std::lock_guard lock(lock_);
        const bool put = sealed_.push(std::exchange(taken_outcome_, nullptr));
        KERA_ASSERT(put);
    }
    if (gave_back) {
        after_sealing();
    }
    if (outcomes_ == nullptr || !outcomes_->pop(taken_outcome_)) {
        taken_outcome_ = nullptr;
        return std::nullopt;
    }
    return outcome_of(*taken_outcome_);
}

ProducerStats Producer::stats() const {
    ProducerStats stats;
    stats.records = records_.get();
    stats.chunks_sealed = chunks_sealed_.get();
    sender_.add_to(stats);
    return stats;
}

int Producer::poll(std::int64_t now_ns) {
    int work = seal_lingering(now_ns);
    if (memory_wanted_) {
        work += adopt_memory();
    }
    return work + sender_.poll(now_ns);
}

std::int64_t Producer::next_deadline_ns() const {
    return std::min(linger_until_ns_.load(std::memory_order_relaxed), sender_.next_deadline_ns());
}

int Producer::seal_lingering(std::int64_t now_ns) {
    if (now_ns < linger_until_ns_.load(std::memory_order_relaxed) || !lock_.try_lock()) {
        return 0;
    }
    int sealed = 0;
    OpenChunk* chunk = oldest_;
    while (chunk != nullptr && now_ns >= chunk->opened_at_ns + options_.linger_ns) {
        OpenChunk* const next = chunk->younger;
        if (chunk != open_claim_) {
            seal(*chunk);
            ++sealed;
        }
        chunk = next;
    }
    lock_.unlock();
    return sealed;
}

void Producer::shut_down(const Error& why) {
    {
        const std::lock_guard lock(lock_);
        open_claim_ = nullptr;
        seal_oldest(std::numeric_limits<std::uint32_t>::max());
    }
    sender_.shut_down(why);
}

void Producer::on_session_ready() {
    memory_wanted_ = true;
    sender_.on_session_ready();
}

// Chunks are opened in the memory of the current session, where they need no copy to be sent.
int Producer::adopt_memory() {
    if (pool_.adopted() && !loop_.session_ready()) {
        memory_wanted_ = false;
        return 0;
    }
    if (pool_.is_moving() || !lock_.try_lock()) {
        return 0;
    }
    memory_wanted_ = false;
    PoolRegion::Release release;
    const MutableBytes memory = loop_.send_memory().lend(kBuffersMin * options_.chunk_bytes,
                                                         options_.memory_bytes, release);
    if (!memory.empty()) {
        pool_.adopt(memory, std::move(release));
    } else if (!pool_.adopted()) {
        pool_.adopt_own_memory();
    }
    lock_.unlock();
    return 1;
}

}  // namespace kera
