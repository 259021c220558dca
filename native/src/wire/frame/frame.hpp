// Frames, the messages of every transport and control ring: a 24-byte header, an SBE block, groups,
// text, raw data. Any thread; FrameView borrows, FrameBuffer owns. A frame's length is a multiple
// of 8, so that chunks stay aligned. Invariant: a FrameView is checked: it has exactly `length`
// bytes, and its block lies within them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "base/result.hpp"

namespace kera {

using Bytes = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

inline constexpr std::uint32_t kFrameHeaderBytes = 24;
inline constexpr std::uint32_t kFrameAlignment = 8;
// The largest frame that a broker reads from a peer before Hello.
inline constexpr std::uint32_t kFrameBytesBeforeHello = 4096;
inline constexpr std::int64_t kNoCorrelation = -1;

struct FrameHeader {
    std::uint32_t length = 0;
    std::uint16_t flags = 0;
    std::uint16_t block_length = 0;
    std::uint16_t template_id = 0;
    std::uint16_t schema_id = 0;
    std::uint16_t version = 0;
    std::int64_t correlation_id = kNoCorrelation;
};

// Reads the first 24 bytes. Does not check how many bytes follow. `length_max` limits the length
// that the peer may state.
Result<FrameHeader> read_frame_header(Bytes bytes, std::uint32_t length_max);

// A whole frame in one piece, or its first fragment: header, block, groups and text. Then raw data
// may lie elsewhere.
class FrameView {
  public:
    // `head` may hold any bytes: a frame too short for its own header or block is refused.
    static Result<FrameView> over(Bytes head, std::uint32_t length_max);

    const FrameHeader& header() const noexcept { return header_; }
    Bytes head() const noexcept { return head_; }
    // The bytes behind the block: groups, text, raw data.
    Bytes after_block() const noexcept {
        return head_.subspan(kFrameHeaderBytes + std::size_t{header_.block_length});
    }

  private:
    FrameView(const FrameHeader& header, Bytes head) noexcept : header_(header), head_(head) {}

    FrameHeader header_;
    Bytes head_;
};

// A reusable buffer for encoding frames. It grows to the largest frame so far and never shrinks.
class FrameBuffer {
  public:
    explicit FrameBuffer(std::size_t bytes_initial = 1024) : bytes_(bytes_initial) {}

    // Memory for a frame of at most `bytes_max`. The previous frame is gone.
    MutableBytes reserve(std::size_t bytes_max);
    // Completes the frame that was encoded in place: pads it to 8, and writes length and
    // correlation id into its header. `data_bytes` follow the head elsewhere and count in the
    // frame's length.
    void finish(std::size_t head_bytes, std::int64_t correlation_id, std::uint32_t data_bytes = 0);
    // The encoded frame, or its head when the data lies elsewhere.
    Bytes frame() const noexcept { return Bytes(bytes_).first(frame_bytes_); }

  private:
    std::vector<std::byte> bytes_;
    std::size_t frame_bytes_ = 0;
};

// Encodes a message, whether or not its encode() can refuse.
template <class Message>
Result<void> encode_message(const Message& message, FrameBuffer& buffer,
                            std::int64_t correlation_id) {
    if constexpr (std::is_void_v<decltype(message.encode(buffer, correlation_id))>) {
        message.encode(buffer, correlation_id);
        return {};
    } else {
        return message.encode(buffer, correlation_id);
    }
}

}  // namespace kera
