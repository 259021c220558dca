// When a chunk is refused, lost or too late: retries in order, giving up, new epochs.
// Thread: the loop's. A chunk that is given up leaves a gap in its streamlet's sequences, so those
// behind it are numbered anew: under the same epoch if the broker cannot have seen it, else under a
// higher one, once nothing of the streamlet is in flight or referred to by an unfinished send. The
// same happens when the broker was killed and has lost chunks that it had acknowledged in memory.
#include <algorithm>
#include <mutex>

#include "base/check.hpp"
#include "base/log.hpp"
#include "client/send/sender.hpp"
#include "client/session/loop.hpp"

namespace kera {

namespace {

// How often the broker's hint is waited for at most.
constexpr std::int64_t kHintsMax = 4;

constexpr std::int64_t kExpireEveryNs = 100 * kNanosPerMilli;
constexpr std::int16_t kEpochMax = std::numeric_limits<std::int16_t>::max();

enum class Verdict : std::uint8_t { again, later, stops_streamlet, stops_producer };

Verdict verdict_on(const Error& why, std::uint32_t retry_after_ms, bool behind_a_gap) {
    // A broker that has refused the very first chunks for now knows nothing of the producer yet.
    const bool lacks_those_before =
        why.code == ErrorCode::sequence_gap || why.code == ErrorCode::unknown_producer;
    if (lacks_those_before && behind_a_gap) {
        return Verdict::again;
    }
    if (why.code == ErrorCode::stale_producer_epoch) {
        return Verdict::stops_producer;
    }
    if (retry_after_ms > 0 || is_retriable(why.code) || why.code == ErrorCode::bad_checksum) {
        return Verdict::later;
    }
    return Verdict::stops_streamlet;
}

}  // namespace

template <class Visit>
void Sender::for_each_queue(Visit&& visit) {
    for (const auto& stream : shared_.streams) {
        for (std::int32_t streamlet = 0; streamlet < stream->streamlets; ++streamlet) {
            visit(stream->queues[static_cast<std::size_t>(streamlet)]);
        }
    }
}

void Sender::on_session_ready() {
    blocked_ = false;
    ask_again_at_ns_ = 0;
}

void Sender::on_session_writable() {
    blocked_ = false;
}

void Sender::on_session_lost() {
    // Appends in flight have been put back in line, one by one, as their requests failed.
    blocked_ = false;
    asking_identity_ = false;
    for_each_queue([this](StreamletQueue& queue) { forget_refusal(queue); });
}

void Sender::on_request_failed(std::uint64_t cookie, const Error& why,
                               std::uint32_t retry_after_ms) {
    if (cookie == kOpenCookie) {
        asking_identity_ = false;
        ask_again_at_ns_ = shared_.loop.now_ns() + backoff_.next_delay_ns();
        if (!is_retriable(why.code) && why.code != ErrorCode::closed && retry_after_ms == 0) {
            refuse(why);
        }
        return;
    }
    const auto index = static_cast<std::uint32_t>(cookie);
    SentFrame& frame = frames_[index];
    const bool session_lost = !shared_.loop.connection().ready();
    const bool unanswered = why.code == ErrorCode::timed_out && !session_lost;
    for (std::uint32_t at = 0; at < frame.count; ++at) {
        if (session_lost || unanswered) {
            put_back_in_line(*frame.chunks[at]);
        } else {
            on_refused(*frame.chunks[at], why, retry_after_ms);
        }
    }
    frame.awaits_answer = false;
    end_part(index);
    if (unanswered) {
        shared_.loop.connection().restart(why);
    }
}

void Sender::on_refused(ChunkBuffer& chunk, const Error& why, std::uint32_t retry_after_ms) {
    StreamletQueue& queue = *chunk.queue;
    const bool gone = chunk.state == ChunkBuffer::State::settled;
    const bool outdated =
        chunk.epoch != queue.epoch || queue.state == StreamletQueue::State::renewing;
    if (gone || (outdated && options_.idempotent)) {
        put_back_in_line(chunk);
        return;
    }
    if (broker_has_lost_those_before(chunk, why)) {
        log(LogLevel::warn, "acknowledged_records_lost",
            {{"stream", queue.stream},
             {"streamlet", queue.streamlet},
             {"sequence", chunk.base_sequence},
             {"error", why}});
        put_back_in_line(chunk);
        queue.state = StreamletQueue::State::renewing;
        queue.needs_epoch = true;
        ++renewing_;
        return;
    }
    switch (verdict_on(why, retry_after_ms, &chunk != queue.first)) {
        case Verdict::again:
            put_back_in_line(chunk);
            break;
        case Verdict::later:
            put_back_in_line(chunk);
            note_refusal(queue, why.code);
            retry_later(chunk, retry_after_ms);
            break;
        case Verdict::stops_streamlet:
            put_back_in_line(chunk);
            stop(queue, why);
            break;
        case Verdict::stops_producer:
            put_back_in_line(chunk);
            refuse(why);
            break;
    }
}

// Everything before the first chunk was acknowledged, and not at a level that outlasts the broker:
// there is nothing to wait for, and nothing that the producer could send again.
bool Sender::broker_has_lost_those_before(const ChunkBuffer& chunk, const Error& why) const {
    const bool lacks_them =
        why.code == ErrorCode::sequence_gap || why.code == ErrorCode::unknown_producer;
    return lacks_them && &chunk == chunk.queue->first && chunk.base_sequence != Sequence(0) &&
           options_.idempotent && options_.acks != AckLevel::disk &&
           chunk.queue->state == StreamletQueue::State::open;
}

// The chunk is not in flight any more; it is sent again in its place unless it is settled already.
void Sender::put_back_in_line(ChunkBuffer& chunk) {
    StreamletQueue& queue = *chunk.queue;
    KERA_ASSERT(queue.in_flight > 0);
    --queue.in_flight;
    if (chunk.state == ChunkBuffer::State::in_flight) {
        chunk.state = ChunkBuffer::State::queued;
        queue.find_first_queued();
    }
    list(queue);
}

void Sender::retry_later(ChunkBuffer& chunk, std::uint32_t retry_after_ms) {
    StreamletQueue& queue = *chunk.queue;
    std::int64_t delay_ns = backoff_.delay_ns(queue.failures++);
    if (retry_after_ms > 0) {
        // The broker knows best: a full one has room again as soon as its disk has taken a segment.
        const std::int64_t hint_ns = std::int64_t{retry_after_ms} * kNanosPerMilli;
        delay_ns = std::clamp(delay_ns, hint_ns, kHintsMax * hint_ns);
    }
    queue.not_before_ns = shared_.loop.now_ns() + delay_ns;
    backing_off_until_ns_ = std::min(backing_off_until_ns_, queue.not_before_ns);
}

void Sender::wake_backing_off(std::int64_t now_ns) {
    backing_off_until_ns_ = kNoDeadline;
    for_each_queue([this, now_ns](StreamletQueue& queue) {
        if (queue.first_queued == nullptr || queue.not_before_ns == 0) {
            return;
        }
        if (queue.not_before_ns > now_ns) {
            backing_off_until_ns_ = std::min(backing_off_until_ns_, queue.not_before_ns);
        } else {
            queue.not_before_ns = 0;
            list(queue);
        }
    });
}

void Sender::expire(std::int64_t now_ns) {
    std::int64_t next_ns = kNoDeadline;
    for_each_queue([&](StreamletQueue& queue) {
        while (!queue.empty() &&
               now_ns >= queue.first->opened_at_ns + options_.delivery_timeout_ns) {
            Error why{ErrorCode::timed_out, "delivery_timeout_ns", options_.delivery_timeout_ns,
                      now_ns - queue.first->opened_at_ns};
            why.cause = queue.refused_with;
            give_up(queue, *queue.first, why);
        }
        if (!queue.empty()) {
            next_ns = std::min(next_ns, queue.first->opened_at_ns + options_.delivery_timeout_ns);
        }
    });
    // Looking at every streamlet is not done for each chunk, however closely they follow.
    expire_at_ns_ = next_ns == kNoDeadline ? next_ns : std::max(next_ns, now_ns + kExpireEveryNs);
}

void Sender::give_up(StreamletQueue& queue, ChunkBuffer& chunk, const Error& why) {
    if (options_.idempotent && queue.state != StreamletQueue::State::stopped) {
        if (queue.state == StreamletQueue::State::open) {
            queue.state = StreamletQueue::State::renewing;
            queue.resume_sequence = chunk.base_sequence;
            queue.needs_epoch = false;
            ++renewing_;
        }
        queue.needs_epoch = queue.needs_epoch || chunk.was_sent;
    }
    settle(chunk, why);
}

void Sender::stop(StreamletQueue& queue, const Error& why) {
    if (queue.state == StreamletQueue::State::stopped) {
        return;
    }
    if (queue.state == StreamletQueue::State::renewing) {
        --renewing_;
    }
    queue.state = StreamletQueue::State::stopped;
    forget_refusal(queue);
    {
        const std::lock_guard lock(shared_.lock);
        queue.open_chunk->stopped = why;
    }
    log(LogLevel::error, "streamlet_stopped",
        {{"stream", queue.stream}, {"streamlet", queue.streamlet}, {"why", why}});
    while (!queue.empty()) {
        settle(*queue.first, why);
    }
}

// The broker will not have this producer any more: another one has taken its place.
void Sender::refuse(const Error& why) {
    if (!refused()) {
        refusal_ = why;
        refused_.store(true, std::memory_order_release);
    }
    for_each_queue([this, &why](StreamletQueue& queue) { stop(queue, why); });
}

// Chunks that were sealed before their streamlet was known to have stopped.
void Sender::fail_late() {
    fails_late_ = false;
    for_each_queue([this](StreamletQueue& queue) {
        while ((shut_ || queue.state == StreamletQueue::State::stopped) && !queue.empty()) {
            settle(*queue.first, shut_ ? shut_why_ : queue.open_chunk->stopped);
        }
    });
}

void Sender::shut_down(const Error& why) {
    shut_ = true;
    shut_why_ = why;
    take_sealed();
    fail_late();
}

void Sender::recover(StreamletQueue& queue) {
    if (queue.state != StreamletQueue::State::stopped || refused()) {
        return;
    }
    fail_late();
    queue.open_chunk->stopped = Error{ErrorCode::ok, "", 0, 0};
    if (!options_.idempotent) {
        queue.state = StreamletQueue::State::open;
        return;
    }
    queue.state = StreamletQueue::State::renewing;
    queue.needs_epoch = true;
    ++renewing_;
}

void Sender::renew_all(std::int64_t now_ns) {
    bool epoch_wanted = false;
    for_each_queue([this, &epoch_wanted](StreamletQueue& queue) {
        if (queue.state == StreamletQueue::State::renewing && !renew(queue)) {
            epoch_wanted = epoch_wanted || (queue.needs_epoch && queue.epoch == epoch_);
        }
    });
    if (epoch_wanted && now_ns >= ask_again_at_ns_) {
        ask_identity(now_ns);
    }
}

// False: not yet.
bool Sender::renew(StreamletQueue& queue) {
    const bool lacks_epoch = queue.needs_epoch && queue.epoch == epoch_;
    if (queue.in_flight > 0 || lacks_epoch || !shared_.lock.try_lock()) {
        return false;
    }
    take_sealed();
    bool referred_to = false;
    for (const ChunkBuffer* chunk = queue.first; chunk != nullptr; chunk = chunk->after) {
        referred_to = referred_to || chunk->references > 0;
    }
    if (!referred_to) {
        Sequence sequence = queue.needs_epoch ? Sequence(0) : queue.resume_sequence;
        queue.epoch = queue.needs_epoch ? epoch_ : queue.epoch;
        for (ChunkBuffer* chunk = queue.first; chunk != nullptr; chunk = chunk->after) {
            chunk->base_sequence = sequence;
            chunk->epoch = queue.epoch;
            renumber_chunk({chunk->data, chunk->chunk_bytes}, producer_, queue.epoch, sequence);
            sequence = advance(sequence, static_cast<std::int32_t>(chunk->record_count));
        }
        queue.open_chunk->epoch = queue.epoch;
        queue.open_chunk->next_sequence = sequence;
        queue.state = StreamletQueue::State::open;
        queue.failures = 0;
        --renewing_;
        list(queue);
    }
    shared_.lock.unlock();
    return !referred_to;
}

void Sender::ask_identity(std::int64_t now_ns) {
    Connection& connection = shared_.loop.connection();
    if (asking_identity_ || !connection.ready() || refused()) {
        return;
    }
    if (epoch_.value() == kEpochMax) {
        refuse(Error{ErrorCode::limit_exceeded, "producer_epoch", kEpochMax, kEpochMax});
        return;
    }
    OpenProducer message;
    if (identified()) {
        message.producer = producer_;
        message.epoch = epoch_;
    }
    const Result<void> asked =
        connection.request(message, {this, kOpenCookie, now_ns + options_.request_timeout_ns});
    asking_identity_ = asked.ok();
}

void Sender::on_identity(const FrameView& frame) {
    asking_identity_ = false;
    const Result<OpenProducerAnswer> answer = OpenProducerAnswer::decode(frame);
    if (!answer) {
        shared_.loop.connection().restart(answer.error());
        return;
    }
    producer_ = answer->producer;
    epoch_ = answer->epoch;
    backoff_.reset();
    identified_.store(true, std::memory_order_release);
}

}  // namespace kera
