// One read of a streamlet: whole chunks in offset order over all lanes, or of one group in its own
// order. Any thread, within its grace period; made for one call. Leases the chunks that it returns.
// Invariants: no chunk at or above the readable head is returned; every chunk below it is, once.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "storage/read/cursor.hpp"
#include "storage/read/lane_walk.hpp"
#include "storage/read/read_span.hpp"
#include "storage/streamlet/streamlet.hpp"

namespace kera {

// One read returns at most so many bytes, or one chunk.
inline constexpr std::uint32_t kReadBytesMax = 1U << 30U;

struct ReadOutcome {
    // The offset of the next read.
    Offset next_offset;
    std::uint32_t bytes = 0;
    // The whole group was read, and it is closed. Only for reads of groups.
    bool end_of_group = false;
    // This segment has to be read back first. The lease keeps it, so that it can be loaded.
    SegmentLease needs_load;
};

// Where a reader of whole groups is; wire cursors have the same form.
struct GroupPosition {
    LaneId lane;
    LanePosition in_lane;
};

class Reader {
  public:
    explicit Reader(Streamlet& streamlet) noexcept : streamlet_(streamlet) {}

    // Whole chunks in offset order: the first one holds `from`, or follows it where offsets were
    // lost. At least one chunk when one is readable, whatever its size. `out` is cleared first.
    // offset_out_of_range outside of [start_offset, next_offset].
    Result<ReadOutcome> read(Cursor& cursor, Offset from, std::uint32_t bytes_max, SpanList& out);
    // Continues at `at`, up to the end of its group.
    Result<ReadOutcome> read_group(GroupPosition& at, std::uint32_t bytes_max, SpanList& out);

  private:
    // The lane whose chunk comes next, and up to which offset it may be read before another lane is
    // next.
    struct NextLane {
        std::uint16_t lane = 0;
        Offset limit;
        PositionState state = PositionState::end;
    };

    Result<void> check_range(Offset from) const;
    // Makes every lane's position fit `from`. Not ok() only for errors; a lease when a segment is
    // missing.
    Result<SegmentLease> seek_lanes(Cursor& cursor, Offset from);
    Result<NextLane> next_lane(Cursor& cursor, Offset head);
    // Adds chunks at `at` to `out` and moves it on; false when the segment is not in memory.
    Result<bool> take_run(Segment& segment, LanePosition& at, Offset limit, std::uint32_t bytes_max,
                          SpanList& out, ReadOutcome& outcome);
    Result<SegmentLease> enter_group(const Lane& lane, LanePosition& at);

    Streamlet& streamlet_;
};

}  // namespace kera
