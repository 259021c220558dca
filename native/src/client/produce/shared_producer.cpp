// The loop's side of the rings. See shared_producer.hpp; shared_producer_setup.cpp has the rest.
#include "client/produce/shared_producer.hpp"

#include <algorithm>
#include <optional>

#include "base/bytes.hpp"
#include "client/session/loop.hpp"
#include "wire/chunk/chunk_builder.hpp"
#include "wire/chunk/record.hpp"

namespace kera {

namespace {

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
    if (ended_) {
        const int sent = sender_.poll(now_ns);
        return sent + tell_settled();
    }
    int work = pool_memory_.is_due() && pool_memory_.move() ? 1 : 0;
    if (region_told_ != pool_memory_.region()) {
        tell_region();
    }
    work += grown_.tell();
    work += read_messages(now_ns);
    work += close_lingering(now_ns);
    work += seal_committed();
    work += sender_.poll(now_ns);
    return work + tell_settled();
}

std::int64_t SharedProducer::next_deadline_ns() const {
    const SharedChunk* const oldest = chunks_.oldest_open();
    const std::int64_t open_until_ns =
        oldest == nullptr ? kNoDeadline : options_.open_until_ns(oldest->opened_at_ns);
    return std::min(open_until_ns, sender_.next_deadline_ns());
}

int SharedProducer::read_messages(std::int64_t now_ns) {
    return rings_.read(
        [this, now_ns](std::int32_t type, Bytes message) { on_message(type, message, now_ns); });
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
                    lend_large();
                }
            }
            return;
        default:
            return;
    }
}

void SharedProducer::on_opened(const kera_shared_chunk_opened& opened, std::int64_t now_ns) {
    SharedChunk* const chunk = chunks_.find(opened.chunk, SharedChunk::State::lent);
    const StreamHandle stream(opened.stream);
    const StreamletId streamlet(opened.streamlet);
    if (chunk == nullptr || !streams_.has(stream, streamlet)) {
        return;
    }
    OpenChunk& target = streams_.open_chunk(stream, streamlet);
    if (target.shared != nullptr) {
        close(*target.shared);
    }
    target.shared = chunk;
    chunk->target = &target;
    chunk->first_timestamp_ms = opened.first_timestamp_ms;
    chunks_.open(*chunk, now_ns);
}

void SharedProducer::on_wanted(std::uint64_t bytes) {
    if (bytes > pool_.chunk_bytes_max()) {
        kera_shared_chunk_settled refused{};
        refused.code = KERA_LIMIT_EXCEEDED;
        refused.base_offset = refused.append_time_ms = -1;
        refused.limit = static_cast<std::int64_t>(pool_.chunk_bytes_max());
        refused.value = static_cast<std::int64_t>(bytes);
        refused.what = "chunk_bytes";
        rings_.write(KERA_SHARED_CHUNK_REFUSED, refused);
        return;
    }
    if (bytes > pool_.chunk_bytes()) {
        large_wanted_bytes_ = bytes;
        lend_large();
        return;
    }
    if (ChunkBuffer* const buffer = pool_.acquire(bytes)) {
        lend(*buffer);
    } else {
        rings_.write(KERA_SHARED_CHUNK_NONE_LEFT, kera_shared_chunk_number{});
    }
}

void SharedProducer::lend(ChunkBuffer& buffer) {
    const std::uint32_t number = chunks_.lend(buffer);
    rings_.write(
        KERA_SHARED_CHUNK_GRANTED,
        kera_shared_chunk_granted{number, pool_memory_.region(), buffer.room_bytes, buffer.data});
}

void SharedProducer::lend_large() {
    ChunkBuffer* const buffer =
        large_wanted_bytes_ == 0 ? nullptr : pool_.acquire(large_wanted_bytes_);
    if (buffer != nullptr) {
        large_wanted_bytes_ = 0;
        lend(*buffer);
    }
}

// Ends the additions. What threads outside still write into is sealed once they have done so.
void SharedProducer::close(SharedChunk& chunk) {
    chunks_.close(chunk);
    chunk.target->shared = nullptr;
    chunk.closed_before = chunks_closed_.get();
    chunks_closed_.add(1);
    const SharedChunks::Content content = chunks_.content(chunk);
    if (UncommittedChunks::must_wait(chunk, content) &&
        content.check(chunk.buffer->room_bytes).ok()) {
        uncommitted_.add(chunk);
        return;
    }
    seal(chunk, content);
}

int SharedProducer::seal_committed() {
    return uncommitted_.empty()
               ? 0
               : uncommitted_.take_committed(
                     chunks_, [this](SharedChunk& chunk, const SharedChunks::Content& content) {
                         seal(chunk, content);
                     });
}

// Numbers and checksums what is in a chunk.
void SharedProducer::seal(SharedChunk& chunk, const SharedChunks::Content& content) {
    chunks_.take(chunk);
    ChunkBuffer& buffer = *chunk.buffer;
    Result<void> checked = content.check(buffer.room_bytes);
    if (checked.ok() && content.committed_bytes != content.bytes) {
        checked = fail(ErrorCode::invalid_argument, "shared_chunk_committed",
                       static_cast<std::int64_t>(content.bytes),
                       static_cast<std::int64_t>(content.committed_bytes));
    }
    if (checked.ok() && content.spoilt_records > 0) {
        checked = fail(ErrorCode::invalid_argument, "spoilt_records", 0, content.spoilt_records);
    }
    if (!checked.ok()) {
        refuse(chunk, content.records, checked.error());
        return;
    }
    const MutableBytes bytes(buffer.data, content.bytes);
    ChunkSummary summary{content.records, chunk.first_timestamp_ms, chunk.first_timestamp_ms};
    if (content.own_times) {
        summary.max_timestamp_ms = latest_time(bytes, content.records, chunk.first_timestamp_ms);
    }
    seal_chunk(bytes, chunk.target->identity(identity_.id()), summary);
    chunk.target->number(buffer, static_cast<std::uint32_t>(content.bytes), content.records);
    buffer.opened_at_ns = chunk.opened_at_ns;
    records_.add(content.records);
    sender_.add(buffer);
}

void SharedProducer::refuse(SharedChunk& chunk, std::uint32_t records, const Error& why) {
    ChunkBuffer& buffer = *chunk.buffer;
    buffer.record_count = records;
    buffer.queue = chunk.target->queue;
    buffer.duplicate = false;
    buffer.base_offset = Offset(-1);
    buffer.append_time_ms = -1;
    buffer.error = why;
    tell_settled(buffer);
}

int SharedProducer::close_lingering(std::int64_t now_ns) {
    int closed = 0;
    const bool at_once = options_.gathers() && !sender_.under_way();
    SharedChunk* chunk = chunks_.oldest_open();
    while (chunk != nullptr && (at_once || now_ns >= options_.open_until_ns(chunk->opened_at_ns))) {
        close(*chunk);
        ++closed;
        chunk = chunks_.oldest_open();
    }
    return closed;
}

void SharedProducer::close_all() {
    read_messages(loop_.clock().now_ns());
    while (SharedChunk* const chunk = chunks_.oldest_open()) {
        close(*chunk);
    }
    seal_committed();
}

int SharedProducer::tell_settled() {
    for (const ChunkBuffer* buffer : settled_) {
        tell_settled(*buffer);
    }
    const std::size_t told = settled_.size();
    settled_.clear();
    return static_cast<int>(told);
}

void SharedProducer::tell_settled(const ChunkBuffer& buffer) {
    const std::uint32_t number = buffer.shared_chunk;
    SharedChunk* const chunk = chunks_.find(number, SharedChunk::State::sent);
    KERA_ASSERT(chunk != nullptr, number);
    kera_shared_chunk_settled settled{};
    settled.chunk = number;
    settled.flags =
        (chunk->asked ? KERA_SETTLED_ASKED : 0U) |
        (buffer.duplicate ? KERA_SETTLED_DUPLICATE : 0U) |
        (buffer.queue->state == StreamletQueue::State::stopped ? KERA_SETTLED_STOPPED : 0U) |
        (identity_.refused() ? KERA_SETTLED_FENCED : 0U);
    settled.record_count = buffer.record_count;
    settled.code = static_cast<std::int32_t>(buffer.error.code);
    settled.base_offset = buffer.base_offset.value();
    settled.append_time_ms = buffer.append_time_ms;
    settled.limit = buffer.error.limit;
    settled.value = buffer.error.value;
    settled.what = buffer.error.what;
    settled.cause = static_cast<std::int32_t>(buffer.error.cause);
    if (!ended_) {
        chunks_.settle(*chunk);
    }
    rings_.write(KERA_SHARED_CHUNK_SETTLED, settled);
    chunks_told_.add(chunk->closed_before);
    asked_told_.add(chunk->asked ? 1 : 0);
}

void SharedProducer::tell_region() {
    const std::uint32_t region = pool_memory_.region();
    if (rings_.write_if_few_unread(KERA_REGION_RETIRED, kera_region_retired{region, 0})) {
        region_told_ = region;
    }
}

}  // namespace kera
