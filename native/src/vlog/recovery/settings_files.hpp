// The two copies of a stream's settings, and the marks beside them, as recovery finds and leaves
// them. One thread, blocking, before the node serves; borrows the disk. One copy is in the stream's
// folder, one in the catalog's. Either is enough. Invariants: the latest start of each streamlet
// counts, whichever copy has it; only marks are removed, and only when they are no longer true.
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
    // Deletion has begun: nothing of the stream counts.
    bool deleted = false;
    // Nothing of the stream was here once: it stays set aside until somebody decides.
    bool lost = false;
    // For people and tools: why the last start has set it aside.
    bool set_aside = false;
};

Result<std::map<StreamId, CatalogMarks>> list_catalog(Disk& disk);

class SettingsFiles {
  public:
    SettingsFiles(Disk& disk, StreamId stream, const CatalogMarks& marks) noexcept
        : disk_(disk), stream_(stream), marks_(marks) {}

    // Fails when the disk cannot be read at all.
    Result<void> read();

    // Neither settings nor data: its creation was interrupted.
    bool is_leftover() const noexcept {
        return !marks_.copy && !marks_.lost && !own_listed_ && !has_data_;
    }
    // The control plane knows of it, and nothing of it was here, unless somebody puts it back.
    bool is_lost() const noexcept { return !own_ && !copy_ && marks_.lost; }
    // From either copy; else the reason why there are none.
    Result<StreamFile> settings() const;
    // From the copy that can be read; empty when none can.
    std::string name() const;
    // A copy that is missing or cannot be read, though the other one can.
    struct Fault {
        std::string path;
        Error error;
    };
    const std::optional<Fault>& fault() const noexcept { return fault_; }

    // Writes both copies.
    Result<void> store(const StreamFile& settings);
    // The stream was recovered with these settings: writes both copies and removes the marks.
    Result<void> store_recovered(const StreamFile& settings);
    // The stream is set aside.
    Result<void> note_set_aside(const Error& why);
    // Deletion had begun: completes it. Only the mark is left afterwards, and not even that when
    // no log file has a chunk of the stream: else it would seem to have lost its settings.
    static Result<void> finish_deletion(Disk& disk, StreamId stream, bool has_chunks);

  private:
    std::optional<StreamFile> take(const std::string& path);

    Disk& disk_;
    const StreamId stream_;
    const CatalogMarks marks_;
    bool own_listed_ = false;
    bool has_data_ = false;
    std::optional<StreamFile> own_;
    std::optional<StreamFile> copy_;
    std::optional<Fault> fault_;
};

}  // namespace kera
