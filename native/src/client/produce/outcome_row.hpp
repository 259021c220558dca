// How many chunks have their outcome, in the order in which they were closed, up to the first one
// that has none. Outcomes come in any order. Thread: the loop's; get() is for any. Owns nothing.
#pragma once

#include <cstdint>
#include <deque>

#include "base/check.hpp"
#include "client/send/stat_counter.hpp"

namespace kera {

class OutcomeRow {
  public:
    // So many chunks have one, and none before them is without.
    std::uint64_t get() const noexcept { return in_row_.get(); }

    // The chunk that was closed after so many others has its outcome. Once for each.
    void add(std::uint64_t closed_before) {
        KERA_ASSERT(closed_before >= in_row_.get(), closed_before);
        const std::uint64_t at = closed_before - in_row_.get();
        if (at >= later_.size()) {
            later_.resize(at + 1, false);
        }
        later_[at] = true;
        while (!later_.empty() && later_.front()) {
            later_.pop_front();
            in_row_.add(1);
        }
    }

  private:
    StatCounter in_row_;
    // Of those behind the row, which have one.
    std::deque<bool> later_;
};

}  // namespace kera
