// Cuts the byte stream of one connection into frames, in the buffers into which the socket is read.
// Lengths are multiples of 8 and buffers are aligned, so every frame is aligned. Thread: the
// transport's. Holds a reference to the buffer that is being filled, and one for each frame that
// was delivered. Invariants: bytes are moved only when a frame would pass the end of its buffer,
// and then only those that have arrived; a length is checked against the limit before it is used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/result.hpp"
#include "transport/inbound.hpp"
#include "transport/message_buffer.hpp"

namespace kera {

class FrameAssembler {
  public:
    FrameAssembler(MessageBufferPool& pool, std::uint32_t frame_bytes_max)
        : pool_(pool), frame_bytes_max_(frame_bytes_max) {}
    FrameAssembler(const FrameAssembler&) = delete;
    FrameAssembler& operator=(const FrameAssembler&) = delete;
    ~FrameAssembler() { drop_buffer(); }

    void set_frame_bytes_max(std::uint32_t bytes) { frame_bytes_max_ = bytes; }

    // Where the next bytes are to be read; empty when the pool is exhausted. In a stream of equal
    // frames it ends where a frame ends, so that no byte is moved. REQUIRES: next() has returned no
    // frame since the last arrived().
    std::span<std::byte> free_bytes();

    // So many bytes were read. REQUIRES: not more than the last free_bytes() had.
    void arrived(std::uint32_t bytes) { write_ += bytes; }

    // The next whole frame; empty until more bytes arrive. Fails when the stream is broken, from
    // then on always.
    Result<std::optional<Inbound>> next();

    // A frame has begun and not ended.
    bool inside_frame() const { return write_ != read_; }

    // Gives the buffer back if it is empty, so that an idle connection has none.
    void drop_empty_buffer();

  private:
    std::uint32_t frame_bytes_expected() const;
    std::uint32_t buffer_bytes_wanted(std::uint32_t frame_bytes) const;
    void drop_buffer();
    bool replace_buffer(std::uint32_t bytes);

    MessageBufferPool& pool_;
    MessageBuffer* buffer_ = nullptr;
    std::uint32_t frame_bytes_max_;
    std::uint32_t read_ = 0;   // start of the first frame that was not delivered; a multiple of 8
    std::uint32_t write_ = 0;  // end of what has arrived
    std::uint32_t frame_bytes_before_ = 0;
};

}  // namespace kera
