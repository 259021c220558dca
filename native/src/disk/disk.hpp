// Files as the journal, the segment writer and readers of old data see them: started here,
// completed by poll(). Belongs to one thread (a reactor's). Spans, and what they point at, are
// borrowed until the completion. Invariants: operations on one file run in the order they were
// started, and each completes exactly once, inside poll() or drain(); a durable write covers every
// earlier write of its file. Paths are relative to the disk's root.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "disk/mapped_file.hpp"

namespace kera {

using DiskToken = std::uint64_t;

enum class FileId : std::int32_t { none = -1 };

// Files of one use share a queue, so that the journal never waits behind a segment.
enum class FileUse : std::uint8_t { journal, segment, reading };
inline constexpr std::size_t kFileUses = 3;

enum class OpenMode : std::uint8_t {
    read,     // must exist
    write,    // must exist
    scratch,  // made, or emptied, with its folders; durable is only what follows
    create,   // must not exist; missing folders are made; file and folders are durable once
              // completed
};

enum class Durability : std::uint8_t { buffered, durable };

struct FileSpec {
    std::string path;
    OpenMode mode = OpenMode::read;
    FileUse use = FileUse::segment;
    // With `create`: so many zero bytes are written and synced, so that later syncs touch no
    // metadata.
    std::uint64_t zeroed_bytes = 0;
};

struct DiskSpace {
    std::uint64_t free_bytes = 0;
    std::uint64_t total_bytes = 0;
};

struct FolderEntry {
    std::string name;
    bool is_folder = false;
    std::uint64_t bytes = 0;
};

// Who started an operation. REQUIRES: outlives its operations (see Disk::drain).
class DiskClient {
  public:
    // `done`: the FileId for open, bytes for reads (short at the file's end) and writes (never
    // short), else 0.
    virtual void on_disk_done(DiskToken token, Result<std::uint64_t> done) = 0;

  protected:
    ~DiskClient() = default;
};

enum class DiskAction : std::uint8_t {
    open,
    close,
    read,
    write,
    sync,
    truncate,
    rename,
    remove,
    remove_tree,
    replace,
};

// One started operation, as implementations hand it around.
struct DiskOperation {
    DiskAction action = DiskAction::sync;
    Durability durability = Durability::buffered;
    FileUse use = FileUse::segment;
    FileId file = FileId::none;
    FileSpec spec;           // open; for the others only the path
    std::string path_after;  // rename
    std::uint64_t offset = 0;
    std::span<const Bytes> sources;
    MutableBytes target;
    std::vector<std::byte> content;  // replace
    DiskClient* client = nullptr;    // none for close
    DiskToken token = 0;
};

class Disk {
  public:
    virtual ~Disk() = default;

    // Opening, renaming and removing run in the segment queue, whatever the file's use.
    void open(FileSpec spec, DiskClient& client, DiskToken token);
    void rename_durably(std::string from, std::string to, DiskClient& client, DiskToken token);
    void remove(std::string path, DiskClient& client, DiskToken token);
    void remove_tree(std::string path, DiskClient& client, DiskToken token);
    // All of `content` or the file as it was: written aside, synced, renamed over, folder synced.
    void replace(std::string path, std::vector<std::byte> content, DiskClient& client,
                 DiskToken token);

    void write_at(FileId file, std::uint64_t offset, std::span<const Bytes> sources,
                  Durability durability, DiskClient& client, DiskToken token);
    void read_at(FileId file, std::uint64_t offset, MutableBytes target, DiskClient& client,
                 DiskToken token);
    void sync(FileId file, DiskClient& client, DiskToken token);
    void truncate(FileId file, std::uint64_t bytes, DiskClient& client, DiskToken token);
    // After the operations before it; completes silently. The id is invalid from here on.
    void close(FileId file);

    // Completes what has finished; returns how much that was.
    virtual int poll() = 0;
    // Blocks until nothing is in flight, completing all of it: what owners call before clients go.
    virtual void drain() = 0;
    virtual std::size_t in_flight() const noexcept = 0;
    // When poll() will have something to do, for disks that live in virtual time; else INT64_MAX.
    virtual std::int64_t next_deadline_ns() const noexcept = 0;
    // Readable when poll() has something to do and prepare_park() returned true; -1 where there is
    // no such thing.
    virtual int park_fd() const noexcept = 0;
    // False when there is already something to poll.
    virtual bool prepare_park() noexcept = 0;

    // Blocking forms, for start-up, recovery and tools.
    virtual Result<MappedFile> map(const std::string& path) = 0;
    // Entries by name, sorted; none where there is no such folder.
    virtual Result<std::vector<FolderEntry>> list(const std::string& folder) = 0;
    virtual Result<void> make_folders_now(const std::string& path) = 0;
    virtual Result<void> replace_now(const std::string& path, Bytes content) = 0;
    virtual Result<void> truncate_now(const std::string& path, std::uint64_t bytes) = 0;
    virtual Result<void> rename_now(const std::string& from, const std::string& to) = 0;
    virtual Result<void> remove_now(const std::string& path) = 0;
    virtual Result<void> remove_tree_now(const std::string& path) = 0;
    virtual Result<DiskSpace> space() const = 0;

  private:
    virtual void start(DiskOperation&& operation) = 0;
    virtual FileUse use_of(FileId file) const = 0;

    DiskOperation on_file(DiskAction action, FileId file, DiskClient* client,
                          DiskToken token) const;
};

}  // namespace kera
