// Buffers into which a transport reads frames or copies unsent bytes, and their pool.
// Thread: the transport's. References are counted; the last one returns the buffer to the pool. The
// buffer that was returned last is used first, because it is still in the cache. Invariants:
// buffers in use never exceed the pool's limit; memory is never cleared.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "transport/inbound.hpp"

namespace kera {

class MessageBufferPool;

class MessageBuffer final : public InboundOwner {
  public:
    MessageBuffer(MessageBufferPool& pool, std::uint32_t size_class);
    MessageBuffer(const MessageBuffer&) = delete;
    MessageBuffer& operator=(const MessageBuffer&) = delete;
    ~MessageBuffer() = default;

    std::byte* data() { return bytes_.get(); }
    std::uint32_t capacity_bytes() const { return capacity_bytes_; }
    std::uint32_t references() const { return references_; }

    void add_reference() { ++references_; }
    void drop_reference() noexcept;
    void give_back(std::uint64_t /*ticket*/) noexcept override { drop_reference(); }

  private:
    friend class MessageBufferPool;

    MessageBufferPool& pool_;
    std::uint32_t size_class_;
    std::uint32_t capacity_bytes_;
    std::uint32_t references_ = 0;
    std::unique_ptr<std::byte[]> bytes_;
};

// Buffers of power-of-two sizes from 512 B to 128 MiB.
class MessageBufferPool {
  public:
    // Buffers that are not in use are kept, up to `idle_bytes_max`.
    MessageBufferPool(std::uint64_t outstanding_bytes_max, std::uint64_t idle_bytes_max);
    MessageBufferPool(const MessageBufferPool&) = delete;
    MessageBufferPool& operator=(const MessageBufferPool&) = delete;
    // REQUIRES: every buffer has come back.
    ~MessageBufferPool();

    // A buffer with one reference, the caller's. Null when the limit would be passed, for more than
    // 128 MiB, and when the system has no memory left.
    MessageBuffer* acquire(std::uint32_t bytes);

    std::uint64_t outstanding_bytes() const { return outstanding_bytes_; }
    std::uint64_t idle_bytes() const { return idle_bytes_; }

  private:
    friend class MessageBuffer;
    static constexpr std::uint32_t kSmallestShift = 9;
    static constexpr std::uint32_t kSizeClasses = 19;

    void put_back(MessageBuffer* buffer) noexcept;

    std::uint64_t outstanding_bytes_max_;
    std::uint64_t idle_bytes_max_;
    std::uint64_t outstanding_bytes_ = 0;
    std::uint64_t idle_bytes_ = 0;
    std::array<std::vector<std::unique_ptr<MessageBuffer>>, kSizeClasses> idle_;
};

}  // namespace kera
