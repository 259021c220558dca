// A file that holds chunks of segments: where it is, and how much of it is still needed. Any
// thread. Shared by whoever writes the file and by the segments with chunks in it. Invariant: once
// nothing in it is needed, nothing ever is again: only who has a part of it can pass that on.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "base/check.hpp"

namespace kera {

// Steps whenever nothing in some file is needed any more, so that nobody has to look at each.
using EmptiedFiles = std::atomic<std::uint64_t>;

class LogFile {
  public:
    // `path` is relative to the data folder.
    LogFile(std::string path, std::shared_ptr<EmptiedFiles> emptied)
        : path_(std::move(path)), emptied_(std::move(emptied)) {}
    LogFile(const LogFile&) = delete;
    LogFile& operator=(const LogFile&) = delete;

    const std::string& path() const noexcept { return path_; }
    std::int64_t needed_bytes() const noexcept {
        return needed_bytes_.load(std::memory_order_acquire);
    }

    // Something in it could not be read, or was not as it was written: the place is not to be used
    // again.
    void note_damage() noexcept { is_damaged_.store(true, std::memory_order_relaxed); }
    bool is_damaged() const noexcept { return is_damaged_.load(std::memory_order_relaxed); }

    void need(std::int64_t bytes) noexcept {
        needed_bytes_.fetch_add(bytes, std::memory_order_relaxed);
    }
    // Release: what was read from the file before this is read before the file goes.
    void need_no_more(std::int64_t bytes) noexcept {
        const std::int64_t before = needed_bytes_.fetch_sub(bytes, std::memory_order_acq_rel);
        KERA_ASSERT(before >= bytes, before, bytes);
        if (before == bytes) {
            emptied_->fetch_add(1, std::memory_order_release);
        }
    }

  private:
    const std::string path_;
    const std::shared_ptr<EmptiedFiles> emptied_;
    std::atomic<std::int64_t> needed_bytes_{0};
    std::atomic<bool> is_damaged_{false};
};

}  // namespace kera
