// Cuts the byte stream of one connection into frames, in the buffers that the socket was read into.
// Lengths of frames are multiples of 8 and buffers are aligned, so every frame starts aligned.
// Thread: the transport's. Ownership: one reference on the buffer being filled, and one per frame
// that was handed out. Invariants: bytes move only when a frame would pass the end of its buffer,
// and then only those that had arrived; no length is believed before it was checked against the
// limit.
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

    // Where to read the next bytes to; empty when the pool is exhausted. In a steady stream of
    // equal frames it ends where one of them does, so that none has to be moved. REQUIRES: next()
    // answered "no frame" since the last arrived().
    std::span<std::byte> free_bytes();

    // REQUIRES: bytes <= the size of the last free_bytes().
    void arrived(std::uint32_t bytes) { write_ += bytes; }

    // The next whole frame, or nothing until more bytes arrive, or what is wrong with the stream;
    // then it stays wrong.
    Result<std::optional<Inbound>> next();

    // A frame has begun and not ended.
    bool inside_frame() const { return write_ != read_; }

    // Gives the buffer back when it holds nothing, so that an idle connection has none.
    void drop_empty_buffer();

  private:
    std::uint32_t frame_bytes_expected() const;
    std::uint32_t buffer_bytes_wanted(std::uint32_t frame_bytes) const;
    void drop_buffer();
    bool replace_buffer(std::uint32_t bytes);

    MessageBufferPool& pool_;
    MessageBuffer* buffer_ = nullptr;
    std::uint32_t frame_bytes_max_;
    std::uint32_t read_ = 0;   // start of the first frame not handed out; multiple of 8
    std::uint32_t write_ = 0;  // end of what has arrived
    std::uint32_t frame_bytes_before_ = 0;
};

}  // namespace kera
