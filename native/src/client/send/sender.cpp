// The usual way of a chunk: taken over, sent, answered, settled. See sender.hpp.
#include "client/send/sender.hpp"

#include <algorithm>
#include <mutex>

#include "base/check.hpp"
#include "client/session/loop.hpp"

namespace kera {

namespace {

// A frame takes more chunks only up to here, so that answers keep flowing.
constexpr std::uint32_t kFrameBytesAim = 512_KiB;

}  // namespace

Sender::Sender(const Parts& parts, std::uint32_t user_index)
    : parts_(parts),
      options_(parts.options),
      user_index_(user_index),
      settler_(parts.options, parts.pool, parts.outcome_reader),
      frames_(settler_),
      renewal_(parts.streams, parts.identity, send_list_),
      recovery_({parts.loop, parts.options, parts.streams, parts.identity, send_list_, settler_,
                 renewal_, parts.sealed == nullptr ? nullptr : &parts.sealed->lock()}),
      compressor_(parts.options.compression == Codec::plain
                      ? nullptr
                      : std::make_unique<ChunkCompressor>(parts.options.compression,
                                                          parts.options.chunk_bytes)) {
    spans_.reserve(SentFrames::kChunksMax);
}

Sender::~Sender() {
    parts_.loop.connection().forget(*this);
}

int Sender::poll(std::int64_t now_ns) {
    const std::uint64_t frames_before = frames_sent_.get();
    if (!parts_.identity.identified()) {
        parts_.identity.ask(now_ns);
    }
    if (renewal_.needed()) {
        renew(now_ns);
    }
    recovery_.end_delays(now_ns);
    send(now_ns);
    recovery_.fail_late();
    recovery_.expire(now_ns);
    return static_cast<int>(frames_sent_.get() - frames_before);
}

std::int64_t Sender::next_deadline_ns() const {
    const std::int64_t next = recovery_.next_deadline_ns();
    const bool asks = !parts_.identity.identified() || renewal_.needed();
    return asks ? std::min(next, parts_.identity.next_ask_ns()) : next;
}

void Sender::take_sealed() {
    if (parts_.sealed == nullptr) {
        return;
    }
    ChunkBuffer* chunk = nullptr;
    while (parts_.sealed->pop(chunk)) {
        if (chunk->state == ChunkBuffer::State::discarded) {
            parts_.pool.give_back(*chunk);
        } else {
            add(*chunk);
        }
    }
}

void Sender::add(ChunkBuffer& chunk) {
    if (compressor_ != nullptr) {
        chunk.chunk_bytes = compressor_->compress({chunk.data, chunk.chunk_bytes});
    }
    settler_.on_sealed();
    chunk.state = ChunkBuffer::State::queued;
    chunk.queue->push_back(chunk);
    if (recovery_.on_queued(chunk)) {
        send_list_.add(*chunk.queue);
    }
}

// The application must not seal meanwhile, under numbers that are to change.
void Sender::renew(std::int64_t now_ns) {
    if (renewal_.any_ready()) {
        if (parts_.sealed == nullptr) {
            renewal_.renumber_ready();
        } else if (const std::unique_lock lock(parts_.sealed->lock(), std::try_to_lock); lock) {
            take_sealed();
            renewal_.renumber_ready();
        }
    }
    renewal_.ask_for_epoch(now_ns);
}

void Sender::send(std::int64_t now_ns) {
    take_sealed();
    if (send_list_.empty() || blocked_ || !parts_.loop.connection().ready()) {
        return;
    }
    while (!send_list_.empty() && send_frame(now_ns)) {
    }
}

// One frame with what is ready, a streamlet after the other. False: nothing can be sent now.
bool Sender::send_frame(std::int64_t now_ns) {
    Connection& connection = parts_.loop.connection();
    if (frames_.full() || connection.request_room() <= 1) {
        return false;
    }
    const std::uint32_t index = frames_.next();
    SentFrames::Frame& frame = frames_[index];
    const std::uint32_t bytes = gather(frame, now_ns);
    if (frame.count == 0) {
        send_list_.remove_drawn(now_ns);
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
    frames_.begin(index, answered);
    mark_sent(frame, bytes);
    send_list_.remove_drawn(now_ns);
    return true;
}

// Fills the frame, and the spans of its chunks; returns their bytes.
std::uint32_t Sender::gather(SentFrames::Frame& frame, std::int64_t now_ns) {
    const Capabilities& transport = parts_.loop.transport().capabilities();
    const HelloAnswer& broker = parts_.loop.connection().greeting();
    const std::uint32_t count_max = std::min(SentFrames::kChunksMax, transport.segments_max);
    const std::uint32_t bytes_max =
        std::min(broker.frame_bytes_max, transport.message_bytes_max) - Append::kHeadBytes;
    std::uint32_t bytes = 0;
    frame.count = 0;
    spans_.clear();
    send_list_.draw(now_ns, [&](ChunkBuffer& chunk) {
        const bool full = frame.count >= count_max || chunk.chunk_bytes > bytes_max - bytes;
        const bool enough = frame.count > 0 && bytes + chunk.chunk_bytes > kFrameBytesAim;
        if (full || enough) {
            return false;
        }
        state_term(chunk.data, chunk.queue->term);
        frame.chunks[frame.count++] = &chunk;
        spans_.push_back({chunk.data, chunk.chunk_bytes});
        bytes += chunk.chunk_bytes;
        return true;
    });
    return bytes;
}

void Sender::mark_sent(const SentFrames::Frame& frame, std::uint32_t bytes) {
    for (std::uint32_t at = 0; at < frame.count; ++at) {
        ChunkBuffer& chunk = *frame.chunks[at];
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
        if (!frame.awaits_answer) {
            --queue.in_flight;
            settler_.settle(chunk, Error{ErrorCode::ok, "", 0, 0});
        }
    }
    bytes_sent_.add(bytes);
    frames_sent_.add(1);
}

void Sender::on_answer(std::uint64_t cookie, const FrameView& frame, Inbound& message) {
    static_cast<void>(message);
    const auto index = static_cast<std::uint32_t>(cookie);
    SentFrames::Frame& sent = frames_[index];
    KERA_ASSERT(index < SentFrames::kFramesMax && sent.awaits_answer, index);
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
        send_list_.put_back(*sent.chunks[at]);
    }
    frames_.on_answered(index);
    if (!complete) {
        parts_.loop.connection().restart(why);
    }
}

void Sender::on_result(ChunkBuffer& chunk, const AppendResult& result) {
    if (result.code != ErrorCode::ok && result.code != ErrorCode::duplicate_sequence) {
        recovery_.on_refused(chunk, Error{result.code, "append", result.limit, result.value},
                             result.retry_after_ms);
        return;
    }
    StreamletQueue& queue = *chunk.queue;
    --queue.in_flight;
    // A chunk that was given up before has its outcome already.
    if (chunk.state != ChunkBuffer::State::settled) {
        recovery_.on_taken(queue);
        chunk.duplicate = result.duplicate || result.code == ErrorCode::duplicate_sequence;
        if (chunk.duplicate) {
            duplicates_.add(1);
        }
        // A duplicate too old for the broker to know its offset has none.
        chunk.base_offset = result.code == ErrorCode::ok ? result.base_offset : Offset(-1);
        chunk.append_time_ms = result.append_time_ms;
        settler_.settle(chunk, Error{ErrorCode::ok, "", 0, 0});
    }
    send_list_.add(queue);
}

void Sender::on_request_failed(std::uint64_t cookie, const Error& why,
                               std::uint32_t retry_after_ms) {
    const auto index = static_cast<std::uint32_t>(cookie);
    const SentFrames::Frame& frame = frames_[index];
    const bool session_lost = !parts_.loop.connection().ready();
    const bool unanswered = why.code == ErrorCode::timed_out && !session_lost;
    for (std::uint32_t at = 0; at < frame.count; ++at) {
        if (session_lost || unanswered) {
            send_list_.put_back(*frame.chunks[at]);
        } else {
            recovery_.on_refused(*frame.chunks[at], why, retry_after_ms);
        }
    }
    frames_.on_answered(index);
    if (unanswered) {
        parts_.loop.connection().restart(why);
    }
}

void Sender::on_session_ready() {
    blocked_ = false;
    parts_.identity.on_session_ready();
}

void Sender::on_session_writable() {
    blocked_ = false;
}

// Chunks in flight have been put back, as their requests failed.
void Sender::on_session_lost() {
    blocked_ = false;
    parts_.identity.on_session_lost();
    recovery_.on_session_lost();
}

void Sender::shut_down(const Error& why) {
    take_sealed();
    recovery_.shut_down(why);
}

void Sender::add_to(ProducerStats& stats) const noexcept {
    stats.chunks_settled = settler_.settled();
    stats.chunks_failed = settler_.failed();
    stats.chunks_sent_again = sent_again_.get();
    stats.duplicates = duplicates_.get();
    stats.bytes_sent = bytes_sent_.get();
    stats.frames_sent = frames_sent_.get();
    stats.refused_with = refused_with();
}

}  // namespace kera
