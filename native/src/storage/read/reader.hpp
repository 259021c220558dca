// One read of a streamlet: whole chunks in offset order over all lanes, or of one group in its own
// order. Any thread, within its grace period; made for one call and thrown away. Leases what it
// hands out. Invariants: nothing at or above the readable head is handed out; every chunk below it
// is, once.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "storage/read/cursor.hpp"
#include "storage/read/lane_walk.hpp"
#include "storage/read/read_span.hpp"
#include "storage/streamlet/streamlet.hpp"

namespace kera {

// One read hands out no more than this, whatever is asked, and one chunk.
inline constexpr std::uint32_t kReadBytesMax = 1U << 30U;

struct ReadOutcome {
    // Where to read on.
    Offset next_offset;
    std::uint32_t bytes = 0;
    // The whole group has been read, and it is closed. Group reads only.
    bool end_of_group = false;
    // Nothing could be read before this segment is back in memory; held, so that it stays to be
    // loaded.
    SegmentLease needs_load;
};

// Place in a group for whole-group reads; wire cursors have the same form.
struct GroupPlace {
    LaneId lane;
    LanePlace place;
};

class Reader {
  public:
    explicit Reader(Streamlet& streamlet) noexcept : streamlet_(streamlet) {}

    // Whole chunks in offset order: the first one holds `from`, or follows it where offsets were
    // lost. At least one chunk when one is readable, whatever its size. `out` is cleared first.
    // offset_out_of_range outside of [start_offset, next_offset].
    Result<ReadOutcome> read(Cursor& cursor, Offset from, std::uint32_t bytes_max, SpanList& out);
    // On from `at`, up to the end of its group.
    Result<ReadOutcome> read_group(GroupPlace& at, std::uint32_t bytes_max, SpanList& out);

  private:
    // The lane whose chunk comes next, and up to which offset it may go before another lane's turn.
    struct Turn {
        std::uint16_t lane = 0;
        Offset limit;
        Stand stand = Stand::end;
    };

    Result<void> check_range(Offset from) const;
    // Makes every lane's place fit `from`; not ok() only for errors, and a lease when a segment is
    // missing.
    Result<SegmentLease> stand_at(Cursor& cursor, Offset from);
    Result<Turn> next_turn(Cursor& cursor, Offset head);
    // Adds chunks at `place` to `out` and moves it on; false when the segment is not in memory.
    Result<bool> take_run(Segment& segment, LanePlace& place, Offset limit, std::uint32_t bytes_max,
                          SpanList& out, ReadOutcome& outcome);
    Result<SegmentLease> enter_group(const Lane& lane, LanePlace& place);

    Streamlet& streamlet_;
};

}  // namespace kera
