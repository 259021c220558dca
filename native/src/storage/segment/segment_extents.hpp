// Where the chunks of a segment are on disk: runs of bytes in log files, in the order of their
// positions. One thread at a time; a segment guards its own. Copies are independent. Invariants:
// runs do not overlap; as long as a run is in here, its file needs its bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "storage/segment/log_file.hpp"

namespace kera {

// Whole chunks that follow each other in the segment and in the file.
struct SegmentExtent {
    // Where they begin in the segment, as their headers say.
    std::uint32_t position = 0;
    std::uint32_t bytes = 0;
    // Where they begin in the file.
    std::uint64_t file_at = 0;
    // See SegmentExtents::file().
    std::uint32_t file = 0;
};

class SegmentExtents {
  public:
    SegmentExtents() = default;
    SegmentExtents(const SegmentExtents& other);
    SegmentExtents(SegmentExtents&& other) noexcept;
    SegmentExtents& operator=(SegmentExtents other) noexcept;
    ~SegmentExtents();

    // REQUIRES: a position behind all that are in here.
    void add(const std::shared_ptr<LogFile>& file, std::uint64_t file_at, std::uint32_t position,
             std::uint32_t bytes);
    // The chunk at `position` was copied to another place. False when it is not at `from`.
    bool move(const LogFile& from, std::uint64_t from_at, const std::shared_ptr<LogFile>& to,
              std::uint64_t to_at, std::uint32_t position, std::uint32_t bytes);
    // Whether the chunk at `position` is there.
    bool is_at(const LogFile& file, std::uint64_t file_at, std::uint32_t position) const noexcept;

    std::span<const SegmentExtent> runs() const noexcept { return runs_; }
    LogFile& file(const SegmentExtent& run) const noexcept { return *files_[run.file].file; }
    // Of all runs.
    std::uint32_t bytes() const noexcept { return bytes_; }

  private:
    using Runs = std::vector<SegmentExtent>;
    struct UsedFile {
        std::shared_ptr<LogFile> file;
        std::int64_t bytes = 0;
    };

    const SegmentExtent* run_of(std::uint32_t position) const noexcept;
    std::uint32_t use(const std::shared_ptr<LogFile>& file, std::uint32_t bytes);
    void use_less(std::uint32_t file, std::uint32_t bytes) noexcept;
    // Makes one of the run and the one before, where that is possible.
    void join(Runs::iterator run);
    // False when `next` does not follow in the file.
    static bool extend(SegmentExtent& run, const SegmentExtent& next) noexcept;

    Runs runs_;
    // Entries are used again once nothing is in their file.
    std::vector<UsedFile> files_;
    std::uint32_t bytes_ = 0;
};

}  // namespace kera
