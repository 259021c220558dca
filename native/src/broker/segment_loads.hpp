// Brings segments that are only on disk back into memory, for readers of old data.
// Belongs to one reactor's thread, like the disk it reads with. Holds a lease on each segment while
// it is under way. Invariant: whoever waits is told once, whether the segment came back or not, and
// then looks again.
#pragma once

#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "broker/stream_table.hpp"
#include "disk/disk.hpp"
#include "storage/segment.hpp"
#include "storage/segment_memory.hpp"

namespace kera {

class SegmentLoads final : public DiskClient {
  public:
    SegmentLoads(Disk* disk, SegmentMemory& memory) noexcept : disk_(disk), memory_(memory) {}

    // `waiter` is told when the segment may be there; it reads again, and may be told to wait
    // again.
    void want(SegmentLease segment, HeadWaiter& waiter);
    void stop_waiting(HeadWaiter& waiter) noexcept;
    // Begins what could not begin before; tells whom another reactor's loads concern.
    int poll();
    bool busy() const noexcept { return !loads_.empty() || !retries_.empty(); }

    void on_disk_done(DiskToken token, Result<std::uint64_t> done) override;

  private:
    enum class Step : std::uint8_t { opening, reading };
    struct Load {
        SegmentLease segment;
        SegmentBlock block;
        FileId file = FileId::none;
        Step step = Step::opening;
        std::vector<HeadWaiter*> waiters;
    };

    bool begin(SegmentLease& segment, HeadWaiter& waiter);
    void finish(DiskToken token, bool came);

    Disk* disk_;
    SegmentMemory& memory_;
    DiskToken next_token_ = 1;
    std::unordered_map<DiskToken, Load> loads_;
    // Waits for memory, or for another reactor's load.
    struct Retry {
        SegmentLease segment;
        HeadWaiter* waiter;
    };
    std::deque<Retry> retries_;
    // Of the load that has just ended.
    std::vector<HeadWaiter*> telling_;
};

}  // namespace kera
