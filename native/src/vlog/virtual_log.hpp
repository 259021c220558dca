// A reactor's virtual log: every chunk appended on it, in one order, on its way to disk; and the
// files of its segments. The reactor only; borrows disk, clock, random numbers and memory, which
// outlive it. Invariants: a chunk is in the journal or in its segment's file, until it is deleted;
// positions only grow. add() never fails: callers ask admit() before.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "disk/disk.hpp"
#include "storage/lane/lane.hpp"
#include "storage/segment/append.hpp"
#include "storage/segment/segment_memory.hpp"
#include "vlog/disk_watch.hpp"
#include "vlog/files/file_removals.hpp"
#include "vlog/journal/journal.hpp"
#include "vlog/segments/segment_writer.hpp"

namespace kera {

struct VirtualLogOptions {
    JournalOptions journal;
    SegmentWriterOptions segments;
    DiskWatchOptions watch;
    // From this size on, open segments are written to their files, so that journal files can be
    // given up; from three quarters on, closed ones are. At least two files.
    std::uint64_t journal_bytes_max = 512_MiB;
    // Closed segments are also written when nothing was appended for so long, or when memory fills
    // up.
    std::int64_t quiet_ns = kNanosPerSecond;
};

// Destroyed after its operations have ended (Disk::drain), and before the segments it leases.
class VirtualLog {
  public:
    VirtualLog(Disk& disk, const Clock& clock, Random& random, SegmentMemory& memory,
               const VirtualLogOptions& options, const JournalStart& start);
    VirtualLog(const VirtualLog&) = delete;
    VirtualLog& operator=(const VirtualLog&) = delete;

    // Whether an append may begin. disk_full below the watermark; would_block while the journal is
    // too far behind; disk_failed for `wants_disk` while nothing can be written.
    Result<void> admit(bool wants_disk);
    // The chunk is in its segment. Returns the position that durable_position() has to reach for
    // it.
    Position add(const ChunkRef& chunk);
    // Everything added so far has to become durable soon.
    void want_durable() noexcept { journal_.want_durable(); }
    // From now on every closed segment has to be in its file soon, too.
    void want_all() noexcept {
        want_durable();
        all_wanted_ = true;
    }
    Position next_position() const noexcept { return journal_.next_position(); }
    Position durable_position() const noexcept { return journal_.durable_position(); }

    void segment_closed(Segment& segment) { segments_.close(segment); }
    void stream_dropped(StreamId stream) { segments_.drop_stream(stream); }
    void group_dropped(StreamId stream, StreamletId streamlet, const DroppedGroup& group) {
        segments_.drop(stream, streamlet, group);
    }

    // A segment that recovery has put together in memory. When recovered_left() is 0 on every
    // reactor, and RecoveryResult::keep_journals is not set, release_recovered() gives up the
    // journals it came from.
    void adopt_recovered(Segment& segment) { segments_.adopt_recovered(segment); }
    std::int64_t recovered_left() const noexcept { return segments_.recovered_left(); }
    void release_recovered() { journal_.release_recovered(); }
    // A leftover journal file of a removed reactor, under the same conditions.
    void remove_file(std::string path) { removals_.add(std::move(path)); }

    int poll();
    std::int64_t next_deadline_ns() const noexcept;
    // Nothing is in flight on the disk.
    bool idle() const noexcept { return journal_.idle() && segments_.idle(); }
    // Before a shutdown: everything added is durable, and every closed segment is in its file.
    // After want_all(), call poll() until it is true.
    bool settled() const noexcept;

    const Journal& journal() const noexcept { return journal_; }
    const SegmentWriter& segments() const noexcept { return segments_; }
    const DiskWatch& watch() const noexcept { return watch_; }

  private:
    void request_segments();
    void cut_journal();

    const Clock& clock_;
    SegmentMemory& memory_;
    const VirtualLogOptions options_;
    Journal journal_;
    FileRemovals removals_;
    SegmentWriter segments_;
    DiskWatch watch_;
    Position cut_;
    bool all_wanted_ = false;
    // Where the log ended when it last grew, and when segments were last requested.
    Position grown_to_;
    std::int64_t grown_at_ns_;
    Position asked_at_;
};

}  // namespace kera
