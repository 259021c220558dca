// Brings segments that are only on disk back into memory, for readers of old data.
// Belongs to one reactor's thread, like the disk it reads with. Holds a lease on each segment while
// it is under way. Invariants: no byte is handed over before every chunk of the segment has been
// verified; whoever waits is told once, whether the segment came back or not, and then looks again.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
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
    // Read at the same time; others wait, so that memory is claimed for few at once.
    static constexpr std::size_t kLoadsMax = 8;

    SegmentLoads(Disk* disk, SegmentMemory& memory, const Clock& clock,
                 ReactorCounters& counters) noexcept
        : disk_(disk), memory_(memory), clock_(clock), counters_(counters) {}

    // `waiter` is told when the segment may be there, or failure() says why not; it reads again,
    // and may be told to wait again. REQUIRES: failure() has been asked.
    void want(SegmentLease segment, HeadWaiter& waiter);
    // Nobody waits, but somebody will come back for it.
    void want_later(SegmentLease segment);
    void stop_waiting(HeadWaiter& waiter) noexcept;
    // Why the segment does not come back at present; none when it may. `wanted` is where the reader
    // stands: the error's value, if the segment does not begin behind it. The limit is the offset
    // behind the segment, where reading can go on.
    std::optional<Error> failure(const Segment& segment, Offset wanted) const;
    // Goes on verifying, begins what could not begin before, and tells whom another reactor's loads
    // concern. Returns how much was done.
    int poll();
    bool busy() const noexcept { return !loads_.empty() || !retries_.empty(); }
    // Ends everything without telling anybody. REQUIRES: the disk has nothing in flight.
    void let_go() noexcept;

    void on_disk_done(DiskToken token, Result<std::uint64_t> done) override;

  private:
    enum class Step : std::uint8_t { opening, reading, checking };
    struct Load {
        SegmentLease segment;
        SegmentBlock block;
        FileId file = FileId::none;
        Step step = Step::opening;
        std::optional<SegmentCheck> check;
        std::vector<HeadWaiter*> waiters;
    };
    // Waits for memory, or for another reactor's load.
    struct Retry {
        SegmentLease segment;
        HeadWaiter* waiter;
    };

    // False when it cannot begin now; else the lease has been taken.
    bool begin(SegmentLease& segment, HeadWaiter* waiter);
    int go_on_checking();
    int try_again();
    void finish(DiskToken token, const Result<void>& came);

    Disk* disk_;
    SegmentMemory& memory_;
    const Clock& clock_;
    ReactorCounters& counters_;
    DiskToken next_token_ = 1;
    std::unordered_map<DiskToken, Load> loads_;
    // Read, and being verified one after the other.
    std::deque<DiskToken> checking_;
    std::deque<Retry> retries_;
    std::int64_t next_retries_ns_ = 0;
    LoadFailures failures_;
    // Of the load that has just ended.
    std::vector<HeadWaiter*> telling_;
};

}  // namespace kera
