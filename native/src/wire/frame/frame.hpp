// Frames: what travels on every transport and control ring. A 24-byte header, an SBE block, groups,
// text, raw data. Any thread; FrameView borrows, FrameBuffer owns. Lengths of a frame are multiples
// of 8, so that chunks stay aligned. Invariant: a FrameView has been checked: its bytes are exactly
// `length`, and its block lies within them.
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
// All that a broker reads of a peer that has not been welcomed yet.
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

// Of the first 24 bytes; says nothing about how many bytes follow. `length_max` bounds what the
// peer may announce.
Result<FrameHeader> read_frame_header(Bytes bytes, std::uint32_t length_max);

// A whole frame in one piece, or its first fragment: header, block, groups and text; raw data may
// lie elsewhere.
class FrameView {
  public:
    // REQUIRES nothing of `head`: a frame too short for its own header or block is refused.
    static Result<FrameView> over(Bytes head, std::uint32_t length_max);

    const FrameHeader& header() const noexcept { return header_; }
    Bytes head() const noexcept { return head_; }
    // What follows the block: groups, text, raw data.
    Bytes after_block() const noexcept {
        return head_.subspan(kFrameHeaderBytes + std::size_t{header_.block_length});
    }

  private:
    FrameView(const FrameHeader& header, Bytes head) noexcept : header_(header), head_(head) {}

    FrameHeader header_;
    Bytes head_;
};

// Room to encode frames in, used again and again: it grows to the largest frame seen and never
// shrinks.
class FrameBuffer {
  public:
    explicit FrameBuffer(std::size_t bytes_initial = 1024) : bytes_(bytes_initial) {}

    // Room for a frame of at most `bytes_max`; what was encoded before is gone.
    MutableBytes reserve(std::size_t bytes_max);
    // Ends the frame that was encoded in place: pads it to 8, and writes length and correlation id
    // into its header. `data_bytes` follow the head elsewhere and count in the frame's length.
    void finish(std::size_t head_bytes, std::int64_t correlation_id, std::uint32_t data_bytes = 0);
    // The frame so far: all of it, or its head when the data lies elsewhere.
    Bytes frame() const noexcept { return Bytes(bytes_).first(frame_bytes_); }

  private:
    std::vector<std::byte> bytes_;
    std::size_t frame_bytes_ = 0;
};

// Encodes a message that can be too large for its schema, or one that cannot.
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
