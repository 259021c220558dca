#include "vlog/journal/journal_files.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/check.hpp"
#include "base/log.hpp"
#include "vlog/journal/journal_path.hpp"

namespace kera {

namespace {

// Files kept to be used again. Further ones are removed.
constexpr std::size_t kSparesMax = 8;

}  // namespace

JournalFiles::JournalFiles(Disk& disk, const Clock& clock, Random& random,
                           const JournalOptions& options, const JournalStart& start)
    : disk_(disk),
      clock_(clock),
      random_(random),
      options_(options),
      next_number_(start.next_file_number),
      left_(start.recovered.begin(), start.recovered.end()),
      emptied_count_(start.emptied),
      retry_(options.retry) {}

void JournalFiles::rotate(Position position) {
    KERA_ASSERT(prepared_.has_value());
    leave_behind(position);
    current_ = prepared_;
    prepared_.reset();
    next_wanted_ = false;
    current_->first = position;
    current_->incarnation = static_cast<std::uint32_t>(random_.next());
    current_->file = std::make_shared<LogFile>(
        journal_file_path(options_.reactor, current_->number), emptied_count_);
}

void JournalFiles::abandon(Position end) {
    if (current_) {
        // Its pages may be marked as clean though they never arrived, so it is never used again.
        current_->capacity_bytes = 0;
    }
    leave_behind(end);
}

void JournalFiles::leave_behind(Position end) {
    if (!current_) {
        return;
    }
    disk_.close(current_->id);
    JournalFileRange range{current_->number, current_->first, end, current_->capacity_bytes,
                           std::move(current_->file)};
    current_.reset();
    if (range.first == range.end) {
        retire(range);
    } else {
        left_.push_back(std::move(range));
        look_again_ = true;
    }
}

bool JournalFiles::find_emptied() {
    const std::uint64_t emptied = emptied_count_->load(std::memory_order_acquire);
    if (emptied == emptied_seen_ && !look_again_) {
        return !emptied_.empty();
    }
    emptied_seen_ = emptied;
    look_again_ = false;
    std::erase_if(left_, [this](const JournalFileRange& range) {
        const bool is_empty = range.file->needed_bytes() == 0;
        if (is_empty) {
            emptied_.push_back(range);
        }
        return is_empty;
    });
    return !emptied_.empty();
}

void JournalFiles::give_up_emptied() {
    for (const JournalFileRange& range : std::exchange(emptied_, {})) {
        retire(range);
    }
}

std::int64_t JournalFiles::kept_bytes() const noexcept {
    std::int64_t bytes = 0;
    for (const JournalFileRange& range : left_) {
        bytes += static_cast<std::int64_t>(range.bytes());
    }
    return bytes;
}

std::int64_t JournalFiles::needed_bytes() const noexcept {
    std::int64_t bytes = 0;
    for (const JournalFileRange& range : left_) {
        bytes += range.file->needed_bytes();
    }
    return bytes;
}

void JournalFiles::retire(const JournalFileRange& file) {
    const bool damaged = file.file != nullptr && file.file->is_damaged();
    if (file.capacity_bytes >= options_.file_bytes && !damaged && spare_.size() < kSparesMax) {
        spare_.push_back(file);
        return;
    }
    ++in_flight_;
    disk_.remove(journal_file_path(options_.reactor, file.number), *this, kRemove);
}

std::uint64_t JournalFiles::bytes_for_new_file() const noexcept {
    std::uint64_t bytes = std::min(options_.first_file_bytes, options_.file_bytes);
    for (std::int64_t i = 0; i < created_ && bytes < options_.file_bytes; ++i) {
        bytes = std::min(bytes * 2, options_.file_bytes);
    }
    return bytes;
}

void JournalFiles::poll() {
    if (prepared_ || step_ != Step::none) {
        return;
    }
    // Half a file ahead is early enough. A node that hardly writes does without the second file.
    if (current_ && !next_wanted_ && current_->written_bytes < current_->capacity_bytes / 2) {
        return;
    }
    if (retry_.is_waiting(clock_)) {
        return;
    }
    prepare();
}

void JournalFiles::prepare() {
    preparing_ = JournalFile();
    preparing_.number = next_number_++;
    std::string path = journal_file_path(options_.reactor, preparing_.number);
    ++in_flight_;
    if (spare_.empty()) {
        step_ = Step::open;
        preparing_.capacity_bytes = bytes_for_new_file();
        const bool zeroed =
            syncs_expected_ || preparing_.capacity_bytes <= options_.first_file_bytes;
        disk_.open({std::move(path), OpenMode::create, FileUse::journal,
                    zeroed ? preparing_.capacity_bytes : 0},
                   *this, kPrepare);
        return;
    }
    step_ = Step::rename;
    preparing_.capacity_bytes = spare_.front().capacity_bytes;
    const std::string before = journal_file_path(options_.reactor, spare_.front().number);
    spare_.pop_front();
    disk_.rename_durably(before, std::move(path), *this, kPrepare);
}

void JournalFiles::on_disk_done(DiskToken token, Result<std::uint64_t> done) {
    --in_flight_;
    if (token == kRemove) {
        return;  // a file that could not be removed is removed by the next recovery
    }
    if (!done.ok()) {
        preparation_failed(done.error());
        return;
    }
    if (step_ == Step::rename) {
        step_ = Step::open;
        ++in_flight_;
        disk_.open({journal_file_path(options_.reactor, preparing_.number), OpenMode::write,
                    FileUse::journal, 0},
                   *this, kPrepare);
        return;
    }
    created_ += 1;
    preparing_.id = static_cast<FileId>(*done);
    prepared_ = preparing_;
    step_ = Step::none;
    fault_.reset();
    retry_.note_success();
}

void JournalFiles::preparation_failed(const Error& error) {
    if (!fault_) {
        log(LogLevel::warn, "journal_file_not_prepared",
            {{"reactor", options_.reactor}, {"number", preparing_.number}, {"error", error}});
    }
    fault_ = error;
    step_ = Step::none;
    retry_.note_failure(clock_.now_ns());
}

std::int64_t JournalFiles::next_deadline_ns() const noexcept {
    const bool waits = !prepared_ && step_ == Step::none && retry_.retry_at_ns() > 0;
    return waits ? retry_.retry_at_ns() : std::numeric_limits<std::int64_t>::max();
}

}  // namespace kera
