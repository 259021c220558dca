// Removes files, a few at a time: retention may delete thousands at once. The reactor only; borrows
// the disk. Invariant: at most kInFlightMax removals are in flight. A file that could not be
// removed is removed by the next recovery.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "disk/disk.hpp"

namespace kera {

class FileRemovals final : private DiskClient {
  public:
    static constexpr std::uint32_t kInFlightMax = 16;

    explicit FileRemovals(Disk& disk) noexcept : disk_(disk) {}

    void add(std::string path) {
        left_.push_back(std::move(path));
        start();
    }
    bool finished() const noexcept { return in_flight_ == 0 && left_.empty(); }

  private:
    void start() {
        while (in_flight_ < kInFlightMax && !left_.empty()) {
            ++in_flight_;
            disk_.remove(std::move(left_.front()), *this, 0);
            left_.pop_front();
        }
    }
    void on_disk_done(DiskToken, Result<std::uint64_t>) override {
        --in_flight_;
        start();
    }

    Disk& disk_;
    std::deque<std::string> left_;
    std::uint32_t in_flight_ = 0;
};

}  // namespace kera
