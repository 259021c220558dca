// Reads segments that are only in log files back into memory, for readers of old data. Belongs to
// one reactor's thread, like its disk. Holds a lease on each segment meanwhile, and its files.
// Invariants: no byte is handed over before every chunk of the segment is verified; each waiter is
// told once, whether or not the segment was read, and then looks again.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "broker/metrics/counter_sets.hpp"
#include "broker/read/load_failures.hpp"
#include "broker/stream/stream_table.hpp"
#include "disk/disk.hpp"
#include "storage/segment/segment.hpp"
#include "storage/segment/segment_check.hpp"
#include "storage/segment/segment_memory.hpp"

namespace kera {

class SegmentLoads final : public DiskClient {
  public:
    // How many are read at the same time. Others wait, so that little memory is claimed at once.
    static constexpr std::size_t kLoadsMax = 8;
    // Of one segment at the same time.
    static constexpr std::uint32_t kReadsMax = 16;

    SegmentLoads(Disk* disk, SegmentMemory& memory, const Clock& clock,
                 ReactorCounters& counters) noexcept
        : disk_(disk), memory_(memory), clock_(clock), counters_(counters) {}

    // `waiter` is told when the segment may be there, or when failure() has the reason why it is
    // not. It then reads again, and may have to wait again. REQUIRES: failure() was asked before.
    void want(SegmentLease segment, HeadWaiter& waiter);
    // Nobody waits, but a reader will need it soon.
    void want_later(SegmentLease segment);
    void stop_waiting(HeadWaiter& waiter) noexcept;
    // Why the segment cannot be read now; none when it can be tried. `wanted` is the reader's
    // offset: the error's value is that, or the segment's first offset where that is higher. The
    // limit is the offset after the segment, where reading can continue.
    std::optional<Error> failure(const Segment& segment, Offset wanted) const;
    // Continues to verify, begins what could not begin before, and tells those who wait for a
    // segment that another reactor reads. Returns how much was done.
    int poll();
    bool busy() const noexcept { return !loads_.empty() || !retries_.empty(); }
    // Ends everything and tells nobody. REQUIRES: the disk has nothing in flight.
    void abandon() noexcept;

    void on_disk_done(DiskToken token, Result<std::uint64_t> done) override;

  private:
    enum class Step : std::uint8_t { opening, reading, checking };
    struct Load {
        SegmentLease segment;
        SegmentBlock block;
        // Where its chunks were when this began. They stay there as long as this names them.
        SegmentExtents extents;
        // The run to be read next, where it goes, and the file that is open: the one it is in.
        std::size_t run = 0;
        std::uint32_t run_at = 0;
        FileId file = FileId::none;
        std::uint32_t reads = 0;
        std::uint64_t bytes_read = 0;
        std::optional<Error> error;
        Step step = Step::opening;
        std::optional<SegmentCheck> check;
        std::vector<HeadWaiter*> waiters;
    };
    // Waits for memory, or until another reactor has read the segment.
    struct Retry {
        SegmentLease segment;
        HeadWaiter* waiter;
    };

    // False when it cannot begin now; else it has taken the lease.
    bool begin(SegmentLease& segment, HeadWaiter* waiter);
    void open_next(DiskToken token, Load& load);
    void read_more(DiskToken token, Load& load);
    void start_check(DiskToken token, Load& load);
    static LogFile* file_of(const Load& load) noexcept;
    int continue_checking();
    int retry_all();
    void finish(DiskToken token, const Result<void>& came);

    Disk* disk_;
    SegmentMemory& memory_;
    const Clock& clock_;
    ReactorCounters& counters_;
    DiskToken next_token_ = 1;
    std::unordered_map<DiskToken, Load> loads_;
    // They are read, and verified one after the other.
    std::deque<DiskToken> checking_;
    std::deque<Retry> retries_;
    std::int64_t next_retries_ns_ = 0;
    LoadFailures failures_;
    // The waiters of the load that has just ended.
    std::vector<HeadWaiter*> telling_;
};

}  // namespace kera
