// Memory for one ring in a test, and the messages that its reader got. Thread: the test's. Owns the
// memory; a ring over it is destroyed before it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "ring/ring_layout.hpp"
#include "ring/ring_record.hpp"

namespace kera {

inline constexpr std::size_t kTestRingBytes = 1024;
inline constexpr std::int32_t kTestMessageType = 7;

class RingTestMemory {
  public:
    explicit RingTestMemory(std::size_t data_bytes)
        : words_(ring_buffer_bytes(data_bytes) / sizeof(std::int64_t), 0) {}

    std::span<std::byte> buffer() noexcept { return std::as_writable_bytes(std::span(words_)); }
    std::byte* data() noexcept { return buffer().data(); }
    RingLayout layout() { return RingLayout::over(buffer()).value(); }
    // As the other side publishes it.
    std::int64_t& head() noexcept {
        return words_[words_.size() - (kRingTrailerBytes - kRingHeadOffset) / sizeof(std::int64_t)];
    }

    // As another process would write them.
    void put_int32(std::size_t at, std::int32_t value) { store_le(data() + at, value); }
    std::int32_t int32_at(std::size_t at) { return load_le<std::int32_t>(data() + at); }
    std::int64_t int64_at(std::size_t at) { return load_le<std::int64_t>(data() + at); }

  private:
    std::vector<std::int64_t> words_;
};

using SeenMessages = std::vector<std::pair<std::int32_t, std::string>>;

inline auto see_into(SeenMessages& seen) {
    return [&seen](std::int32_t type, std::span<const std::byte> message) {
        seen.emplace_back(
            type, std::string(reinterpret_cast<const char*>(message.data()), message.size()));
    };
}

inline std::span<const std::byte> message_of(std::string_view text) {
    return std::as_bytes(std::span(text));
}

}  // namespace kera
