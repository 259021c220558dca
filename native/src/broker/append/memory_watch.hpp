// Logs that appends are refused because memory is full, and that they are accepted again. The
// reactor's thread; borrows clock and memory. Invariants: a node that keeps refusing some appends
// logs memory_exhausted once; memory_has_room is logged only after a new segment was claimed, and
// kQuietNs after the last refusal.
#pragma once

#include <cstdint>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/units.hpp"
#include "storage/segment/segment_memory.hpp"

namespace kera {

class MemoryWatch {
  public:
    // The shortage may be over when nothing was refused for so long.
    static constexpr std::int64_t kQuietNs = 5 * kNanosPerSecond;

    MemoryWatch(ReactorId reactor, const Clock& clock, const SegmentMemory& memory) noexcept
        : reactor_(reactor), clock_(clock), memory_(memory) {}

    void refused(StreamId stream, StreamletId streamlet, std::size_t chunk_bytes);
    // An append has claimed memory for a new segment.
    void segment_begun() noexcept { room_seen_ = true; }
    // Called now and then.
    void poll();

  private:
    const ReactorId reactor_;
    const Clock& clock_;
    const SegmentMemory& memory_;
    bool full_ = false;
    bool room_seen_ = false;
    std::int64_t full_since_ns_ = 0;
    std::int64_t last_refused_ns_ = 0;
    std::int64_t refusals_ = 0;
};

}  // namespace kera
