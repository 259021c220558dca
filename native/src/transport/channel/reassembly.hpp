// Puts a frame that comes in several records together, in private memory. Thread: the transport's.
// Owns the buffer that is being filled. Invariant: memory grows with what has arrived, not with
// what was announced.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/result.hpp"
#include "transport/inbound.hpp"
#include "transport/message_buffer.hpp"

namespace kera {

class Reassembly {
  public:
    explicit Reassembly(MessageBufferPool& pool) : pool_(pool) {}
    Reassembly(const Reassembly&) = delete;
    Reassembly& operator=(const Reassembly&) = delete;
    ~Reassembly() { drop(); }

    bool active() const { return buffer_ != nullptr; }
    std::uint32_t missing_bytes() const { return frame_bytes_ - filled_; }

    // Both return false when the pool is exhausted, and change nothing then.
    bool begin(std::uint32_t frame_bytes, const std::byte* bytes, std::uint32_t count);
    // REQUIRES: active, count <= missing_bytes().
    bool add(const std::byte* bytes, std::uint32_t count);

    // The whole frame. REQUIRES: no bytes are missing.
    Inbound finish();
    void drop();

  private:
    bool grow(std::uint32_t bytes);

    MessageBufferPool& pool_;
    MessageBuffer* buffer_ = nullptr;
    std::uint32_t frame_bytes_ = 0;
    std::uint32_t filled_ = 0;
};

}  // namespace kera
