// The frames that were sent and are not finished, and the chunks that each refers to.
// Thread: the loop's. Owns its table, borrows the chunks. Invariant: a frame refers to its chunks
// until both its answer has come, or will not come, and the transport has let go of its memory.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "client/send/chunk_settler.hpp"

namespace kera {

class SentFrames {
  public:
    static constexpr std::uint32_t kChunksMax = 128;
    static constexpr std::uint32_t kFramesMax = 128;

    struct Frame {
        std::array<ChunkBuffer*, kChunksMax> chunks{};
        std::uint32_t count = 0;
        bool awaits_answer = false;
        bool awaits_release = false;
    };

    explicit SentFrames(ChunkSettler& settler);

    bool full() const noexcept { return free_.empty(); }
    bool empty() const noexcept { return free_.size() == kFramesMax; }
    Frame& operator[](std::uint32_t index) noexcept { return frames_[index]; }

    // The frame to be filled next; it counts as sent from begin() on. REQUIRES: not full().
    std::uint32_t next() const noexcept { return free_.back(); }
    void begin(std::uint32_t index, bool awaits_answer) noexcept;
    // The answer has come, or will not come any more.
    void on_answered(std::uint32_t index);
    void on_released(std::uint32_t index);

  private:
    void finish_if_done(std::uint32_t index);

    ChunkSettler& settler_;
    std::unique_ptr<Frame[]> frames_;
    std::vector<std::uint32_t> free_;
};

}  // namespace kera
