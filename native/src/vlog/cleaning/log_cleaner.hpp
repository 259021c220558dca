// Makes room on disk: of a log file in which little is needed any more, it copies what is needed to
// the end of the log, so that the file can be given up. The reactor only; borrows disk, memory and
// finder. Reads a piece at a time, into memory of segments, where the journal's entries may lie.
// Invariants: a chunk is where its segment says until its copy is stable; what is not proven intact
// is not copied, and keeps its file.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.hpp"
#include "base/units.hpp"
#include "disk/disk.hpp"
#include "storage/segment/segment_memory.hpp"
#include "vlog/cleaning/segment_finder.hpp"
#include "vlog/journal/journal_options.hpp"

namespace kera {

struct LogCleanerOptions {
    // Files may be so much larger than what is needed of them, and so much more.
    std::int64_t kept_percent_max = 150;
    std::int64_t kept_bytes_more = 256_MiB;
    // Read at a time, unless a chunk is longer; and copied but not stable yet.
    std::uint32_t piece_bytes = 1_MiB;
    std::int64_t unstable_bytes_max = 8_MiB;
    std::int64_t look_every_ns = kNanosPerSecond;
    // A file of which something could not be copied is tried again after so long.
    std::int64_t retry_ns = 600 * kNanosPerSecond;
};

struct LogCleanerCounters {
    std::int64_t files = 0;
    std::int64_t chunks = 0;
    std::int64_t bytes = 0;
    std::int64_t failures = 0;
};

// Takes copies of chunks.
class MovedChunks {
  public:
    // Whether there is room for one now.
    virtual bool takes_moved() const noexcept = 0;
    // The chunk's bytes stay where they are until durable_position() has reached what is returned.
    virtual Position add_moved(SegmentLease segment, const std::shared_ptr<LogFile>& from,
                               std::uint64_t from_at, std::uint32_t position, Bytes chunk) = 0;

  protected:
    ~MovedChunks() = default;
};

class LogCleaner final : private DiskClient {
  public:
    LogCleaner(Disk& disk, const Clock& clock, SegmentMemory& memory, SegmentFinder& finder,
               MovedChunks& moved, const LogCleanerOptions& options)
        : disk_(disk),
          clock_(clock),
          memory_(memory),
          finder_(finder),
          moved_(moved),
          options_(options) {}

    // `files`: what the journal has left behind. `leftovers`: journals of reactors that are no
    // more, all of which have to go. Returns how much was done.
    int poll(std::span<const JournalFileRange> files,
             std::span<const std::vector<JournalFileRange>> leftovers, Position durable);
    // Before a shutdown: begins nothing more.
    void stop() noexcept { stopped_ = true; }
    bool idle() const noexcept { return step_ == Step::none && !in_flight_; }
    const LogCleanerCounters& counters() const noexcept { return counters_; }

  private:
    enum class Step : std::uint8_t { none, opening, waiting, reading, copying };
    // Memory with chunks that are not stable yet.
    struct Piece {
        SegmentBlock block;
        std::int64_t bytes = 0;
        Position end;
    };

    void on_disk_done(DiskToken token, Result<std::uint64_t> done) override;
    const JournalFileRange* choose(std::span<const JournalFileRange> files,
                                   std::span<const std::vector<JournalFileRange>> leftovers);
    bool may_try(const JournalFileRange& file) const;
    void begin(const JournalFileRange& file);
    bool read_piece();
    int copy();
    // Where the entry after this one begins; none when the rest of the piece has no whole entry.
    std::optional<std::uint64_t> copy_entry(std::uint64_t at);
    void leave_piece();
    void leave_file();
    void end_piece(std::uint64_t next_at);
    void end_file(bool failed);

    Disk& disk_;
    const Clock& clock_;
    SegmentMemory& memory_;
    SegmentFinder& finder_;
    MovedChunks& moved_;
    const LogCleanerOptions options_;

    Step step_ = Step::none;
    bool in_flight_ = false;
    bool stopped_ = false;
    std::optional<Error> error_;
    JournalFileRange victim_;
    FileId file_ = FileId::none;
    std::uint32_t incarnation_ = 0;
    // The piece: where it begins in the file, what was read of it, and the next entry in it.
    SegmentBlock block_;
    std::uint64_t piece_at_ = 0;
    std::uint64_t piece_bytes_ = 0;
    std::uint64_t next_at_ = 0;
    // What the next piece has to be at least.
    std::uint64_t wanted_bytes_ = 0;
    std::int64_t copied_bytes_ = 0;
    Position copied_end_;
    std::deque<Piece> pieces_;
    std::int64_t unstable_bytes_ = 0;
    std::int64_t next_look_ns_ = 0;
    // By path: when a file is tried again.
    std::map<std::string, std::int64_t> tried_;
    LogCleanerCounters counters_;
};

}  // namespace kera
