// The usual way of a chunk: taken over, sent, answered, settled. See sender.hpp.
#include "client/send/sender.hpp"

#include <algorithm>
#include <exception>

#include "base/check.hpp"
#include "base/log.hpp"
#include "client/session/loop.hpp"

namespace kera {

BatchOutcome outcome_of(const ChunkBuffer& chunk) {
    BatchOutcome outcome;
    outcome.stream = chunk.queue->stream;
    outcome.streamlet = chunk.queue->streamlet;
    outcome.error = chunk.error;
    outcome.base_offset = chunk.base_offset;
    outcome.record_count = chunk.record_count;
    outcome.append_time_ms = chunk.append_time_ms;
    outcome.duplicate = chunk.duplicate;
    if (chunk.tokens != nullptr) {
        outcome.tokens = {chunk.tokens, chunk.record_count};
    }
    return outcome;
}

Sender::Sender(const Shared& shared, std::uint32_t user_index)
    : shared_(shared),
      options_(shared.options),
      user_index_(user_index),
      backoff_(shared.options.retry, shared.loop.random()),
      frames_(std::make_unique<SentFrame[]>(kFrames)),
      backing_off_until_ns_(kNoDeadline),
      expire_at_ns_(kNoDeadline) {
    free_frames_.reserve(kFrames);
    for (std::uint32_t index = kFrames; index-- > 0;) {
        free_frames_.push_back(index);
    }
    spans_.reserve(kChunksPerFrameMax);
    if (!options_.idempotent || options_.acks == AckLevel::none) {
        identified_.store(true, std::memory_order_release);
    }
}

Sender::~Sender() {
    shared_.loop.connection().forget(*this);
}

// Takes over what was sealed, then does in turn: identity, renewal, retries, sending, expiry.
int Sender::poll(std::int64_t now_ns) {
    const std::uint64_t frames_before = frames_sent_.get();
    if (!identified() && now_ns >= ask_again_at_ns_) {
        ask_identity(now_ns);
    }
    if (renewing_ > 0) {
        renew_all(now_ns);
    }
    if (now_ns >= backing_off_until_ns_) {
        wake_backing_off(now_ns);
    }
    pump(now_ns);
    if (fails_late_) {
        fail_late();
    }
    if (now_ns >= expire_at_ns_) {
        expire(now_ns);
    }
    return static_cast<int>(frames_sent_.get() - frames_before);
}

std::int64_t Sender::next_deadline_ns() const {
    std::int64_t next = std::min(backing_off_until_ns_, expire_at_ns_);
    const bool asks = (!identified() || renewing_ > 0) && !asking_identity_;
    if (asks && shared_.loop.connection().ready()) {
        next = std::min(next, ask_again_at_ns_);
    }
    return next;
}

void Sender::pump(std::int64_t now_ns) {
    take_sealed();
    if (first_listed_ == nullptr || blocked_ || !shared_.loop.connection().ready()) {
        return;
    }
    while (first_listed_ != nullptr && send_frame(now_ns)) {
    }
}

void Sender::take_sealed() {
    ChunkBuffer* chunk = nullptr;
    while (shared_.sealed.pop(chunk)) {
        if (chunk->state == ChunkBuffer::State::discarded) {
            shared_.pool.give_back(*chunk);
            continue;
        }
        StreamletQueue& queue = *chunk->queue;
        ++unsettled_;
        chunk->state = ChunkBuffer::State::queued;
        queue.push_back(*chunk);
        if (expire_at_ns_ == kNoDeadline) {
            expire_at_ns_ = chunk->opened_at_ns + options_.delivery_timeout_ns;
        }
        if (shut_ || queue.state == StreamletQueue::State::stopped) {
            fails_late_ = true;
        } else {
            list(queue);
        }
    }
}

void Sender::list(StreamletQueue& queue) {
    if (queue.listed) {
        return;
    }
    queue.listed = true;
    queue.next_listed = nullptr;
    (last_listed_ == nullptr ? first_listed_ : last_listed_->next_listed) = &queue;
    last_listed_ = &queue;
}

// One frame with what is ready, a streamlet after the other. False: nothing can be sent now.
bool Sender::send_frame(std::int64_t now_ns) {
    Connection& connection = shared_.loop.connection();
    if (free_frames_.empty() || connection.request_room() <= 1) {
        return false;
    }
    const std::uint32_t index = free_frames_.back();
    SentFrame& frame = frames_[index];
    std::uint32_t bytes = 0;
    frame.count = gather(frame, now_ns, bytes);
    if (frame.count == 0) {
        unlist_drawn(now_ns);
        return false;
    }
    Append message;
    message.ack_level = options_.acks;
    message.chunk_count = static_cast<std::uint16_t>(frame.count);
    // The broker says that it is late before we stop believing that it is there.
    message.timeout_ms =
        static_cast<std::uint32_t>(options_.request_timeout_ns / kNanosPerMilli * 3 / 4);
    const Token token = Loop::token(user_index_, index);
    const bool answered = options_.acks != AckLevel::none;
    const Result<void> sent =
        answered ? connection.append(message, spans_, bytes, token,
                                     {this, index, now_ns + options_.request_timeout_ns})
                 : connection.append_unanswered(message, spans_, bytes, token);
    if (!sent) {
        // Back-pressure ends with on_session_writable(), a lost session with the next one.
        blocked_ = sent.error().code == ErrorCode::would_block;
        return false;
    }
    free_frames_.pop_back();
    ++frames_used_;
    frame.awaits_answer = answered;
    frame.awaits_release = true;
    mark_sent(frame, bytes);
    unlist_drawn(now_ns);
    return true;
}

std::uint32_t Sender::gather(SentFrame& frame, std::int64_t now_ns, std::uint32_t& bytes) {
    const HelloAnswer& greeting = shared_.loop.connection().greeting();
    const std::uint32_t count_max =
        std::min(kChunksPerFrameMax, shared_.loop.transport().capabilities().segments_max);
    const std::uint32_t bytes_max =
        std::min(greeting.frame_bytes_max,
                 shared_.loop.transport().capabilities().message_bytes_max) -
        Append::kHeadBytes;
    spans_.clear();
    for (StreamletQueue* queue = first_listed_; queue != nullptr; queue = queue->next_listed) {
        if (!queue->may_send(now_ns)) {
            continue;
        }
        for (ChunkBuffer* chunk = queue->first_queued;
             chunk != nullptr && chunk->state == ChunkBuffer::State::queued &&
             queue->reaches(*chunk);
             chunk = chunk->after) {
            const bool full = spans_.size() >= count_max || chunk->chunk_bytes > bytes_max - bytes;
            const bool enough = !spans_.empty() && bytes + chunk->chunk_bytes > kFrameBytesAim;
            if (full || enough) {
                drawn_until_ = queue;
                return static_cast<std::uint32_t>(spans_.size());
            }
            frame.chunks[spans_.size()] = chunk;
            spans_.push_back({chunk->data, chunk->chunk_bytes});
            bytes += chunk->chunk_bytes;
        }
    }
    drawn_until_ = nullptr;
    return static_cast<std::uint32_t>(spans_.size());
}

void Sender::mark_sent(SentFrame& frame, std::uint32_t bytes) {
    const bool answered = frame.awaits_answer;
    for (std::uint32_t index = 0; index < frame.count; ++index) {
        ChunkBuffer& chunk = *frame.chunks[index];
        StreamletQueue& queue = *chunk.queue;
        if (chunk.was_sent) {
            sent_again_.add(1);
        }
        chunk.was_sent = true;
        ++chunk.references;
        chunk.state = ChunkBuffer::State::in_flight;
        ++queue.in_flight;
        queue.first_queued = chunk.after;
        if (chunk.after != nullptr && chunk.after->state != ChunkBuffer::State::queued) {
            queue.find_first_queued();
        }
        if (!answered) {
            --queue.in_flight;
            settle(chunk, Error{ErrorCode::ok, "", 0, 0});
        }
    }
    bytes_sent_.add(bytes);
    frames_sent_.add(1);
}

// Takes the queues that the last frame drew from off the list, and lists those that have more
// anew.
void Sender::unlist_drawn(std::int64_t now_ns) {
    StreamletQueue* const last = last_listed_;
    while (first_listed_ != drawn_until_) {
        StreamletQueue* const queue = first_listed_;
        const bool was_last = queue == last;
        first_listed_ = queue->next_listed;
        if (first_listed_ == nullptr) {
            last_listed_ = nullptr;
        }
        queue->listed = false;
        if (queue->may_send(now_ns)) {
            list(*queue);
        }
        if (was_last) {
            break;
        }
    }
}

void Sender::on_released(std::uint32_t entry) {
    KERA_ASSERT(entry < kFrames && frames_[entry].awaits_release, entry);
    frames_[entry].awaits_release = false;
    end_part(entry);
}

void Sender::end_part(std::uint32_t index) {
    SentFrame& frame = frames_[index];
    if (frame.awaits_answer || frame.awaits_release) {
        return;
    }
    for (std::uint32_t at = 0; at < frame.count; ++at) {
        --frame.chunks[at]->references;
        free_if_done(*frame.chunks[at]);
    }
    frame.count = 0;
    free_frames_.push_back(index);
    --frames_used_;
}

void Sender::on_answer(std::uint64_t cookie, const FrameView& frame, Inbound& message) {
    static_cast<void>(message);
    if (cookie == kOpenCookie) {
        on_identity(frame);
        return;
    }
    on_append_answer(static_cast<std::uint32_t>(cookie), frame);
}

void Sender::on_append_answer(std::uint32_t index, const FrameView& frame) {
    SentFrame& sent = frames_[index];
    KERA_ASSERT(index < kFrames && sent.awaits_answer, index);
    std::uint32_t results = 0;
    const Result<std::uint32_t> read =
        AppendAnswer::decode(frame, [&](std::uint32_t at, const AppendResult& result) {
            if (at < sent.count) {
                on_result(*sent.chunks[at], result);
                results = at + 1;
            }
        });
    const bool complete = read.ok() && *read == sent.count;
    const Error why =
        read.ok() ? Error{ErrorCode::malformed, "append_results", sent.count, *read} : read.error();
    for (std::uint32_t at = results; at < sent.count; ++at) {
        put_back_in_line(*sent.chunks[at]);
    }
    sent.awaits_answer = false;
    end_part(index);
    if (!complete) {
        shared_.loop.connection().restart(why);
    }
}

void Sender::on_result(ChunkBuffer& chunk, const AppendResult& result) {
    if (result.code != ErrorCode::ok && result.code != ErrorCode::duplicate_sequence) {
        on_refused(chunk, Error{result.code, "append", result.limit, result.value},
                   result.retry_after_ms);
        return;
    }
    --chunk.queue->in_flight;
    if (chunk.state == ChunkBuffer::State::settled) {
        // Given up before; its records' fate was reported as unknown.
        list(*chunk.queue);
        return;
    }
    chunk.queue->failures = 0;
    forget_refusal(*chunk.queue);
    chunk.duplicate = result.duplicate || result.code == ErrorCode::duplicate_sequence;
    if (chunk.duplicate) {
        duplicates_.add(1);
    }
    // A duplicate too old for the broker to know its offset has none.
    chunk.base_offset = result.code == ErrorCode::ok ? result.base_offset : Offset(-1);
    chunk.append_time_ms = result.append_time_ms;
    StreamletQueue& queue = *chunk.queue;
    settle(chunk, Error{ErrorCode::ok, "", 0, 0});
    list(queue);
}

void Sender::note_refusal(StreamletQueue& queue, ErrorCode code) {
    refusing_queues_ += queue.refused_with == ErrorCode::ok ? 1 : 0;
    queue.refused_with = code;
    refused_with_.store(code, std::memory_order_relaxed);
}

void Sender::forget_refusal(StreamletQueue& queue) {
    if (queue.refused_with == ErrorCode::ok) {
        return;
    }
    queue.refused_with = ErrorCode::ok;
    if (--refusing_queues_ == 0) {
        refused_with_.store(ErrorCode::ok, std::memory_order_relaxed);
    }
}

// The one place where a chunk gets its outcome.
void Sender::settle(ChunkBuffer& chunk, const Error& error) {
    StreamletQueue& queue = *chunk.queue;
    queue.remove(chunk);
    chunk.state = ChunkBuffer::State::settled;
    chunk.error = error;
    --unsettled_;
    if (error.code != ErrorCode::ok) {
        chunk.base_offset = Offset(-1);
        chunk.append_time_ms = -1;
        failed_.add(1);
    }
    if (options_.on_batch) {
        tell_user(chunk);
    }
    queue.settled_chunks.fetch_add(1, std::memory_order_release);
    settled_.add(1);
    free_if_done(chunk);
}

// Whatever the user does with it, the chunk is settled.
void Sender::tell_user(const ChunkBuffer& chunk) {
    try {
        options_.on_batch(outcome_of(chunk));
    } catch (const std::exception& thrown) {
        log(LogLevel::error, "on_batch_threw", {{"exception", thrown.what()}});
    }
}

void Sender::free_if_done(ChunkBuffer& chunk) {
    if (chunk.state != ChunkBuffer::State::settled || chunk.references > 0) {
        return;
    }
    if (shared_.outcomes != nullptr) {
        const bool put = shared_.outcomes->push(&chunk);
        KERA_ASSERT(put);
    } else {
        shared_.pool.give_back(chunk);
    }
}

void Sender::add_to(ProducerStats& stats) const noexcept {
    stats.chunks_settled = settled_.get();
    stats.chunks_failed = failed_.get();
    stats.chunks_sent_again = sent_again_.get();
    stats.duplicates = duplicates_.get();
    stats.bytes_sent = bytes_sent_.get();
    stats.frames_sent = frames_sent_.get();
    stats.refused_with = refused_with();
}

}  // namespace kera
