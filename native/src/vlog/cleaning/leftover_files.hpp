// Journal files of reactors that are no more: kept as long as something in them is needed, then
// removed. One reactor only; borrows the removals. Invariant: of one journal the latest file goes
// first, and only when nothing in any of them is needed, so that what is left after a crash looks
// like the beginning of a journal and not like one with a hole.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "vlog/files/file_removals.hpp"
#include "vlog/journal/journal_options.hpp"

namespace kera {

class LeftoverFiles {
  public:
    explicit LeftoverFiles(FileRemovals& removals) noexcept : removals_(removals) {}

    // The files of one journal, in the order of their positions.
    void adopt(std::vector<JournalFileRange> files) {
        if (!files.empty()) {
            journals_.push_back(std::move(files));
        }
    }

    std::span<const std::vector<JournalFileRange>> journals() const noexcept { return journals_; }

    void poll() {
        std::erase_if(journals_, [this](const std::vector<JournalFileRange>& files) {
            const bool needed = std::ranges::any_of(files, [](const JournalFileRange& range) {
                return range.file->needed_bytes() > 0;
            });
            for (auto at = files.rbegin(); !needed && at != files.rend(); ++at) {
                removals_.add(at->file->path());
            }
            return !needed;
        });
    }

  private:
    FileRemovals& removals_;
    std::vector<std::vector<JournalFileRange>> journals_;
};

}  // namespace kera
