// What a simulated disk holds: what was written, which of it is stable, and what a power cut makes
// of the rest. One thread. Outlives the SimDisks of the simulated processes. Invariants: a crash
// keeps all synced bytes; of unsynced bytes it keeps or loses each 512-byte sector by itself; of
// unsynced changes of names it keeps the first few.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "disk/disk.hpp"

namespace kera {

inline constexpr std::uint64_t kSimSectorBytes = 512;

class SimFile {
  public:
    Bytes bytes() const noexcept { return now_; }
    std::uint64_t size() const noexcept { return now_.size(); }

    void write(std::uint64_t offset, Bytes source);
    // Past the page cache, into that of the device. It may make what was written before stable
    // whenever it likes: so an unsynced sector that is written again can be any of its versions
    // after a crash.
    void write_direct(std::uint64_t offset, Bytes source, Random& random);
    // A write that never becomes stable. It is seen until a crash, because the page cache has it.
    void lose_write(std::uint64_t offset, Bytes source);
    // The same of a direct file: it is never seen. The file becomes as long as if it had arrived.
    void lose_direct_write(std::uint64_t end);
    // Short at the end of the file. disk_failed: the bytes were spoiled.
    Result<std::uint64_t> read(std::uint64_t offset, MutableBytes target) const;
    // All bytes, with zeros where they were spoiled.
    std::vector<std::byte> readable() const;
    void truncate(std::uint64_t bytes);
    void sync();
    // As on Linux: only some of the unsynced bytes arrive, and the others never will, because their
    // pages count as clean from here on.
    void fail_sync(Random& random);
    void crash(Random& random);

    // Damage of what is stable, too: a bit is wrong; bytes cannot be read.
    void flip_bit(std::uint64_t bit);
    // Other bytes are there, as far as the file reaches.
    void overwrite(std::uint64_t offset, Bytes source);
    // Until they are written again: a device puts others in the place of bad sectors.
    void spoil(std::uint64_t offset, std::uint64_t bytes);

  private:
    struct Extent {
        std::uint64_t offset;
        std::uint64_t bytes;
    };
    void heal(std::uint64_t offset, std::uint64_t end);
    void keep_some(Random& random);
    void keep(const Extent& extent);
    // What waits for its sync between the two offsets is stable from here on.
    void keep_now(std::uint64_t offset, std::uint64_t end);

    std::vector<std::byte> now_;
    std::vector<std::byte> stable_;
    std::vector<Extent> unsynced_;
    std::vector<Extent> spoiled_;
};

class SimMedia {
  public:
    // Writes beyond the capacity fail with disk_full.
    explicit SimMedia(std::uint64_t capacity_bytes = UINT64_MAX / 2) noexcept
        : capacity_bytes_(capacity_bytes) {}

    std::shared_ptr<SimFile> find(const std::string& path) const;
    std::shared_ptr<SimFile> create(const std::string& path);
    void rename(const std::string& from, const std::string& to);
    void remove(const std::string& path);
    void remove_tree(const std::string& folder);
    void sync_names();

    std::vector<FolderEntry> list(const std::string& folder) const;
    std::vector<std::string> paths() const;
    std::uint64_t used_bytes() const;
    std::uint64_t capacity_bytes() const noexcept { return capacity_bytes_; }
    void set_capacity_bytes(std::uint64_t bytes) noexcept { capacity_bytes_ = bytes; }

    // A power cut: unsynced bytes are lost, kept, or kept in part.
    void crash(Random& random);

  private:
    using Names = std::map<std::string, std::shared_ptr<SimFile>>;
    struct NameChange {
        std::string from;  // removed, when there
        std::string to;    // set to `file`, when not empty
        std::shared_ptr<SimFile> file;
    };
    void change(NameChange change);
    static void apply(const NameChange& change, Names& names);

    Names now_;
    Names stable_;
    std::vector<NameChange> unsynced_;
    std::uint64_t capacity_bytes_;
};

}  // namespace kera
