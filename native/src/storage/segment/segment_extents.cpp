#include "storage/segment/segment_extents.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace kera {

SegmentExtents::SegmentExtents(const SegmentExtents& other)
    : runs_(other.runs_), files_(other.files_), bytes_(other.bytes_) {
    for (const UsedFile& used : files_) {
        if (used.file != nullptr) {
            used.file->need(used.bytes);
        }
    }
}

SegmentExtents::SegmentExtents(SegmentExtents&& other) noexcept
    : runs_(std::exchange(other.runs_, {})),
      files_(std::exchange(other.files_, {})),
      bytes_(std::exchange(other.bytes_, 0)) {}

SegmentExtents& SegmentExtents::operator=(SegmentExtents other) noexcept {
    runs_.swap(other.runs_);
    files_.swap(other.files_);
    std::swap(bytes_, other.bytes_);
    return *this;
}

SegmentExtents::~SegmentExtents() {
    for (const UsedFile& used : files_) {
        if (used.file != nullptr) {
            used.file->need_no_more(used.bytes);
        }
    }
}

void SegmentExtents::add(const std::shared_ptr<LogFile>& file, std::uint64_t file_at,
                         std::uint32_t position, std::uint32_t bytes) {
    KERA_ASSERT(runs_.empty() || runs_.back().position + runs_.back().bytes <= position, position);
    runs_.push_back({position, bytes, file_at, use(file, bytes)});
    join(std::prev(runs_.end()));
    bytes_ += bytes;
}

bool SegmentExtents::extend(SegmentExtent& run, const SegmentExtent& next) noexcept {
    const bool follows = run.file == next.file && run.position + run.bytes == next.position &&
                         run.file_at + run.bytes == next.file_at;
    run.bytes += follows ? next.bytes : 0;
    return follows;
}

const SegmentExtent* SegmentExtents::run_of(std::uint32_t position) const noexcept {
    const auto after = std::ranges::upper_bound(runs_, position, {}, &SegmentExtent::position);
    if (after == runs_.begin()) {
        return nullptr;
    }
    const SegmentExtent& run = *std::prev(after);
    return position - run.position < run.bytes ? &run : nullptr;
}

bool SegmentExtents::is_at(const LogFile& file, std::uint64_t file_at,
                           std::uint32_t position) const noexcept {
    const SegmentExtent* const run = run_of(position);
    return run != nullptr && files_[run->file].file.get() == &file &&
           run->file_at + (position - run->position) == file_at;
}

bool SegmentExtents::move(const LogFile& from, std::uint64_t from_at,
                          const std::shared_ptr<LogFile>& to, std::uint64_t to_at,
                          std::uint32_t position, std::uint32_t bytes) {
    if (!is_at(from, from_at, position)) {
        return false;
    }
    const SegmentExtent old = *run_of(position);
    const std::uint32_t before = position - old.position;
    KERA_ASSERT(before + bytes <= old.bytes, before, bytes, old.bytes);
    const auto at = static_cast<std::size_t>(run_of(position) - runs_.data());
    const SegmentExtent moved{position, bytes, to_at, use(to, bytes)};
    const SegmentExtent left{old.position, before, old.file_at, old.file};
    const SegmentExtent right{position + bytes, old.bytes - before - bytes,
                              old.file_at + before + bytes, old.file};
    auto here = runs_.begin() + static_cast<std::ptrdiff_t>(at);
    *here = moved;
    if (right.bytes > 0) {
        here = std::prev(runs_.insert(std::next(here), right));
    }
    if (left.bytes > 0) {
        here = std::next(runs_.insert(here, left));
    }
    join(std::next(here));
    join(here);
    use_less(old.file, bytes);
    return true;
}

void SegmentExtents::join(Runs::iterator run) {
    if (run != runs_.begin() && run != runs_.end() && extend(*std::prev(run), *run)) {
        runs_.erase(run);
    }
}

std::uint32_t SegmentExtents::use(const std::shared_ptr<LogFile>& file, std::uint32_t bytes) {
    file->need(bytes);
    auto used = std::ranges::find(files_, file, &UsedFile::file);
    if (used == files_.end()) {
        used = std::ranges::find(files_, nullptr, &UsedFile::file);
        if (used == files_.end()) {
            used = files_.insert(files_.end(), UsedFile{});
        }
        *used = {file, 0};
    }
    used->bytes += bytes;
    return static_cast<std::uint32_t>(used - files_.begin());
}

void SegmentExtents::use_less(std::uint32_t file, std::uint32_t bytes) noexcept {
    UsedFile& used = files_[file];
    used.file->need_no_more(bytes);
    used.bytes -= bytes;
    if (used.bytes == 0) {
        used.file.reset();
    }
}

}  // namespace kera
