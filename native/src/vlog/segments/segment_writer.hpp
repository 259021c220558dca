// Writes segments to their files on request: closed ones whole, open ones as far as they go, so
// that the journal can be cut. The reactor only; borrows the disk. Holds a lease on each segment
// that is not wholly in its file, or that the journal may still read. Writes without a copy:
// header, chunks, index and footer in one call. Invariants: a segment counts as flushed only when
// its file is stable under its final name; after a failed write the segment goes to another file.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "disk/disk.hpp"
#include "storage/lane/lane.hpp"
#include "storage/segment/append.hpp"
#include "storage/segment/segment_memory.hpp"
#include "vlog/files/file_removals.hpp"
#include "vlog/files/retry_delay.hpp"
#include "vlog/segments/dirty_list.hpp"
#include "vlog/segments/segment_flushes.hpp"

namespace kera {

struct SegmentWriterOptions {
    // Files that are written at the same time.
    std::uint32_t flushes_max = 2;
    RetryOptions retry;
};

enum class WhichSegments : std::uint8_t { closed, all };

struct SegmentWriterCounters {
    std::int64_t segments_flushed = 0;
    std::int64_t checkpoints = 0;
    std::int64_t bytes = 0;
    std::int64_t failures = 0;
};

class SegmentWriter final : private DiskClient {
  public:
    SegmentWriter(Disk& disk, const Clock& clock, SegmentMemory& memory, FileRemovals& removals,
                  const SegmentWriterOptions& options);

    // A chunk is in the journal, from `first` to `end`.
    void note(const ChunkRef& chunk, Position first, Position end);
    // The segment gets no more chunks.
    void close(Segment& segment);
    // Like close(), for a segment that recovery has put together. The journals it came from are
    // kept until it is written.
    void adopt_recovered(Segment& segment);
    // Removes the group's files, whatever is in flight.
    void drop(StreamId stream, StreamletId streamlet, const DroppedGroup& group);
    // Writes nothing of the stream any more. Its files are removed by the catalog.
    void drop_stream(StreamId stream);

    // The first position that is only in the journal; none when everything is in files.
    std::optional<Position> low_position() const noexcept;
    // Writes segments with entries before `position` that are only in the journal; open ones as far
    // as they go.
    void write_before(Position position, WhichSegments which);
    // Segments of adopt_recovered() that are not written yet.
    std::int64_t recovered_left() const noexcept { return recovered_left_; }

    // `durable` is the journal's position: nothing beyond it is written, and leases are kept until
    // it has passed them.
    int poll(Position durable);
    bool idle() const noexcept { return active_ == 0 && removals_.finished(); }
    bool has_queue() const noexcept { return !queue_.empty(); }
    // Segments that are closed and not requested yet.
    std::size_t waiting() const noexcept { return waiting_; }
    // Nothing is left to write or to remove.
    bool finished() const noexcept { return idle() && queue_.empty() && waiting_ == 0; }
    std::int64_t next_deadline_ns() const noexcept;
    // Why the last write failed; none after a success.
    const std::optional<Error>& fault() const noexcept { return fault_; }
    const SegmentWriterCounters& counters() const noexcept { return counters_; }

  private:
    // A flush's token is its slot.
    void on_disk_done(DiskToken token, Result<std::uint64_t> done) override;
    void enqueue(SegmentFlush& flush);
    bool blocked() const noexcept;
    void start(SegmentFlush& flush);
    void step(SegmentFlush& flush, std::uint64_t done);
    void finish(SegmentFlush& flush);
    void failed(SegmentFlush& flush, const Error& error);
    void forget(SegmentFlush& flush);
    void end_dropped(SegmentFlush& flush);
    void release_when_durable(SegmentFlush& flush);
    int release_durable(Position durable);
    // Its operation on disk has ended.
    void end_operation(SegmentFlush& flush);

    Disk& disk_;
    const Clock& clock_;
    SegmentMemory& memory_;
    FileRemovals& removals_;
    const SegmentWriterOptions options_;
    SegmentFlushes flushes_;
    DirtyList dirty_;
    std::deque<std::uint32_t> queue_;
    std::deque<std::uint32_t> releasing_;
    std::vector<std::uint32_t> flushing_;
    std::uint32_t active_ = 0;
    std::size_t waiting_ = 0;
    std::int64_t recovered_left_ = 0;
    Position durable_;
    RetryDelay retry_;
    std::optional<Error> fault_;
    SegmentWriterCounters counters_;
};

}  // namespace kera
