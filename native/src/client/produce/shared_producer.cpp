// The loop's side of the rings. See shared_producer.hpp; shared_producer_setup.cpp has the rest.
#include "client/produce/shared_producer.hpp"

#include <algorithm>
#include <utility>

#include "base/bytes.hpp"
#include "base/log.hpp"
#include "client/session/loop.hpp"
#include "wire/chunk/chunk_builder.hpp"
#include "wire/chunk/record.hpp"

namespace kera {

namespace {

constexpr std::int64_t kUnreadBytesMax = 4096;

template <class Message>
std::optional<Message> read_message(Bytes bytes) {
    Message message{};
    if (bytes.size() < sizeof message) {
        return std::nullopt;
    }
    copy_bytes(reinterpret_cast<std::byte*>(&message), bytes.data(), sizeof message);
    return message;
}

// The latest time of records that bring their own.
std::int64_t latest_time(Bytes chunk, std::uint32_t records, std::int64_t first_timestamp_ms) {
    std::int64_t latest_ms = first_timestamp_ms;
    std::size_t at = kChunkHeaderBytes;
    for (std::uint32_t record = 0; record < records && at + kRecordHeaderBytes <= chunk.size();
         ++record) {
        const RecordView view(chunk.data() + at);
        latest_ms = std::max(latest_ms, first_timestamp_ms + view.timestamp_delta_ms());
        at += view.record_bytes();
    }
    return latest_ms;
}

}  // namespace

int SharedProducer::poll(std::int64_t now_ns) {
    int work = memory_wanted_ ? adopt_memory() : 0;
    if (region_told_ != region_) {
        tell_region();
    }
    work += read_ring(now_ns);
    work += close_lingering(now_ns);
    work += sender_.poll(now_ns);
    return work + tell_outcomes();
}

std::int64_t SharedProducer::next_deadline_ns() const {
    const SharedChunk* const oldest = chunks_.oldest_open();
    const std::int64_t linger_ns =
        oldest == nullptr ? kNoDeadline : oldest->opened_at_ns + options_.linger_ns;
    return std::min(linger_ns, sender_.next_deadline_ns());
}

int SharedProducer::read_ring(std::int64_t now_ns) {
    if (broken_) {
        return 0;
    }
    int messages = 0;
    for (;;) {
        const Result<int> read =
            from_outside_.read([this, now_ns](std::int32_t type, Bytes message) {
                on_message(type, message, now_ns);
            });
        if (!read.ok()) {
            on_broken(read.error());
            return messages;
        }
        messages += *read;
        // A read ends where the ring wraps around.
        if (*read == 0) {
            return messages;
        }
    }
}

void SharedProducer::on_message(std::int32_t type, Bytes message, std::int64_t now_ns) {
    switch (type) {
        case KERA_SHARED_CHUNK_OPENED:
            if (const auto opened = read_message<kera_shared_chunk_opened>(message)) {
                on_opened(*opened, now_ns);
            }
            return;
        case KERA_SHARED_CHUNK_FULL:
            if (const auto full = read_message<kera_shared_chunk_number>(message)) {
                SharedChunk* const chunk = chunks_.find(full->chunk, SharedChunk::State::open);
                if (chunk != nullptr) {
                    close(*chunk);
                }
            }
            return;
        case KERA_SHARED_CHUNK_WANTED:
            if (const auto wanted = read_message<kera_shared_chunk_wanted>(message)) {
                on_wanted(wanted->bytes);
            }
            return;
        case KERA_SHARED_CHUNK_RETURNED:
            if (const auto returned = read_message<kera_shared_chunk_number>(message)) {
                SharedChunk* const chunk = chunks_.find(returned->chunk, SharedChunk::State::lent);
                if (chunk != nullptr) {
                    pool_.give_back(chunks_.take_back(*chunk));
                    grant_large();
                }
            }
            return;
        default:
            return;
    }
}

void SharedProducer::on_opened(const kera_shared_chunk_opened& opened, std::int64_t now_ns) {
    SharedChunk* const chunk = chunks_.find(opened.chunk, SharedChunk::State::lent);
    if (chunk == nullptr || opened.stream >= streams_.size() || opened.streamlet < 0 ||
        opened.streamlet >= streams_[opened.stream]->streamlets) {
        return;
    }
    chunk->target = &streams_[opened.stream]->open[static_cast<std::size_t>(opened.streamlet)];
    chunk->first_timestamp_ms = opened.first_timestamp_ms;
    chunks_.open(*chunk, now_ns);
}

void SharedProducer::on_wanted(std::uint64_t bytes) {
    if (bytes > pool_.chunk_bytes_max()) {
        tell(
            KERA_SHARED_CHUNK_REFUSED,
            kera_shared_chunk_settled{0, 0, 0, KERA_LIMIT_EXCEEDED, -1, -1,
                                      static_cast<std::int64_t>(pool_.chunk_bytes_max()),
                                      static_cast<std::int64_t>(bytes), "chunk_bytes", KERA_OK, 0});
        return;
    }
    if (bytes > pool_.chunk_bytes()) {
        large_wanted_bytes_ = bytes;
        grant_large();
        return;
    }
    ChunkBuffer* const buffer = pool_.acquire(bytes);
    if (buffer == nullptr) {
        tell(KERA_SHARED_CHUNK_NONE_LEFT, kera_shared_chunk_number{});
        return;
    }
    const std::uint32_t number = chunks_.lend(*buffer);
    tell(KERA_SHARED_CHUNK_GRANTED,
         kera_shared_chunk_granted{number, region_, buffer->room_bytes, buffer->data});
}

void SharedProducer::grant_large() {
    if (large_wanted_bytes_ == 0) {
        return;
    }
    ChunkBuffer* const buffer = pool_.acquire(large_wanted_bytes_);
    if (buffer != nullptr) {
        large_wanted_bytes_ = 0;
        const std::uint32_t number = chunks_.lend(*buffer);
        tell(KERA_SHARED_CHUNK_GRANTED,
             kera_shared_chunk_granted{number, region_, buffer->room_bytes, buffer->data});
    }
}

// Ends the other thread's additions, then numbers and checksums what there is.
void SharedProducer::close(SharedChunk& chunk) {
    const SharedChunks::Content content = chunks_.close(chunk);
    ChunkBuffer& buffer = *chunk.buffer;
    OpenChunk& target = *chunk.target;
    if (const Result<void> checked = check(content, buffer.room_bytes); !checked.ok()) {
        refuse(chunk, checked.error());
        return;
    }
    ChunkIdentity identity;
    identity.stream = target.stream;
    identity.streamlet = target.streamlet;
    identity.producer = sender_.producer();
    identity.producer_epoch = target.epoch;
    identity.base_sequence = target.next_sequence;
    const MutableBytes bytes(buffer.data, content.bytes);
    ChunkSummary summary{content.records, chunk.first_timestamp_ms, chunk.first_timestamp_ms};
    if (content.own_times) {
        summary.max_timestamp_ms = latest_time(bytes, content.records, chunk.first_timestamp_ms);
    }
    seal_chunk(bytes, identity, summary);
    buffer.record_count = content.records;
    buffer.chunk_bytes = static_cast<std::uint32_t>(content.bytes);
    buffer.base_sequence = target.next_sequence;
    buffer.epoch = target.epoch;
    buffer.opened_at_ns = chunk.opened_at_ns;
    buffer.queue = target.queue;
    buffer.was_sent = false;
    buffer.duplicate = false;
    buffer.base_offset = Offset(-1);
    buffer.append_time_ms = -1;
    target.next_sequence =
        advance(target.next_sequence, static_cast<std::int32_t>(content.records));
    records_.add(content.records);
    chunks_closed_.add(1);
    const bool put = sealed_.push(&buffer);
    KERA_ASSERT(put);
}

Result<void> SharedProducer::check(const SharedChunks::Content& content, std::uint32_t room_bytes) {
    if (content.bytes < kChunkHeaderBytes || content.bytes > room_bytes ||
        content.bytes % kRecordAlignment != 0) {
        return fail(ErrorCode::invalid_argument, "shared_chunk_bytes", room_bytes,
                    static_cast<std::int64_t>(content.bytes));
    }
    const std::uint64_t records_max = (content.bytes - kChunkHeaderBytes) / kRecordHeaderBytes;
    if (content.records == 0 || content.records > records_max) {
        return fail(ErrorCode::invalid_argument, "shared_chunk_records",
                    static_cast<std::int64_t>(records_max), content.records);
    }
    return {};
}

void SharedProducer::refuse(SharedChunk& chunk, const Error& why) {
    ChunkBuffer& buffer = *chunk.buffer;
    buffer.record_count = 0;
    buffer.queue = chunk.target->queue;
    buffer.duplicate = false;
    buffer.base_offset = Offset(-1);
    buffer.append_time_ms = -1;
    buffer.error = why;
    chunks_closed_.add(1);
    tell_settled(buffer);
}

void SharedProducer::on_broken(const Error& why) {
    if (!std::exchange(broken_, true)) {
        log(LogLevel::error, "shared_producer_broken", {{"why", why}});
    }
}

int SharedProducer::close_lingering(std::int64_t now_ns) {
    int closed = 0;
    SharedChunk* chunk = chunks_.oldest_open();
    while (chunk != nullptr && now_ns >= chunk->opened_at_ns + options_.linger_ns) {
        close(*chunk);
        ++closed;
        chunk = chunks_.oldest_open();
    }
    return closed;
}

void SharedProducer::close_all() {
    read_ring(loop_.clock().now_ns());
    while (SharedChunk* const chunk = chunks_.oldest_open()) {
        close(*chunk);
    }
}

int SharedProducer::tell_outcomes() {
    int told = 0;
    ChunkBuffer* buffer = nullptr;
    while (settled_.pop(buffer)) {
        tell_settled(*buffer);
        ++told;
    }
    return told;
}

void SharedProducer::tell_settled(ChunkBuffer& buffer) {
    const std::uint32_t number = buffer.shared_chunk;
    SharedChunk* const chunk = chunks_.find(number, SharedChunk::State::sent);
    KERA_ASSERT(chunk != nullptr, number);
    kera_shared_chunk_settled settled{};
    settled.chunk = number;
    settled.flags =
        (chunk->asked ? KERA_SETTLED_ASKED : 0U) |
        (buffer.duplicate ? KERA_SETTLED_DUPLICATE : 0U) |
        (buffer.queue->state == StreamletQueue::State::stopped ? KERA_SETTLED_STOPPED : 0U) |
        (sender_.refused() ? KERA_SETTLED_FENCED : 0U);
    settled.record_count = buffer.record_count;
    settled.code = static_cast<std::int32_t>(buffer.error.code);
    settled.base_offset = buffer.base_offset.value();
    settled.append_time_ms = buffer.append_time_ms;
    settled.limit = buffer.error.limit;
    settled.value = buffer.error.value;
    settled.what = buffer.error.what;
    settled.cause = static_cast<std::int32_t>(buffer.error.cause);
    chunks_.settle(*chunk);
    tell(KERA_SHARED_CHUNK_SETTLED, settled);
    chunks_told_.add(1);
    asked_told_.add(chunk->asked ? 1 : 0);
}

// An idle reader may have many of these before it, so this one waits until there is room.
void SharedProducer::tell_region() {
    const kera_region_retired retired{region_, 0};
    if (to_outside_.unread_bytes() < kUnreadBytesMax &&
        to_outside_.write(KERA_REGION_RETIRED, std::as_bytes(std::span(&retired, 1)))) {
        region_told_ = region_;
        messages_told_.add(1);
    }
}

// There is room: each chunk has at most one message under way, and the ring holds them all; unless
// the outside asks without end and reads nothing.
template <class Message>
void SharedProducer::tell(std::int32_t type, const Message& message) {
    if (!to_outside_.write(type, std::as_bytes(std::span(&message, 1)))) {
        on_broken(fail(ErrorCode::limit_exceeded, "unread_bytes",
                       static_cast<std::int64_t>(from_loop_.memory.bytes), type));
        return;
    }
    messages_told_.add(1);
}

}  // namespace kera
