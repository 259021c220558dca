// The next chunk, and waiting for it. See chunk_opener.hpp.
#include "client/produce/chunk_opener.hpp"

#include <algorithm>
#include <mutex>

#include "client/session/loop.hpp"
#include "wire/chunk/chunk.hpp"

namespace kera {

namespace {

constexpr std::uint32_t kSealedWhenExhausted = 64;

}  // namespace

// Comes with the lock, as make_room() leaves.
Result<void> ChunkOpener::open_another(OpenChunk& chunk, std::uint64_t bytes) {
    SpinLock& lock = parts_.sealed.lock();
    if (chunk.is_open()) {
        parts_.open_chunks.seal(chunk);
        lock.unlock();
        parts_.open_chunks.tell_loop();
        lock.lock();
    }
    const std::int64_t deadline_ns = parts_.loop.clock().now_ns() + parts_.options.max_block_ns;
    for (;;) {
        const Result<void> allowed = may_open(chunk, bytes);
        if (!allowed) {
            lock.unlock();
            return allowed;
        }
        ChunkBuffer* const buffer =
            may_seal_more(chunk) ? parts_.pool.acquire(kChunkHeaderBytes + bytes) : nullptr;
        if (buffer != nullptr) {
            parts_.open_chunks.open(chunk, *buffer);
            return {};
        }
        lock.unlock();
        KERA_TRY(await_memory(chunk, bytes, deadline_ns));
        lock.lock();
    }
}

Result<void> ChunkOpener::may_open(const OpenChunk& chunk, std::uint64_t bytes) const {
    if (parts_.identity.refused()) {
        return parts_.identity.refusal();
    }
    if (chunk.stopped.code != ErrorCode::ok) {
        return chunk.stopped;
    }
    if (!parts_.identity.identified()) {
        return fail(ErrorCode::would_block, "producer_id");
    }
    const std::uint64_t bytes_max =
        std::min(parts_.pool.chunk_bytes_max(), parts_.streams.chunk_bytes_max());
    if (kChunkHeaderBytes + bytes > bytes_max) {
        return fail(ErrorCode::limit_exceeded, "chunk_bytes", static_cast<std::int64_t>(bytes_max),
                    static_cast<std::int64_t>(kChunkHeaderBytes + bytes));
    }
    return {};
}

bool ChunkOpener::may_seal_more(const OpenChunk& chunk) const noexcept {
    const std::uint32_t settled = chunk.queue->settled_chunks.load(std::memory_order_acquire);
    return chunk.sealed_chunks - settled < parts_.options.streamlet_chunks_max;
}

Result<void> ChunkOpener::await_memory(const OpenChunk& chunk, std::uint64_t bytes,
                                       std::int64_t deadline_ns) {
    if (may_seal_more(chunk)) {
        // Memory is short: what lies in open chunks can only come back once they have left.
        {
            const std::lock_guard lock(parts_.sealed.lock());
            parts_.open_chunks.seal_oldest(kSealedWhenExhausted, nullptr);
        }
        parts_.open_chunks.tell_loop();
    }
    const bool done = parts_.loop.wait_until(deadline_ns, [this, &chunk, bytes] {
        const std::lock_guard lock(parts_.sealed.lock());
        return chunk.stopped.code != ErrorCode::ok || parts_.identity.refused() ||
               (may_seal_more(chunk) && parts_.pool.has_room(kChunkHeaderBytes + bytes));
    });
    if (done) {
        return {};
    }
    Error full = fail(ErrorCode::buffer_exhausted, "memory_bytes",
                      static_cast<std::int64_t>(parts_.pool.memory_bytes()),
                      static_cast<std::int64_t>(kChunkHeaderBytes + bytes));
    full.cause = parts_.sender.refused_with();
    return full;
}

}  // namespace kera
