// Makes folders, and makes sure that they exist after a power cut.
// Any thread. Remembers which folders below its root it has synced, so that each costs one sync in
// a process's life. Invariant: a folder that existed before is not taken for stable: whoever made
// it may have died before its sync.
#pragma once

#include <mutex>
#include <set>
#include <string>

#include "base/result.hpp"

namespace kera {

class Folders {
  public:
    // Relative paths start at `root`.
    explicit Folders(std::string root) : root_(std::move(root)) {}

    // Makes the root itself, and the folders above it.
    Result<void> make_root() const;
    // `path` is relative; empty for the root.
    Result<void> make(const std::string& path);
    // Syncs the folder in which `path`, relative, lies: its entries are stable from here on.
    Result<void> sync_folder_of(const std::string& path) const;
    // A folder is removed with everything in it.
    void forget(const std::string& path);

  private:
    bool is_stable(const std::string& path);
    Result<void> make_one(const std::string& path);

    const std::string root_;
    std::mutex mutex_;
    // Guarded by mutex_.
    std::set<std::string> stable_;
};

// "a/b" for "a/b/c"; empty where there is no slash.
std::string folder_of(const std::string& path);

}  // namespace kera
