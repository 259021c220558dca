// Claiming, committing and sealing. See producer.hpp; producer_setup.cpp has the rest.
#include "client/produce/producer.hpp"

#include <algorithm>
#include <mutex>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "client/produce/partitioner.hpp"
#include "client/session/loop.hpp"
#include "wire/chunk/record.hpp"

namespace kera {

namespace {

constexpr std::uint32_t kSealedWhenExhausted = 64;
constexpr std::size_t kKeysMax = 255;
constexpr std::size_t kFieldsMax = 65535;

Result<void> check_content(const RecordTarget& target, const RecordContent& content,
                           std::uint64_t value_bytes) {
    if (target.timestamp_ms != kTimeOfSending) {
        KERA_TRY(check_timestamp(target.timestamp_ms));
    }
    if (value_bytes > kValueBytesMax) {
        return fail(ErrorCode::limit_exceeded, "value_bytes", kValueBytesMax,
                    static_cast<std::int64_t>(value_bytes));
    }
    if (content.keys.size() > kKeysMax) {
        return fail(ErrorCode::limit_exceeded, "keys", kKeysMax,
                    static_cast<std::int64_t>(content.keys.size()));
    }
    if (content.fields.size() > kFieldsMax) {
        return fail(ErrorCode::limit_exceeded, "headers", kFieldsMax,
                    static_cast<std::int64_t>(content.fields.size()));
    }
    for (const RecordField& field : content.fields) {
        if (field.name.size() > kFieldsMax) {
            return fail(ErrorCode::limit_exceeded, "header_name_bytes", kFieldsMax,
                        static_cast<std::int64_t>(field.name.size()));
        }
    }
    return {};
}

}  // namespace

Result<Claim> Producer::claim(const RecordTarget& target, const RecordContent& content,
                              std::uint32_t value_bytes) {
    if (open_claim_ != nullptr) {
        return fail(ErrorCode::invalid_argument, "claim_is_open", 1, 2);
    }
    KERA_TRY(check_content(target, content, value_bytes));
    KERA_TRY_ASSIGN(const StreamletId streamlet, choose_streamlet(target, content));
    OpenChunk& chunk = chunk_of(target.stream, streamlet);
    const RecordContent without_value{content.keys, content.fields, std::nullopt};
    const std::uint64_t bytes = record_bytes(without_value, value_bytes);
    KERA_TRY(make_room(chunk, bytes, target.timestamp_ms));
    const std::int64_t timestamp_ms =
        target.timestamp_ms == kTimeOfSending ? chunk.timestamp_ms : target.timestamp_ms;
    std::byte* value = chunk.builder.add(without_value, value_bytes, timestamp_ms);
    open_claim_ = &chunk;
    claim_bytes_ = bytes;
    lock_.unlock();
    return Claim{{value, value_bytes}, streamlet};
}

bool Producer::commit(std::uint64_t token) {
    lock_.lock();
    if (open_claim_ == nullptr) {
        lock_.unlock();
        return false;
    }
    OpenChunk& chunk = *std::exchange(open_claim_, nullptr);
    finish_record(chunk, token);
    const bool full = is_full(chunk);
    if (full) {
        seal(chunk);
    }
    lock_.unlock();
    if (full) {
        after_sealing();
    }
    return true;
}

bool Producer::abort() {
    const std::lock_guard lock(lock_);
    if (open_claim_ == nullptr) {
        return false;
    }
    std::exchange(open_claim_, nullptr)->builder.remove_last(claim_bytes_);
    return true;
}

Result<void> Producer::send(const RecordTarget& target, const RecordContent& content,
                            std::uint64_t token) {
    if (open_claim_ != nullptr) {
        return fail(ErrorCode::invalid_argument, "claim_is_open", 1, 2);
    }
    KERA_TRY(check_content(target, content, content.value ? content.value->size() : 0));
    KERA_TRY_ASSIGN(const StreamletId streamlet, choose_streamlet(target, content));
    OpenChunk& chunk = chunk_of(target.stream, streamlet);
    claim_bytes_ = record_bytes(content);
    KERA_TRY(make_room(chunk, claim_bytes_, target.timestamp_ms));
    chunk.builder.add(
        content, target.timestamp_ms == kTimeOfSending ? chunk.timestamp_ms : target.timestamp_ms);
    finish_record(chunk, token);
    const bool full = is_full(chunk);
    if (full) {
        seal(chunk);
    }
    lock_.unlock();
    if (full) {
        after_sealing();
    }
    return {};
}

Result<std::size_t> Producer::send_many(const RecordTarget& target, std::span<const Bytes> values) {
    if (open_claim_ != nullptr) {
        return fail(ErrorCode::invalid_argument, "claim_is_open", 1, 2);
    }
    std::size_t sent = 0;
    while (sent < values.size()) {
        const Result<void> fits = check_content(target, {}, values[sent].size());
        const Result<StreamletId> streamlet = choose_streamlet(target, {});
        Result<void> room = !fits ? fits : streamlet.ok() ? Result<void>{} : streamlet.error();
        if (room.ok()) {
            OpenChunk& chunk = chunk_of(target.stream, *streamlet);
            claim_bytes_ = record_bytes(values[sent].size());
            room = make_room(chunk, claim_bytes_, target.timestamp_ms);
        }
        if (!room.ok()) {
            return sent > 0 ? Result<std::size_t>(sent) : Result<std::size_t>(room.error());
        }
        OpenChunk& chunk = chunk_of(target.stream, *streamlet);
        const std::int64_t timestamp_ms =
            target.timestamp_ms == kTimeOfSending ? chunk.timestamp_ms : target.timestamp_ms;
        // As many as this chunk takes, under one lock.
        while (sent < values.size() && values[sent].size() <= kValueBytesMax &&
               chunk.builder.fits(record_bytes(values[sent].size()))) {
            const Bytes value = values[sent];
            claim_bytes_ = record_bytes(value.size());
            std::byte* at =
                chunk.builder.add(static_cast<std::uint32_t>(value.size()), timestamp_ms);
            copy_bytes(at, value.data(), value.size());
            finish_record(chunk, 0);
            ++sent;
        }
        const bool full = is_full(chunk);
        if (full) {
            seal(chunk);
        }
        lock_.unlock();
        if (full) {
            after_sealing();
        }
    }
    return sent;
}

void Producer::finish_record(OpenChunk& chunk, std::uint64_t token) noexcept {
    if (chunk.buffer->tokens != nullptr) {
        chunk.buffer->tokens[chunk.builder.record_count() - 1] = token;
    }
    records_.add(1);
}

// A chunk that would not take another record like the last one leaves now.
bool Producer::is_full(const OpenChunk& chunk) const noexcept {
    return !chunk.builder.fits(claim_bytes_);
}

Result<StreamletId> Producer::choose_streamlet(const RecordTarget& target,
                                               const RecordContent& content) {
    if (target.stream.value() >= streams_.size()) {
        return fail(ErrorCode::invalid_argument, "stream_handle",
                    static_cast<std::int64_t>(streams_.size()), target.stream.value());
    }
    const std::int32_t streamlets = streams_[target.stream.value()]->streamlets;
    if (target.streamlet == kAnyStreamlet) {
        if (!content.keys.empty()) {
            return streamlet_of_key(content.keys.front(), streamlets);
        }
        StreamletId& sticky = sticky_[target.stream.value()];
        if (!chunk_of(target.stream, sticky).is_open()) {
            sticky = StreamletId(
                static_cast<std::int32_t>(random_.below(static_cast<std::uint64_t>(streamlets))));
        }
        return sticky;
    }
    if (!is_streamlet(target.stream, target.streamlet)) {
        return fail(ErrorCode::invalid_argument, "streamlet", streamlets - 1,
                    target.streamlet.value());
    }
    return target.streamlet;
}

Result<void> Producer::make_room(OpenChunk& chunk, std::uint64_t bytes, std::int64_t timestamp_ms) {
    const bool any_time = timestamp_ms == kTimeOfSending;
    lock_.lock();
    if (chunk.builder.fits(bytes) &&
        chunk.builder.spans(any_time ? chunk.timestamp_ms : timestamp_ms)) {
        return {};
    }
    if (chunk.is_open()) {
        seal(chunk);
        lock_.unlock();
        after_sealing();
        lock_.lock();
    }
    const std::int64_t deadline_ns = loop_.clock().now_ns() + options_.max_block_ns;
    for (;;) {
        const Result<void> allowed = may_open(chunk, bytes);
        if (!allowed) {
            lock_.unlock();
            return allowed;
        }
        ChunkBuffer* const buffer =
            has_room_for(chunk) ? pool_.acquire(kChunkHeaderBytes + bytes) : nullptr;
        if (buffer != nullptr) {
            open(chunk, *buffer);
            return {};
        }
        lock_.unlock();
        KERA_TRY(await_room(chunk, bytes, deadline_ns));
        lock_.lock();
    }
}

Result<void> Producer::may_open(const OpenChunk& chunk, std::uint64_t bytes) const {
    if (sender_.refused()) {
        return sender_.refusal();
    }
    if (chunk.stopped.code != ErrorCode::ok) {
        return chunk.stopped;
    }
    if (!sender_.identified()) {
        return fail(ErrorCode::would_block, "producer_id");
    }
    const std::uint64_t bytes_max = std::min(pool_.chunk_bytes_max(), chunk_bytes_max_);
    if (kChunkHeaderBytes + bytes > bytes_max) {
        return fail(ErrorCode::limit_exceeded, "chunk_bytes", static_cast<std::int64_t>(bytes_max),
                    static_cast<std::int64_t>(kChunkHeaderBytes + bytes));
    }
    return {};
}

bool Producer::has_room_for(const OpenChunk& chunk) const noexcept {
    const std::uint32_t settled = chunk.queue->settled_chunks.load(std::memory_order_acquire);
    return chunk.sealed_chunks - settled < options_.streamlet_chunks_max;
}

Result<void> Producer::await_room(OpenChunk& chunk, std::uint64_t bytes, std::int64_t deadline_ns) {
    if (has_room_for(chunk)) {
        // Memory is short: what lies in open chunks can only come back once they have left.
        {
            const std::lock_guard lock(lock_);
            seal_oldest(kSealedWhenExhausted);
        }
        after_sealing();
    }
    const bool done = loop_.wait_until(deadline_ns, [this, &chunk, bytes] {
        const std::lock_guard lock(lock_);
        return chunk.stopped.code != ErrorCode::ok || sender_.refused() ||
               (has_room_for(chunk) && pool_.has_room(kChunkHeaderBytes + bytes));
    });
    if (done) {
        return {};
    }
    Error full = fail(ErrorCode::buffer_exhausted, "memory_bytes",
                      static_cast<std::int64_t>(pool_.memory_bytes()),
                      static_cast<std::int64_t>(kChunkHeaderBytes + bytes));
    full.cause = sender_.refused_with();
    return full;
}

void Producer::open(OpenChunk& chunk, ChunkBuffer& buffer) {
    chunk.buffer = &buffer;
    chunk.builder.reset(buffer.room());
    chunk.opened_at_ns = loop_.clock().now_ns();
    chunk.timestamp_ms = loop_.clock().epoch_ms();
    link(chunk);
    if (oldest_ == &chunk) {
        linger_until_ns_.store(chunk.opened_at_ns + options_.linger_ns, std::memory_order_relaxed);
        // The loop may be asleep for longer than this chunk wants to wait.
        loop_.wake();
    }
}

void Producer::seal(OpenChunk& chunk) {
    ChunkBuffer& buffer = *std::exchange(chunk.buffer, nullptr);
    unlink(chunk);
    if (chunk.builder.empty()) {
        // Its only record was aborted.
        buffer.state = ChunkBuffer::State::discarded;
    } else {
        ChunkIdentity identity;
        identity.stream = chunk.stream;
        identity.streamlet = chunk.streamlet;
        identity.producer = sender_.producer();
        identity.producer_epoch = chunk.epoch;
        identity.base_sequence = chunk.next_sequence;
        buffer.record_count = chunk.builder.record_count();
        buffer.chunk_bytes = static_cast<std::uint32_t>(chunk.builder.seal(identity).size());
        buffer.base_sequence = chunk.next_sequence;
        buffer.epoch = chunk.epoch;
        buffer.opened_at_ns = chunk.opened_at_ns;
        buffer.queue = chunk.queue;
        buffer.was_sent = false;
        buffer.duplicate = false;
        chunk.next_sequence =
            advance(chunk.next_sequence, static_cast<std::int32_t>(buffer.record_count));
        ++chunk.sealed_chunks;
        chunks_sealed_.add(1);
    }
    chunk.builder = ChunkBuilder{};
    const bool put = sealed_.push(&buffer);
    KERA_ASSERT(put);
}

void Producer::seal_oldest(std::uint32_t count) {
    OpenChunk* chunk = oldest_;
    while (chunk != nullptr && count > 0) {
        OpenChunk* const next = chunk->younger;
        if (chunk != open_claim_) {
            seal(*chunk);
            --count;
        }
        chunk = next;
    }
}

// The caller's own thread sends at once; the I/O thread is told.
void Producer::after_sealing() {
    if (loop_.has_io_thread()) {
        loop_.wake();
    } else if (!loop_.polling()) {
        loop_.poll();
    }
}

void Producer::link(OpenChunk& chunk) {
    chunk.older = youngest_;
    chunk.younger = nullptr;
    (youngest_ == nullptr ? oldest_ : youngest_->younger) = &chunk;
    youngest_ = &chunk;
}

void Producer::unlink(OpenChunk& chunk) {
    const bool was_oldest = oldest_ == &chunk;
    (chunk.older == nullptr ? oldest_ : chunk.older->younger) = chunk.younger;
    (chunk.younger == nullptr ? youngest_ : chunk.younger->older) = chunk.older;
    chunk.older = chunk.younger = nullptr;
    if (was_oldest) {
        linger_until_ns_.store(
            oldest_ == nullptr ? kNoDeadline : oldest_->opened_at_ns + options_.linger_ns,
            std::memory_order_relaxed);
    }
}

}  // namespace kera
