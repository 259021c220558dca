// Says in the log that appends are refused for lack of memory, and that they are taken again. The
// reactor's thread; borrows clock and memory. Invariants: nothing is said of a refusal that follows
// within kQuietNs of another one, so that a full node, which refuses and takes in turn, says it
// once; and that there is room is believed only of a segment that was begun, and kQuietNs after a
// refusal.
#pragma once

#include <cstdint>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/units.hpp"
#include "storage/segment/segment_memory.hpp"

namespace kera {

class MemoryWatch {
  public:
    // Without a refusal for so long, the shortage is over, if there is any other sign of that.
    static constexpr std::int64_t kQuietNs = 5 * kNanosPerSecond;

    MemoryWatch(ReactorId reactor, const Clock& clock, const SegmentMemory& memory) noexcept
        : reactor_(reactor), clock_(clock), memory_(memory) {}

    void refused(StreamId stream, StreamletId streamlet, std::size_t chunk_bytes);
    // An append found memory for another segment.
    void segment_begun() noexcept { room_seen_ = true; }
    // Now and then.
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
