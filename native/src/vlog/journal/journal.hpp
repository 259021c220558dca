// The virtual log on disk: references go in, batches of their bytes go to files, positions come
// out. The reactor only; borrows disk, clock and random numbers. An entry's bytes are not copied:
// they stay in place until durable_position() has passed the entry. Invariants: durable_position()
// only grows, and everything before it was synced; what a failed sync may have lost is written
// again to another file, whose header is stable first, never synced again in the same one.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "disk/disk.hpp"
#include "vlog/files/retry_delay.hpp"
#include "vlog/journal/journal_files.hpp"
#include "vlog/journal/journal_options.hpp"
#include "vlog/journal/journal_ring.hpp"

namespace kera {

enum class JournalState : std::uint8_t { ok, disk_full, disk_failed };

struct JournalCounters {
    std::int64_t batches = 0;
    std::int64_t bytes = 0;
    std::int64_t syncs = 0;
    std::int64_t failures = 0;
};

class Journal final : private DiskClient {
  public:
    Journal(Disk& disk, const Clock& clock, Random& random, const JournalOptions& options,
            const JournalStart& start, StableListener& listener);

    // Whether new appends may begin: the disk may be slower than memory, and the number of
    // references is limited. Appends that have begun are always taken.
    Result<void> check_room() const;
    // Returns the position that durable_position() has to reach. REQUIRES: a multiple of 8 bytes.
    Position append(Bytes chunk, bool wants_sync);
    // Everything appended so far has to become durable soon.
    void want_durable() noexcept {
        wanted_ = ring_.end();
        files_.expect_syncs();
    }

    Position next_position() const noexcept { return ring_.end(); }
    Position written_position() const noexcept { return written_; }
    Position durable_position() const noexcept { return durable_; }

    int poll();
    // Nothing is in flight. Entries that were not written stay so.
    bool idle() const noexcept { return in_flight_ == InFlight::none && files_.idle(); }
    std::int64_t next_deadline_ns() const noexcept;

    // Not ok while nothing can be written. Then acknowledgements at `disk` wait.
    JournalState state() const noexcept { return state_; }
    const std::optional<Error>& error() const noexcept { return error_; }
    const JournalCounters& counters() const noexcept { return counters_; }
    const JournalFiles& files() const noexcept { return files_; }

  private:
    enum class InFlight : std::uint8_t { none, write, durable_write, sync };
    // Two spans for each entry and one for the file's header: at most 1,023 in one write.
    static constexpr std::uint32_t kBatchEntries = 511;

    void on_disk_done(DiskToken token, Result<std::uint64_t> done) override;
    bool sync_is_due(std::int64_t now_ns) const noexcept;
    bool write_is_due(std::int64_t now_ns) const noexcept;
    bool prepare_file();
    bool fits(const JournalEntry& entry, std::uint64_t batch_bytes) const noexcept;
    bool gather_header();
    std::uint64_t gather_batch();
    void start_write(std::int64_t now_ns);
    void start_header();
    void start_sync();
    void note_freed();
    void note_stable(std::int64_t now_ns);
    void push_freed(const PositionRanges& freed);
    void became_durable();
    void failed(const Error& error, InFlight operation);
    void set_state(JournalState state, const Error* error);

    Disk& disk_;
    const Clock& clock_;
    const JournalOptions options_;
    StableListener& listener_;
    JournalRing ring_;
    JournalFiles files_;
    Position written_;
    Position durable_;
    Position wanted_;
    // Up to where an entry on disk says that the log was stable, and where the last chunk ends.
    Position proven_;
    Position last_chunk_end_;
    // Of files that were given up. The next ones also have those that wait for that, and are set
    // while an entry that says so is on its way.
    PositionRanges freed_;
    std::optional<PositionRanges> freed_next_;
    // The last of the journal's own entries, and where it ends.
    std::vector<std::byte> freed_body_;
    Position freed_end_;

    InFlight in_flight_ = InFlight::none;
    // The file before was left with entries that may be lost: see start_header().
    bool repeats_entries_ = false;
    std::vector<Bytes> spans_;
    std::vector<std::byte> headers_;
    std::array<std::byte, kJournalFileHeaderBytes> file_header_{};
    std::uint32_t batch_entries_ = 0;
    std::uint64_t batch_bytes_ = 0;
    Position batch_end_;
    Position batch_proof_;

    // When the oldest unwritten entry was appended, and when the oldest unsynced one was written.
    std::int64_t unwritten_since_ns_ = 0;
    std::int64_t unsynced_since_ns_ = 0;
    std::int64_t durable_since_ns_ = 0;
    RetryDelay retry_;
    JournalState state_ = JournalState::ok;
    std::optional<Error> error_;
    JournalCounters counters_;
};

}  // namespace kera
