// The files of one reactor's journal: the one that is written, the one prepared to follow it, those
// left behind, in which chunks are kept. The reactor only; borrows the disk. Files in which nothing
// is needed any more are used again, or removed. Invariants: a file's number is never used twice;
// where syncs are expected, all blocks of the next file are written before it is used.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "disk/disk.hpp"
#include "vlog/files/retry_delay.hpp"
#include "vlog/journal/journal_options.hpp"

namespace kera {

struct JournalFile {
    FileId id = FileId::none;
    std::int64_t number = 0;
    std::uint64_t capacity_bytes = 0;
    std::uint32_t incarnation = 0;
    Position first;
    std::uint64_t written_bytes = 0;
    std::shared_ptr<LogFile> file;
};

class JournalFiles final : private DiskClient {
  public:
    JournalFiles(Disk& disk, const Clock& clock, Random& random, const JournalOptions& options,
                 const JournalStart& start);

    // None before the first rotate(), and after abandon().
    JournalFile* current() noexcept { return current_ ? &*current_ : nullptr; }
    const JournalFile* current() const noexcept { return current_ ? &*current_ : nullptr; }
    bool has_prepared() const noexcept { return prepared_.has_value(); }
    // Leaves the current file behind and continues in the prepared one. REQUIRES: has_prepared().
    void rotate(Position position);
    // Stops using the current file. Of its entries, those that end at or before `end` count.
    void abandon(Position end);
    // Somebody waits for the disk: new files are filled with zeros first, which makes syncs quick.
    void expect_syncs() noexcept { syncs_expected_ = true; }
    // The current file has no room: the next one is needed, however empty the current one is.
    void want_next() noexcept { next_wanted_ = true; }
    // Looks for files in which nothing is needed any more; true when there are some. What they
    // hold has to be noted durably before they are given up.
    bool find_emptied();
    const std::vector<JournalFileRange>& emptied() const noexcept { return emptied_; }
    void give_up_emptied();

    // Prepares the next file when it is time.
    void poll();
    bool idle() const noexcept { return in_flight_ == 0; }
    std::int64_t next_deadline_ns() const noexcept;
    // Why no file could be prepared; none after a success.
    const std::optional<Error>& fault() const noexcept { return fault_; }
    // Those in which something is needed.
    const std::vector<JournalFileRange>& left_behind() const noexcept { return left_; }
    // Of the files that were left behind: their size, and how much of it is needed.
    std::int64_t kept_bytes() const noexcept;
    std::int64_t needed_bytes() const noexcept;

  private:
    enum class Step : std::uint8_t { none, rename, open };
    static constexpr DiskToken kPrepare = 1;
    static constexpr DiskToken kRemove = 2;

    void on_disk_done(DiskToken token, Result<std::uint64_t> done) override;
    void prepare();
    void preparation_failed(const Error& error);
    void leave_behind(Position end);
    void retire(const JournalFileRange& file);
    std::uint64_t bytes_for_new_file() const noexcept;

    Disk& disk_;
    const Clock& clock_;
    Random& random_;
    const JournalOptions options_;
    std::int64_t next_number_;
    std::int64_t created_ = 0;
    std::optional<JournalFile> current_;
    std::optional<JournalFile> prepared_;
    bool next_wanted_ = true;
    bool syncs_expected_ = false;
    JournalFile preparing_;
    Step step_ = Step::none;
    std::vector<JournalFileRange> left_;
    std::vector<JournalFileRange> emptied_;
    // Steps when nothing in some file is needed any more; how often it had when left_ was looked
    // through.
    std::shared_ptr<EmptiedFiles> emptied_count_;
    std::uint64_t emptied_seen_ = 0;
    bool look_again_ = true;
    std::deque<JournalFileRange> spare_;
    std::optional<Error> fault_;
    RetryDelay retry_;
    int in_flight_ = 0;
};

}  // namespace kera
