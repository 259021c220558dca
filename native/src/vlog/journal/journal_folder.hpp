// A reactor's journal files as they are on disk, in the order of their numbers. Any thread; owns
// their bytes. It believes nothing: that is for scan_journal().
#pragma once

#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "disk/disk.hpp"
#include "vlog/journal/journal_scan.hpp"

namespace kera {

class JournalFolder {
  public:
    static Result<JournalFolder> read(Disk& disk, ReactorId reactor);

    const std::vector<FoundJournalFile>& files() const noexcept { return files_; }

  private:
    std::vector<FoundJournalFile> files_;
    std::vector<MappedFile> mapped_;
};

}  // namespace kera
