// What the segment writer knows of one segment and of its file. The reactor only. Disk operations
// borrow it, so it does not move. Invariant: `file_bytes` of the segment's data are stable under
// its final name.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "disk/disk.hpp"
#include "storage/segment/segment_file.hpp"
#include "storage/segment/segment_lease.hpp"

namespace kera {

enum class FlushStep : std::uint8_t {
    none,
    waiting,  // closed, but not urgent: if it is deleted soon, it need not be written
    queued,
    opening,
    writing,
    closing,   // the header of a checkpoint becomes that of a closed segment
    renaming,  // written aside, and getting its name
    done,
};

struct SegmentFlush {
    std::uint32_t slot = 0;
    SegmentLease segment;
    SegmentPlace place;
    FlushStep step = FlushStep::none;
    bool closed = false;
    bool dropped = false;
    bool recovered = false;

    // The first entry that is only in the journal, and the first one that the write in flight
    // covers.
    std::optional<Position> dirty_from;
    std::optional<Position> flushing_from;
    // The journal may read the segment's memory until it is durable up to here.
    Position last_end;
    std::uint32_t previous_dirty = kNoFlushSlot;
    std::uint32_t next_dirty = kNoFlushSlot;

    SegmentDataCrc data_crc;
    std::uint32_t crc_bytes = 0;

    // A checkpoint goes as far as the segment went when it was requested. It begins when the
    // journal is durable up to there.
    std::uint32_t checkpoint_bytes = 0;
    Position checkpoint_end;

    // Of the data, after the write in flight. `writes_closed`: with footer.
    std::uint32_t file_bytes = 0;
    std::uint32_t target_bytes = 0;
    bool writes_closed = false;
    bool aside = false;
    FileId file = FileId::none;
    SegmentFileHeaderBlock header{};
    std::vector<std::byte> tail;
    std::array<Bytes, 3> spans;

    bool active() const noexcept {
        return step == FlushStep::opening || step == FlushStep::writing ||
               step == FlushStep::closing || step == FlushStep::renaming;
    }
    // Up to where the journal has to be durable before the file is written.
    Position needed() const noexcept { return closed ? last_end : checkpoint_end; }
    std::string path() const { return segment_file_path(place); }

    // Decides what the next write adds to the file, and encodes header and tail for it.
    void begin_file();
    // What that write contains, and where it goes: the whole file when it is written aside, else
    // what follows its present bytes. Valid until the next call.
    std::span<const Bytes> new_bytes() noexcept;
    std::uint64_t new_bytes_at() const noexcept {
        return aside ? 0 : std::uint64_t{kSegmentFileHeaderBytes} + file_bytes;
    }
    // The header alone. It turns a checkpoint into the file of a closed segment.
    std::span<const Bytes> new_header() noexcept;
};

}  // namespace kera
