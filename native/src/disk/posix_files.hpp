// Carries out disk operations on the kernel's files, at once and blocking.
// Any thread, as long as one file is used by one thread at a time; reads may run beside reads.
// Whoever opens a file owns its descriptor. Invariant: when a call reports success for a durable
// action, its sync has succeeded.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "disk/direct_io.hpp"
#include "disk/disk.hpp"
#include "disk/folders.hpp"

namespace kera {

// Of the file that replace() writes and then renames. Recovery deletes those that a crash left.
inline constexpr const char* kAsideSuffix = ".aside";

class PosixFiles {
  public:
    // Relative paths start at `root`, which must exist.
    explicit PosixFiles(std::string root)
        : root_(std::move(root)),
          folders_(std::make_unique<Folders>(root_)),
          direct_(std::make_unique<DirectIo>()) {}

    const std::string& root() const noexcept { return root_; }

    Result<int> open(const FileSpec& spec) const;
    Result<std::uint64_t> read(int fd, std::uint64_t offset, MutableBytes target) const;
    // `dirty`: the file has earlier writes that were not synced. The call updates it.
    Result<std::uint64_t> write(int fd, const DiskOperation& operation, bool& dirty) const;
    Result<void> sync(int fd) const;
    Result<void> truncate(int fd, std::uint64_t bytes) const;

    Result<void> rename_durably(const std::string& from, const std::string& to) const;
    Result<void> replace(const std::string& path, Bytes content) const;
    Result<void> truncate_path(const std::string& path, std::uint64_t bytes) const;
    // Succeeds when there is nothing to remove.
    Result<void> remove(const std::string& path) const;
    Result<void> remove_tree(const std::string& path) const;
    // Makes them stable as well, also those that existed before.
    Result<void> make_folders(const std::string& path) const { return folders_->make(path); }
    Result<MappedFile> map(const std::string& path) const;
    // The file's bytes in memory of our own, with zeros where the file cannot be read. map() does
    // so when it cannot map the file.
    Result<MappedFile> load(int fd, std::size_t bytes) const;
    Result<std::vector<FolderEntry>> list(const std::string& folder) const;
    Result<DiskSpace> space() const;
    DirectFiles direct_files() const noexcept { return direct_->state(); }

  private:
    std::string full(const std::string& path) const { return root_ + "/" + path; }

    std::string root_;
    std::unique_ptr<Folders> folders_;
    std::unique_ptr<DirectIo> direct_;
};

}  // namespace kera
