// Verdicts, delays, giving up and stopping. See send_recovery.hpp.
#include "client/send/send_recovery.hpp"

#include <algorithm>
#include <mutex>

#include "base/log.hpp"
#include "client/session/loop.hpp"

namespace kera {

namespace {

// How often the broker's hint is waited for at most.
constexpr std::int64_t kHintsMax = 4;
// Looking at every streamlet is not done for each chunk, however closely they follow.
constexpr std::int64_t kExpireEveryNs = 100 * kNanosPerMilli;

enum class Verdict : std::uint8_t { again, later, stops_streamlet, stops_producer };

// The broker does not know the chunks before this one.
bool lacks_those_before(const Error& why) {
    return why.code == ErrorCode::sequence_gap || why.code == ErrorCode::unknown_producer;
}

Verdict verdict_on(const Error& why, std::uint32_t retry_after_ms, bool behind_a_gap) {
    // A broker that has refused the very first chunks for now knows nothing of the producer yet.
    if (lacks_those_before(why) && behind_a_gap) {
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

SendRecovery::SendRecovery(const Parts& parts)
    : parts_(parts),
      options_(parts.options),
      backoff_(parts.options.retry, parts.loop.random()),
      delayed_until_ns_(kNoDeadline),
      expire_at_ns_(kNoDeadline) {
    parts_.identity.set_listener(*this);
}

bool SendRecovery::on_queued(const ChunkBuffer& chunk) {
    if (expire_at_ns_ == kNoDeadline) {
        expire_at_ns_ = chunk.opened_at_ns + options_.delivery_timeout_ns;
    }
    const bool late = shut_ || chunk.queue->state == StreamletQueue::State::stopped;
    fails_late_ = fails_late_ || late;
    return !late;
}

void SendRecovery::on_refused(ChunkBuffer& chunk, const Error& why, std::uint32_t retry_after_ms) {
    StreamletQueue& queue = *chunk.queue;
    const bool settled = chunk.state == ChunkBuffer::State::settled;
    const bool outdated =
        chunk.epoch != queue.epoch || queue.state == StreamletQueue::State::renewing;
    if (settled || (outdated && options_.idempotent)) {
        parts_.send_list.put_back(chunk);
        return;
    }
    if (broker_has_lost_those_before(chunk, why)) {
        log(LogLevel::warn, "acknowledged_records_lost",
            {{"stream", queue.stream},
             {"streamlet", queue.streamlet},
             {"sequence", chunk.base_sequence},
             {"error", why}});
        parts_.send_list.put_back(chunk);
        parts_.renewal.begin_epoch(queue);
        return;
    }
    parts_.send_list.put_back(chunk);
    if (why.code == ErrorCode::stale_term) {
        note_term(queue, Term(static_cast<std::int32_t>(why.limit)));
    }
    switch (verdict_on(why, retry_after_ms, &chunk != queue.first)) {
        case Verdict::again:
            break;
        case Verdict::later:
            note_refusal(queue, why.code);
            delay(queue, retry_after_ms);
            break;
        case Verdict::stops_streamlet:
            stop(queue, why);
            break;
        case Verdict::stops_producer:
            parts_.identity.refuse(why);
            break;
    }
}

// What was refused is sent again in the broker's term. A streamlet does not go back to an earlier
// one; only the metadata, which is about the first streamlet, may have said too late a one.
void SendRecovery::note_term(StreamletQueue& queue, Term term) noexcept {
    if (!queue.term_is_its_own || term > queue.term) {
        queue.term = term;
        queue.term_is_its_own = true;
    }
}

// Everything before the first chunk was acknowledged, and not at a level that outlasts the broker:
// there is nothing to wait for, and nothing that the producer could send again.
bool SendRecovery::broker_has_lost_those_before(const ChunkBuffer& chunk, const Error& why) const {
    return lacks_those_before(why) && &chunk == chunk.queue->first &&
           chunk.base_sequence != Sequence(0) && options_.idempotent &&
           options_.acks != AckLevel::disk && chunk.queue->state == StreamletQueue::State::open;
}

void SendRecovery::on_taken(StreamletQueue& queue) {
    queue.failures = 0;
    forget_refusal(queue);
}

void SendRecovery::on_session_lost() {
    parts_.streams.for_each_queue([this](StreamletQueue& queue) { forget_refusal(queue); });
}

void SendRecovery::note_refusal(StreamletQueue& queue, ErrorCode code) {
    refused_queues_ += queue.refused_with == ErrorCode::ok ? 1 : 0;
    queue.refused_with = code;
    refused_with_.store(code, std::memory_order_relaxed);
}

void SendRecovery::forget_refusal(StreamletQueue& queue) {
    if (queue.refused_with == ErrorCode::ok) {
        return;
    }
    queue.refused_with = ErrorCode::ok;
    if (--refused_queues_ == 0) {
        refused_with_.store(ErrorCode::ok, std::memory_order_relaxed);
    }
}

void SendRecovery::delay(StreamletQueue& queue, std::uint32_t retry_after_ms) {
    std::int64_t delay_ns = backoff_.delay_ns(queue.failures++);
    if (retry_after_ms > 0) {
        // The broker knows best: a full one has room again as soon as its disk has taken a segment.
        const std::int64_t hint_ns = std::int64_t{retry_after_ms} * kNanosPerMilli;
        delay_ns = std::clamp(delay_ns, hint_ns, kHintsMax * hint_ns);
    }
    queue.not_before_ns = parts_.loop.now_ns() + delay_ns;
    delayed_until_ns_ = std::min(delayed_until_ns_, queue.not_before_ns);
}

void SendRecovery::end_delays(std::int64_t now_ns) {
    if (now_ns < delayed_until_ns_) {
        return;
    }
    delayed_until_ns_ = kNoDeadline;
    parts_.streams.for_each_queue([this, now_ns](StreamletQueue& queue) {
        if (queue.first_queued == nullptr || queue.not_before_ns == 0) {
            return;
        }
        if (queue.not_before_ns > now_ns) {
            delayed_until_ns_ = std::min(delayed_until_ns_, queue.not_before_ns);
        } else {
            queue.not_before_ns = 0;
            parts_.send_list.add(queue);
        }
    });
}

void SendRecovery::expire(std::int64_t now_ns) {
    if (now_ns < expire_at_ns_) {
        return;
    }
    const std::int64_t timeout_ns = options_.delivery_timeout_ns;
    std::int64_t next_ns = kNoDeadline;
    parts_.streams.for_each_queue([&](StreamletQueue& queue) {
        while (!queue.empty() && now_ns >= queue.first->opened_at_ns + timeout_ns) {
            Error why{ErrorCode::timed_out, "delivery_timeout_ns", timeout_ns,
                      now_ns - queue.first->opened_at_ns};
            why.cause = queue.refused_with;
            give_up(*queue.first, why);
        }
        if (!queue.empty()) {
            next_ns = std::min(next_ns, queue.first->opened_at_ns + timeout_ns);
        }
    });
    expire_at_ns_ = next_ns == kNoDeadline ? next_ns : std::max(next_ns, now_ns + kExpireEveryNs);
}

void SendRecovery::give_up(ChunkBuffer& chunk, const Error& why) {
    if (options_.idempotent && chunk.queue->state != StreamletQueue::State::stopped) {
        parts_.renewal.begin_after(chunk);
    }
    parts_.settler.settle(chunk, why);
}

void SendRecovery::stop(StreamletQueue& queue, const Error& why) {
    if (queue.state == StreamletQueue::State::stopped) {
        return;
    }
    parts_.renewal.cancel(queue);
    queue.state = StreamletQueue::State::stopped;
    forget_refusal(queue);
    if (parts_.lock == nullptr) {
        queue.open_chunk->stopped = why;
    } else {
        const std::lock_guard lock(*parts_.lock);
        queue.open_chunk->stopped = why;
    }
    log(LogLevel::error, "streamlet_stopped",
        {{"stream", queue.stream}, {"streamlet", queue.streamlet}, {"why", why}});
    while (!queue.empty()) {
        parts_.settler.settle(*queue.first, why);
    }
}

// Another producer has taken its place.
void SendRecovery::on_producer_refused(const Error& why) {
    parts_.streams.for_each_queue([this, &why](StreamletQueue& queue) { stop(queue, why); });
}

void SendRecovery::fail_late() {
    if (!fails_late_) {
        return;
    }
    fails_late_ = false;
    parts_.streams.for_each_queue([this](StreamletQueue& queue) {
        while ((shut_ || queue.state == StreamletQueue::State::stopped) && !queue.empty()) {
            parts_.settler.settle(*queue.first, shut_ ? shut_why_ : queue.open_chunk->stopped);
        }
    });
}

void SendRecovery::shut_down(const Error& why) {
    shut_ = true;
    shut_why_ = why;
    fails_late_ = true;
    fail_late();
}

void SendRecovery::recover(StreamletQueue& queue) {
    if (queue.state != StreamletQueue::State::stopped || parts_.identity.refused()) {
        return;
    }
    fail_late();
    queue.open_chunk->stopped = Error{ErrorCode::ok, "", 0, 0};
    if (options_.idempotent) {
        parts_.renewal.begin_epoch(queue);
    } else {
        queue.state = StreamletQueue::State::open;
    }
}

std::int64_t SendRecovery::next_deadline_ns() const noexcept {
    return std::min(delayed_until_ns_, expire_at_ns_);
}

}  // namespace kera
