// Opening, sealing, and the list between the two. See open_chunks.hpp.
#include "client/produce/open_chunks.hpp"

#include "client/session/loop.hpp"

namespace kera {

void OpenChunks::open(OpenChunk& chunk, ChunkBuffer& buffer) {
    chunk.set_buffer(&buffer);
    chunk.builder.reset(buffer.room());
    chunk.opened_at_ns = loop_.clock().now_ns();
    chunk.timestamp_ms = loop_.clock().epoch_ms();
    link(chunk);
}

bool OpenChunks::on_record(const OpenChunk& chunk) noexcept {
    if (linger_until_ns() != kNoDeadline || chunk.buffer == nullptr) {
        return false;
    }
    linger_until_ns_.store(options_.open_until_ns(chunk.opened_at_ns), std::memory_order_relaxed);
    return true;
}

void OpenChunks::seal(OpenChunk& chunk) {
    ChunkBuffer& buffer = *chunk.buffer;
    chunk.set_buffer(nullptr);
    unlink(chunk);
    if (chunk.builder.empty()) {
        // Its only record was aborted.
        buffer.state = ChunkBuffer::State::discarded;
    } else {
        const std::uint32_t record_count = chunk.builder.record_count();
        const Bytes bytes = chunk.builder.seal(chunk.identity(identity_.id()));
        chunk.number(buffer, static_cast<std::uint32_t>(bytes.size()), record_count);
        buffer.opened_at_ns = chunk.opened_at_ns;
        sealed_count_.add(1);
    }
    chunk.builder = ChunkBuilder{};
    sealed_.push(buffer);
}

void OpenChunks::seal_oldest(std::uint32_t count_max, const OpenChunk* claimed) {
    OpenChunk* chunk = oldest_;
    while (chunk != nullptr && count_max > 0) {
        OpenChunk* const next = chunk->younger;
        if (chunk != claimed) {
            seal(*chunk);
            --count_max;
        }
        chunk = next;
    }
}

int OpenChunks::seal_lingering(std::int64_t now_ns, const OpenChunk* claimed) {
    int sealed = 0;
    OpenChunk* chunk = oldest_;
    while (chunk != nullptr && now_ns >= options_.open_until_ns(chunk->opened_at_ns)) {
        OpenChunk* const next = chunk->younger;
        if (chunk != claimed) {
            seal(*chunk);
            ++sealed;
        }
        chunk = next;
    }
    return sealed;
}

void OpenChunks::tell_loop() {
    if (loop_.has_io_thread()) {
        loop_.wake();
    } else if (!loop_.polling()) {
        loop_.poll();
    }
}

void OpenChunks::link(OpenChunk& chunk) {
    chunk.older = youngest_;
    chunk.younger = nullptr;
    (youngest_ == nullptr ? oldest_ : youngest_->younger) = &chunk;
    youngest_ = &chunk;
}

void OpenChunks::unlink(OpenChunk& chunk) {
    const bool was_oldest = oldest_ == &chunk;
    (chunk.older == nullptr ? oldest_ : chunk.older->younger) = chunk.younger;
    (chunk.younger == nullptr ? youngest_ : chunk.younger->older) = chunk.older;
    chunk.older = chunk.younger = nullptr;
    if (was_oldest) {
        linger_until_ns_.store(
            oldest_ == nullptr ? kNoDeadline : options_.open_until_ns(oldest_->opened_at_ns),
            std::memory_order_relaxed);
    }
}

}  // namespace kera
