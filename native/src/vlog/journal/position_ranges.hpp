// Ranges of positions that are not needed any more, in their order. One thread; a plain value.
// Invariant: ranges are not empty and do not touch each other.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "wire/file/journal_layout.hpp"

namespace kera {

class PositionRanges {
  public:
    PositionRanges() = default;
    // REQUIRES: in their order, as decode_freed() gives them.
    explicit PositionRanges(const std::vector<PositionRange>& ranges) {
        for (const PositionRange& range : ranges) {
            add(range);
        }
    }

    std::span<const PositionRange> all() const noexcept { return ranges_; }

    void add(PositionRange range) {
        if (range.first >= range.end) {
            return;
        }
        const auto touched =
            std::ranges::lower_bound(ranges_, range.first, {}, &PositionRange::end);
        auto behind = touched;
        for (; behind != ranges_.end() && behind->first <= range.end; ++behind) {
            range.first = std::min(range.first, behind->first);
            range.end = std::max(range.end, behind->end);
        }
        ranges_.insert(ranges_.erase(touched, behind), range);
    }
    // Whether every position in it is in here.
    bool cover(const PositionRange& range) const noexcept {
        const auto found = std::ranges::upper_bound(ranges_, range.first, {}, &PositionRange::end);
        return range.first >= range.end ||
               (found != ranges_.end() && found->first <= range.first && found->end >= range.end);
    }

  private:
    std::vector<PositionRange> ranges_;
};

}  // namespace kera
