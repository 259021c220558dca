// Settings of a reactor's journal, and where it continues. Any thread; plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/ids.hpp"
#include "base/units.hpp"
#include "storage/segment/log_file.hpp"
#include "vlog/files/retry_delay.hpp"
#include "vlog/journal/position_ranges.hpp"
#include "vlog/tail/journal_tail.hpp"

namespace kera {

struct JournalOptions {
    NodeId node;
    ReactorId reactor;
    // Of a full-sized file. The first ones are smaller, so that a small node stays small.
    std::uint64_t file_bytes = 64_MiB;
    std::uint64_t first_file_bytes = 8_MiB;
    // Limits of what is not stable yet: references, and bytes. Their memory cannot be freed, and a
    // journal that is far behind needs more and more files.
    std::uint32_t entries_max = 1U << 16U;
    std::uint64_t backlog_bytes_max = 128_MiB;
    std::uint64_t batch_bytes_max = 4_MiB;
    // While nobody waits for the disk, a batch gathers for so long or so much.
    std::int64_t gather_ns = 5 * kNanosPerMilli;
    std::uint64_t gather_bytes = 1_MiB;
    // And it is synced so often.
    std::int64_t sync_interval_ns = 200 * kNanosPerMilli;
    std::uint64_t sync_bytes_max = 32_MiB;
    RetryOptions retry;
    // Shows the next process what the disk may not have when this one is killed. Null: nothing
    // does. It outlives the journal.
    JournalTail* tail = nullptr;
};

// A file that is no longer written to, and the part of the virtual log in it.
struct JournalFileRange {
    std::int64_t number = 0;
    Position first;
    Position end;
    // Only full-sized files are used again.
    std::uint64_t capacity_bytes = 0;
    // Who needs something of it.
    std::shared_ptr<LogFile> file;

    std::uint64_t bytes() const noexcept {
        return kJournalFileHeaderBytes + static_cast<std::uint64_t>(end - first);
    }
};

// Is told what a journal's disk has.
class StableListener {
  public:
    // Everything before `stable` is. What was not before is in `file`, in which the position
    // `file_first` follows the header.
    virtual void on_stable(const std::shared_ptr<LogFile>& file, Position file_first,
                           Position stable) = 0;

  protected:
    ~StableListener() = default;
};

// Where the journal continues: as recovery says, or at the beginning.
struct JournalStart {
    Position position;
    std::int64_t next_file_number = 0;
    // In the order of their positions.
    std::vector<JournalFileRange> recovered;
    PositionRanges freed;
    // Of the files above.
    std::shared_ptr<EmptiedFiles> emptied = std::make_shared<EmptiedFiles>(0);
};

}  // namespace kera
