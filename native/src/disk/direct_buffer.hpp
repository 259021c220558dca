// Memory that direct files can be written from and read into: whole blocks at a block's boundary,
// zeros at first. One thread at a time; owns the memory. Invariant: the bytes do not move.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "base/units.hpp"

namespace kera {

// Of a direct file: offsets, addresses and lengths are multiples of this.
inline constexpr std::size_t kDirectBlockBytes = 4096;

constexpr bool is_block_aligned(std::uint64_t value) noexcept {
    return is_aligned(value, kDirectBlockBytes);
}

class DirectBuffer {
  public:
    DirectBuffer() = default;
    // Rounded up to whole blocks.
    explicit DirectBuffer(std::size_t bytes)
        : blocks_(align_up(bytes, kDirectBlockBytes) / kDirectBlockBytes) {}
    DirectBuffer(DirectBuffer&&) noexcept = default;
    DirectBuffer& operator=(DirectBuffer&&) noexcept = default;
    DirectBuffer(const DirectBuffer&) = delete;
    DirectBuffer& operator=(const DirectBuffer&) = delete;
    ~DirectBuffer() = default;

    MutableBytes bytes() noexcept { return {reinterpret_cast<std::byte*>(blocks_.data()), size()}; }
    Bytes bytes() const noexcept {
        return {reinterpret_cast<const std::byte*>(blocks_.data()), size()};
    }
    std::size_t size() const noexcept { return blocks_.size() * kDirectBlockBytes; }

  private:
    struct alignas(kDirectBlockBytes) Block {
        std::byte bytes[kDirectBlockBytes];
    };

    std::vector<Block> blocks_;
};

}  // namespace kera
