// A producer's beginning, end, and its part in the loop. See producer.hpp.
#include <algorithm>
#include <mutex>

#include "client/produce/producer.hpp"
#include "client/session/loop.hpp"

namespace kera {

Producer::Producer(Loop& loop, const ProducerOptions& options)
    : loop_(loop),
      options_(options.rounded()),
      membership_(loop, *this),
      identity_(loop, options_),
      pool_({options_.chunk_bytes, options_.memory_bytes, options_.record_tokens}),
      pool_memory_(loop, pool_),
      sealed_(loop.has_io_thread(), options_.buffers_max()),
      open_chunks_(loop, options_, identity_, sealed_),
      outcomes_(options_.queue_outcomes
                    ? std::make_unique<ValueQueue<ChunkBuffer*>>(options_.buffers_max())
                    : nullptr),
      partitioner_(streams_, loop.random().next()),
      sender_({loop, options_, identity_, streams_, pool_, &sealed_, {outcomes_.get(), nullptr}},
              membership_.index()),
      chunk_opener_({loop, options_, identity_, streams_, pool_, sealed_, open_chunks_, sender_}) {
    move_memory();
    if (options_.on_batch) {
        loop_.keep_to_own_thread();
    }
}

Producer::~Producer() = default;

Result<StreamHandle> Producer::attach(StreamId stream, std::int32_t streamlets) {
    KERA_TRY_ASSIGN(const StreamHandle handle,
                    streams_.attach(loop_, identity_, stream, streamlets));
    partitioner_.on_attached(handle);
    return handle;
}

Result<void> Producer::flush(std::int64_t deadline_ns) {
    if (open_claim_ != nullptr) {
        return fail(ErrorCode::invalid_argument, "claim_is_open", 0, 1);
    }
    {
        const std::lock_guard lock(sealed_.lock());
        open_chunks_.seal_all(open_claim_);
    }
    open_chunks_.tell_loop();
    const std::uint64_t sealed = open_chunks_.sealed();
    if (loop_.wait_until(deadline_ns, [this, sealed] { return sender_.settled() >= sealed; })) {
        return {};
    }
    return fail(ErrorCode::timed_out, "flush_chunks_left", 0,
                static_cast<std::int64_t>(sealed - sender_.settled()));
}

Result<void> Producer::recover(StreamHandle stream, StreamletId streamlet) {
    if (!streams_.has(stream, streamlet)) {
        return fail(ErrorCode::invalid_argument, "streamlet");
    }
    if (identity_.refused()) {
        return identity_.refusal();
    }
    StreamletQueue& queue = *streams_.open_chunk(stream, streamlet).queue;
    loop_.run([this, &queue] {
        const std::lock_guard lock(sealed_.lock());
        sender_.recover(queue);
    });
    return {};
}

std::optional<BatchOutcome> Producer::take_outcome() {
    const bool gave_back = taken_outcome_ != nullptr;
    if (gave_back) {
        taken_outcome_->state = ChunkBuffer::State::discarded;
        const std::lock_guard lock(sealed_.lock());
        sealed_.push(*std::exchange(taken_outcome_, nullptr));
    }
    if (gave_back) {
        open_chunks_.tell_loop();
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
    stats.chunks_sealed = open_chunks_.sealed();
    sender_.add_to(stats);
    return stats;
}

int Producer::poll(std::int64_t now_ns) {
    int work = move_memory();
    const bool at_once = has_records_to_send();
    if (at_once || now_ns >= open_chunks_.linger_until_ns()) {
        if (const std::unique_lock lock(sealed_.lock(), std::try_to_lock); lock) {
            work += open_chunks_.seal_lingering(at_once ? kNoDeadline : now_ns, open_claim_);
        }
    }
    return work + sender_.poll(now_ns);
}

// The loop's thread: records in open chunks need not wait for anything.
bool Producer::has_records_to_send() const noexcept {
    return options_.gathers() && open_chunks_.linger_until_ns() != kNoDeadline && sealed_.empty() &&
           !sender_.under_way();
}

int Producer::move_memory() {
    if (!pool_memory_.is_due()) {
        return 0;
    }
    const std::unique_lock lock(sealed_.lock(), std::try_to_lock);
    return lock && pool_memory_.move() ? 1 : 0;
}

std::int64_t Producer::next_deadline_ns() const {
    return std::min(open_chunks_.linger_until_ns(), sender_.next_deadline_ns());
}

void Producer::shut_down(const Error& why) {
    {
        const std::lock_guard lock(sealed_.lock());
        open_claim_ = nullptr;
        open_chunks_.seal_all(nullptr);
    }
    sender_.shut_down(why);
}

void Producer::on_session_ready() {
    pool_memory_.on_session_ready();
    sender_.on_session_ready();
}

}  // namespace kera
