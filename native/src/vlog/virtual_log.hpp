// A reactor's virtual log: every chunk appended on it, in one order, on its way to disk and there.
// The reactor only; borrows disk, clock, random numbers and memory, which outlive it. Invariants: a
// chunk is in a log file until it is deleted, and its segment knows where; positions only grow.
// add() never fails: callers ask admit() before.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "disk/disk.hpp"
#include "storage/segment/append.hpp"
#include "storage/segment/segment_memory.hpp"
#include "vlog/cleaning/leftover_files.hpp"
#include "vlog/cleaning/log_cleaner.hpp"
#include "vlog/disk_watch.hpp"
#include "vlog/files/file_removals.hpp"
#include "vlog/journal/journal.hpp"

namespace kera {

struct VirtualLogOptions {
    JournalOptions journal;
    DiskWatchOptions watch;
    LogCleanerOptions cleaner;
};

// Destroyed after its operations have ended (Disk::drain), and before the segments it leases.
class VirtualLog final : private StableListener, private MovedChunks {
  public:
    // `finder` may be asked during poll().
    VirtualLog(Disk& disk, const Clock& clock, Random& random, SegmentMemory& memory,
               SegmentFinder& finder, const VirtualLogOptions& options, const JournalStart& start);
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
    // Before a shutdown: the same, and nothing else is begun.
    void want_all() noexcept {
        want_durable();
        cleaner_.stop();
    }
    Position next_position() const noexcept { return journal_.next_position(); }
    Position durable_position() const noexcept { return journal_.durable_position(); }

    // The segment gets no more chunks: it may be evicted as soon as all of them are stable.
    void segment_closed(Segment& segment);
    // Journal files of a reactor that is no more, until nothing in them is needed.
    void adopt_files(std::vector<JournalFileRange> files) { leftovers_.adopt(std::move(files)); }

    int poll();
    std::int64_t next_deadline_ns() const noexcept;
    // Nothing is in flight on the disk.
    bool idle() const noexcept { return journal_.idle() && cleaner_.idle(); }
    // Everything added is durable. After want_all(), call poll() until it is true.
    bool settled() const noexcept {
        return idle() && journal_.durable_position() == journal_.next_position();
    }

    const Journal& journal() const noexcept { return journal_; }
    const DiskWatch& watch() const noexcept { return watch_; }
    const LogCleaner& cleaner() const noexcept { return cleaner_; }

  private:
    // The lease keeps the bytes in memory until they are stable.
    struct UnstableChunk {
        SegmentLease segment;
        std::uint32_t position = 0;
        std::uint32_t bytes = 0;
        // In the virtual log.
        Position end;
        // Of a copy: where the chunk is so far.
        std::shared_ptr<LogFile> from;
        std::uint64_t from_at = 0;
    };

    void on_stable(const std::shared_ptr<LogFile>& file, Position file_first,
                   Position stable) override;
    bool takes_moved() const noexcept override { return journal_.check_room().ok(); }
    Position add_moved(SegmentLease segment, const std::shared_ptr<LogFile>& from,
                       std::uint64_t from_at, std::uint32_t position, Bytes chunk) override;
    void let_evict(Segment& segment);

    SegmentMemory& memory_;
    // In the order of their ends.
    std::deque<UnstableChunk> unstable_;
    Journal journal_;
    FileRemovals removals_;
    LeftoverFiles leftovers_;
    LogCleaner cleaner_;
    DiskWatch watch_;
};

}  // namespace kera
