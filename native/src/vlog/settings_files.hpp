// The two copies of a stream's settings as recovery finds and leaves them, and the marks beside
// them. One thread, blocking, before the node serves; borrows the disk. A stream's file stands in
// its own folder and once more in the catalog's: either is enough, and the one in the catalog says
// that there was a folder. Invariants: the latest start of each streamlet counts, whichever copy
// has it; nothing is removed but marks, and only when they hold no longer.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "disk/disk.hpp"
#include "wire/file/node_files.hpp"

namespace kera {

// What the catalog's folder has of a stream.
struct CatalogMarks {
    bool copy = false;
    // Deletion has begun: nothing of the stream counts any more.
    bool deleted = false;
    // The stream's folder was gone once: it stays aside until somebody decides.
    bool lost = false;
    // For people and tools: why the last start has set it aside.
    bool set_aside = false;
};

Result<std::map<StreamId, CatalogMarks>> list_catalog(Disk& disk);

class SettingsFiles {
  public:
    SettingsFiles(Disk& disk, StreamId stream, const CatalogMarks& marks, bool has_folder) noexcept
        : disk_(disk), stream_(stream), marks_(marks), has_folder_(has_folder) {}

    // Fails when the disk cannot be read at all.
    Result<void> read();

    // Neither settings nor data: a creation that was interrupted.
    bool is_leftover() const noexcept {
        return !marks_.copy && !marks_.lost && !own_listed_ && !has_data_;
    }
    // There was a folder, and it is gone: its data is lost, unless somebody puts it back.
    bool is_lost() const noexcept {
        return !own_ && (marks_.lost || (marks_.copy && !has_folder_));
    }
    // From either copy; else why there are none.
    Result<StreamFile> settings() const;
    // Of whichever copy can be read; empty when none can.
    std::string name() const;
    // A copy that should be there and cannot be read, though the other one can.
    struct Fault {
        std::string path;
        Error error;
    };
    const std::optional<Fault>& fault() const noexcept { return fault_; }

    // Both copies say so from now on.
    Result<void> store(const StreamFile& settings);
    // The stream has been recovered with these: both copies say so from now on.
    Result<void> settle(const StreamFile& settings);
    // The stream is set aside. Done before anything is written to its folder, so that a lost
    // stream is not taken for a whole one by the next start.
    Result<void> note_set_aside(const Error& why);
    // Deletion had begun: brings it to its end. Nothing is left afterwards.
    static Result<void> finish_deletion(Disk& disk, StreamId stream);

  private:
    std::optional<StreamFile> take(const std::string& path);

    Disk& disk_;
    const StreamId stream_;
    const CatalogMarks marks_;
    const bool has_folder_;
    bool own_listed_ = false;
    bool has_data_ = false;
    std::optional<StreamFile> own_;
    std::optional<StreamFile> copy_;
    std::optional<Fault> fault_;
};

}  // namespace kera
