// Numbers and words. See shared_chunks.hpp.
#include "client/produce/shared_chunks.hpp"

#include "base/check.hpp"
#include "wire/chunk/chunk.hpp"

namespace kera {

SharedChunks::SharedChunks(std::uint32_t capacity)
    : chunks_(capacity), states_(std::make_unique<kera_shared_chunk_state[]>(capacity)) {
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

SharedChunks::Content SharedChunks::close(SharedChunk& chunk) {
    (chunk.older == nullptr ? oldest_ : chunk.older->younger) = chunk.younger;
    (chunk.younger == nullptr ? youngest_ : chunk.younger->older) = chunk.older;
    chunk.older = chunk.younger = nullptr;
    chunk.state = SharedChunk::State::sent;
    kera_shared_chunk_state& state = state_of(chunk);
    // Acquire: records that were added are there to be read.
    const auto word = static_cast<std::uint64_t>(
        std::atomic_ref(state.word).fetch_or(KERA_SHARED_CHUNK_CLOSED, std::memory_order_acq_rel));
    Content content;
    content.bytes = word & 0xFFFF'FFFFU;
    content.records = static_cast<std::uint32_t>(word >> 32U);
    content.own_times = std::atomic_ref(state.own_times).load(std::memory_order_relaxed) != 0;
    chunk.asked = std::atomic_ref(state.asked).load(std::memory_order_relaxed) != 0;
    return content;
}

void SharedChunks::settle(SharedChunk& chunk) {
    chunk.state = SharedChunk::State::lent;
    chunk.target = nullptr;
    clear_word(chunk);
}

ChunkBuffer& SharedChunks::take_back(SharedChunk& chunk) {
    chunk.state = SharedChunk::State::unused;
    free_.push_back(static_cast<std::uint32_t>(&chunk - chunks_.data()));
    return *std::exchange(chunk.buffer, nullptr);
}

// The outside thread sees this with the message that lends it the buffer.
void SharedChunks::clear_word(const SharedChunk& chunk) noexcept {
    kera_shared_chunk_state& state = state_of(chunk);
    std::atomic_ref(state.word).store(kChunkHeaderBytes, std::memory_order_relaxed);
    std::atomic_ref(state.own_times).store(0, std::memory_order_relaxed);
    std::atomic_ref(state.asked).store(0, std::memory_order_relaxed);
}

}  // namespace kera
