#include "transport/message_buffer.hpp"

#include <bit>
#include <new>

#include "base/check.hpp"

namespace kera {

MessageBuffer::MessageBuffer(MessageBufferPool& pool, std::uint32_t size_class)
    : pool_(pool),
      size_class_(size_class),
      capacity_bytes_(1U << (size_class + MessageBufferPool::kSmallestShift)),
      bytes_(std::make_unique_for_overwrite<std::byte[]>(capacity_bytes_)) {}

void MessageBuffer::drop_reference() noexcept {
    KERA_ASSERT(references_ > 0);
    if (--references_ == 0) {
        pool_.put_back(this);
    }
}

MessageBufferPool::MessageBufferPool(std::uint64_t outstanding_bytes_max,
                                     std::uint64_t idle_bytes_max)
    : outstanding_bytes_max_(outstanding_bytes_max), idle_bytes_max_(idle_bytes_max) {
    for (auto& buffers : idle_) {
        buffers.reserve(16);
    }
}

MessageBufferPool::~MessageBufferPool() {
    KERA_ASSERT(outstanding_bytes_ == 0);
}

MessageBuffer* MessageBufferPool::acquire(std::uint32_t bytes) {
    const std::uint32_t rounded = bytes <= (1U << kSmallestShift) ? (1U << kSmallestShift) : bytes;
    const auto shift = static_cast<std::uint32_t>(std::bit_width(rounded - 1));
    const std::uint32_t size_class = shift - kSmallestShift;
    if (size_class >= kSizeClasses) {
        return nullptr;
    }
    const std::uint64_t capacity = 1ULL << shift;
    if (outstanding_bytes_ + capacity > outstanding_bytes_max_) {
        return nullptr;
    }
    std::unique_ptr<MessageBuffer> buffer;
    if (!idle_[size_class].empty()) {
        buffer = std::move(idle_[size_class].back());
        idle_[size_class].pop_back();
        idle_bytes_ -= capacity;
    } else {
        try {
            buffer = std::make_unique<MessageBuffer>(*this, size_class);
        } catch (const std::bad_alloc&) {
            return nullptr;
        }
    }
    outstanding_bytes_ += capacity;
    buffer->references_ = 1;
    return buffer.release();
}

void MessageBufferPool::put_back(MessageBuffer* buffer) noexcept {
    std::unique_ptr<MessageBuffer> owned(buffer);
    const std::uint64_t capacity = owned->capacity_bytes_;
    outstanding_bytes_ -= capacity;
    if (idle_bytes_ + capacity <= idle_bytes_max_) {
        idle_bytes_ += capacity;
        idle_[owned->size_class_].push_back(std::move(owned));
    }
}

}  // namespace kera
