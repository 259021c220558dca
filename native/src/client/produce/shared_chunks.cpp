// Numbers and words. See shared_chunks.hpp.
#include "client/produce/shared_chunks.hpp"

#include "base/check.hpp"
#include "wire/chunk/chunk.hpp"
#include "wire/chunk/record.hpp"

namespace kera {

namespace {

// The parts of a word; kera_shared_producer.h has them.
constexpr std::uint64_t kReservedUnits = KERA_SHARED_CHUNK_RESERVED - 1;
constexpr std::uint64_t kReservedRecords =
    (KERA_SHARED_CHUNK_GENERATION / KERA_SHARED_CHUNK_RESERVED) - 1;
constexpr std::uint64_t kCommittedBytes = KERA_SHARED_CHUNK_SPOILT - 1;

}  // namespace

SharedChunks::SharedChunks(std::uint32_t capacity, std::span<kera_shared_chunk_state> states)
    : chunks_(capacity),
      many_threads_(!states.empty()),
      own_states_(many_threads_ ? nullptr : std::make_unique<kera_shared_chunk_state[]>(capacity)),
      states_(many_threads_ ? states.first(capacity) : std::span(own_states_.get(), capacity)) {
    free_.reserve(capacity);
    for (std::uint32_t number = capacity; number-- > 0;) {
        free_.push_back(number);
    }
}

std::uint32_t SharedChunks::lend(ChunkBuffer& buffer) {
    KERA_ASSERT(!free_.empty());
    const std::uint32_t number = free_.back();
    free_.pop_back();
    SharedChunk& chunk = chunks_[number];
    chunk.buffer = &buffer;
    chunk.state = SharedChunk::State::lent;
    buffer.shared_chunk = number;
    clear_word(chunk);
    return number;
}

void SharedChunks::open(SharedChunk& chunk, std::int64_t now_ns) {
    chunk.state = SharedChunk::State::open;
    chunk.opened_at_ns = now_ns;
    chunk.older = youngest_;
    chunk.younger = nullptr;
    (youngest_ == nullptr ? oldest_ : youngest_->younger) = &chunk;
    youngest_ = &chunk;
}

void SharedChunks::close(SharedChunk& chunk) {
    (chunk.older == nullptr ? oldest_ : chunk.older->younger) = chunk.younger;
    (chunk.younger == nullptr ? youngest_ : chunk.younger->older) = chunk.older;
    chunk.older = chunk.younger = nullptr;
    chunk.state = SharedChunk::State::closed;
    // Acquire: records that one thread added are there to be read. Sequentially consistent for many
    // threads: whoever commits afterwards sees it, or content() sees what is committed.
    std::atomic_ref(state_of(chunk).word).fetch_or(KERA_SHARED_CHUNK_CLOSED);
}

SharedChunks::Content SharedChunks::content(const SharedChunk& chunk) const noexcept {
    kera_shared_chunk_state& state = state_of(chunk);
    Content content;
    // Acquires what was written before the commits; pairs with their additions.
    const auto committed = static_cast<std::uint64_t>(std::atomic_ref(state.committed).load());
    const auto word =
        static_cast<std::uint64_t>(std::atomic_ref(state.word).load() & ~KERA_SHARED_CHUNK_CLOSED);
    content.own_times = std::atomic_ref(state.own_times).load(std::memory_order_relaxed) != 0;
    if (many_threads_) {
        content.bytes = (word & kReservedUnits) * KERA_SHARED_CHUNK_UNIT_BYTES;
        content.records =
            static_cast<std::uint32_t>(word / KERA_SHARED_CHUNK_RESERVED & kReservedRecords);
        content.committed_bytes = committed & kCommittedBytes;
        content.spoilt_records = static_cast<std::uint32_t>(committed / KERA_SHARED_CHUNK_SPOILT);
    } else {
        content.bytes = word & 0xFFFF'FFFFU;
        content.records = static_cast<std::uint32_t>(word >> 32U);
        content.committed_bytes = content.bytes;
    }
    return content;
}

void SharedChunks::take(SharedChunk& chunk) noexcept {
    chunk.state = SharedChunk::State::sent;
    chunk.asked = std::atomic_ref(state_of(chunk).asked).load(std::memory_order_relaxed) != 0;
}

void SharedChunks::settle(SharedChunk& chunk) {
    chunk.state = SharedChunk::State::lent;
    chunk.target = nullptr;
    clear_word(chunk);
}

Result<void> SharedChunks::Content::check(std::uint32_t room_bytes) const {
    if (bytes < kChunkHeaderBytes || bytes > room_bytes || bytes % kRecordAlignment != 0) {
        return fail(ErrorCode::invalid_argument, "shared_chunk_bytes", room_bytes,
                    static_cast<std::int64_t>(bytes));
    }
    const std::uint64_t records_max = (bytes - kChunkHeaderBytes) / kRecordHeaderBytes;
    if (records == 0 || records > records_max) {
        return fail(ErrorCode::invalid_argument, "shared_chunk_records",
                    static_cast<std::int64_t>(records_max), records);
    }
    return {};
}

ChunkBuffer& SharedChunks::take_back(SharedChunk& chunk) {
    chunk.state = SharedChunk::State::unused;
    free_.push_back(static_cast<std::uint32_t>(&chunk - chunks_.data()));
    return *std::exchange(chunk.buffer, nullptr);
}

// The outside sees this with the message that lends it the buffer. Until it opens the chunk anew,
// no late thread can reserve anything there.
void SharedChunks::clear_word(const SharedChunk& chunk) noexcept {
    kera_shared_chunk_state& state = state_of(chunk);
    const std::int64_t empty =
        many_threads_
            ? KERA_SHARED_CHUNK_CLOSED | (kChunkHeaderBytes / KERA_SHARED_CHUNK_UNIT_BYTES)
            : std::int64_t{kChunkHeaderBytes};
    std::atomic_ref(state.word).store(empty, std::memory_order_relaxed);
    std::atomic_ref(state.committed).store(kChunkHeaderBytes, std::memory_order_relaxed);
    std::atomic_ref(state.own_times).store(0, std::memory_order_relaxed);
    std::atomic_ref(state.asked).store(0, std::memory_order_relaxed);
}

}  // namespace kera
