// Carries out disk operations on the kernel's files, at once and blocking.
// Any thread, as long as one file is used by one thread at a time. File descriptors are owned by
// whoever opened them. Invariant: a call that reports success for a durable action has had its
// fsync succeed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "disk/disk.hpp"
#include "disk/folders.hpp"

namespace kera {

// Of the file that replace() writes before it renames it; recovery sweeps up what a crash left.
inline constexpr const char* kAsideSuffix = ".aside";

class PosixFiles {
  public:
    // `root` is where relative paths start; it must exist.
    explicit PosixFiles(std::string root)
        : root_(std::move(root)), folders_(std::make_unique<Folders>(root_)) {}

    const std::string& root() const noexcept { return root_; }

    Result<int> open(const FileSpec& spec) const;
    Result<std::uint64_t> read(int fd, std::uint64_t offset, MutableBytes target) const;
    // `dirty`: whether the file has earlier writes that were not synced; what holds afterwards is
    // left in it.
    Result<std::uint64_t> write(int fd, const DiskOperation& operation, bool& dirty) const;
    Result<void> sync(int fd) const;
    Result<void> truncate(int fd, std::uint64_t bytes) const;

    Result<void> rename_durably(const std::string& from, const std::string& to) const;
    Result<void> replace(const std::string& path, Bytes content) const;
    Result<void> truncate_path(const std::string& path, std::uint64_t bytes) const;
    // Succeeds when there is nothing to remove.
    Result<void> remove(const std::string& path) const;
    Result<void> remove_tree(const std::string& path) const;
    // And makes them stable, whoever made them.
    Result<void> make_folders(const std::string& path) const { return folders_->make(path); }
    Result<MappedFile> map(const std::string& path) const;
    // The file's bytes in memory of our own, with zeros where it cannot be read: what map() falls
    // back to.
    Result<MappedFile> load(int fd, std::size_t bytes) const;
    Result<std::vector<FolderEntry>> list(const std::string& folder) const;
    Result<DiskSpace> space() const;

  private:
    std::string full(const std::string& path) const { return root_ + "/" + path; }
    Result<void> write_all(int fd, Bytes content) const;
    Result<void> write_zeros(int fd, std::uint64_t bytes) const;

    std::string root_;
    std::unique_ptr<Folders> folders_;
};

}  // namespace kera
