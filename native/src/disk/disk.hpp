// Files, asynchronously: a call starts an operation, poll() completes it. Thread: one (a
// reactor's). Spans, and the memory that they name, are borrowed until the completion. Invariants:
// operations on one file run in the order in which they were started; each completes exactly once,
// inside poll() or drain(); a durable write also makes every earlier write of its file durable.
// Only reads of files that were opened for reading may overtake each other. Paths are relative to
// the disk's root.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "disk/direct_buffer.hpp"
#include "disk/mapped_file.hpp"

namespace kera {

using DiskToken = std::uint64_t;

enum class FileId : std::int32_t { none = -1 };

// Files of one use share a queue. So the journal never waits behind settings. Files for `reading`
// are opened with OpenMode::read. Several of their reads run at the same time, also of one file.
enum class FileUse : std::uint8_t { journal, other, reading };
inline constexpr std::size_t kFileUses = 3;
// Reads that run at the same time. Who reads much keeps so many started.
inline constexpr std::size_t kReadsAtOnce = 4;

enum class OpenMode : std::uint8_t {
    read,     // must exist
    write,    // must exist
    scratch,  // made with its folders, or emptied; this is not durable, durable writes to it are
    create,   // must not exist; missing folders are made; file and folders are durable once
              // completed
};

enum class Durability : std::uint8_t { buffered, durable };

struct FileSpec {
    std::string path;
    OpenMode mode = OpenMode::read;
    FileUse use = FileUse::other;
    // With `create`: so many zero bytes are written and synced. Later syncs then change no
    // metadata.
    std::uint64_t zeroed_bytes = 0;
    // Reads and writes bypass the page cache where the file system can do that (see
    // Disk::direct_files()). REQUIRES, also where it cannot: `zeroed_bytes`, all offsets, and the
    // address and length of each span are multiples of kDirectBlockBytes. The length of the file
    // need not be one: a read at its end is short.
    bool direct = false;
};

// Whether the file system lets direct files bypass the page cache. `taken` can still become
// `refused`, at a read or write; `refused` stays.
enum class DirectFiles : std::uint8_t { untried, taken, refused };

struct OpenedFile {
    FileUse use = FileUse::other;
    bool direct = false;
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

// What a client is told of an operation that counts no bytes.
inline Result<std::uint64_t> nothing_counted(const Result<void>& result) {
    if (!result.ok()) {
        return result.error();
    }
    return std::uint64_t{0};
}

// Who started an operation. REQUIRES: it outlives its operations (see Disk::drain()).
class DiskClient {
  public:
    // `done`: for open the FileId; for reads (short at the file's end) and writes (never short) the
    // bytes; otherwise 0.
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
    FileUse use = FileUse::other;
    bool direct = false;  // the file is
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

    // Opening, renaming and removing run in the segment queue, whatever the file's use is.
    void open(FileSpec spec, DiskClient& client, DiskToken token);
    void rename_durably(std::string from, std::string to, DiskClient& client, DiskToken token);
    void remove(std::string path, DiskClient& client, DiskToken token);
    void remove_tree(std::string path, DiskClient& client, DiskToken token);
    // The file holds all of `content`, or is as it was. A new file is written, synced, and renamed
    // over the old one; then the folder is synced.
    void replace(std::string path, std::vector<std::byte> content, DiskClient& client,
                 DiskToken token);

    void write_at(FileId file, std::uint64_t offset, std::span<const Bytes> sources,
                  Durability durability, DiskClient& client, DiskToken token);
    void read_at(FileId file, std::uint64_t offset, MutableBytes target, DiskClient& client,
                 DiskToken token);
    void sync(FileId file, DiskClient& client, DiskToken token);
    void truncate(FileId file, std::uint64_t bytes, DiskClient& client, DiskToken token);
    // Runs after the operations before it and reports nothing. The id is invalid from here on.
    void close(FileId file);

    // Completes what has finished; returns how much that was.
    virtual int poll() = 0;
    // Blocks until everything in flight has completed. Call it before clients are destroyed.
    virtual void drain() = 0;
    virtual std::size_t in_flight() const noexcept = 0;
    // When poll() will have something to do, for a disk in virtual time; otherwise INT64_MAX.
    virtual std::int64_t next_deadline_ns() const noexcept = 0;
    // Readable when poll() has something to do after prepare_park() has returned true; -1 for a
    // disk in virtual time.
    virtual int park_fd() const noexcept = 0;
    // False when poll() has something to do already.
    virtual bool prepare_park() noexcept = 0;

    // The same, blocking: for start-up, recovery and tools.
    virtual Result<MappedFile> map(const std::string& path) = 0;
    // The entries, sorted by name; none when the folder does not exist.
    virtual Result<std::vector<FolderEntry>> list(const std::string& folder) = 0;
    virtual Result<void> make_folders_now(const std::string& path) = 0;
    virtual Result<void> replace_now(const std::string& path, Bytes content) = 0;
    virtual Result<void> truncate_now(const std::string& path, std::uint64_t bytes) = 0;
    virtual Result<void> rename_now(const std::string& from, const std::string& to) = 0;
    virtual Result<void> remove_now(const std::string& path) = 0;
    virtual Result<void> remove_tree_now(const std::string& path) = 0;
    virtual Result<DiskSpace> space() const = 0;
    virtual DirectFiles direct_files() const noexcept = 0;

  private:
    virtual void start(DiskOperation&& operation) = 0;
    virtual OpenedFile opened(FileId file) const = 0;

    DiskOperation on_file(DiskAction action, FileId file, DiskClient* client,
                          DiskToken token) const;
};

}  // namespace kera
