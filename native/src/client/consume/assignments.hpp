// The streamlets that a consumer reads, as its application sees them, and how far each was read.
// Thread: the application's. Invariant: an assignment keeps its index, also when it is given up, so
// that what is on its way can be told from what was asked for since.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/ids.hpp"
#include "client/consume/consumer_options.hpp"

namespace kera {

struct StreamletRef {
    StreamId stream;
    StreamletId streamlet;
    friend bool operator==(const StreamletRef&, const StreamletRef&) = default;
};

struct Assignment {
    StreamletRef streamlet;
    StartAt start;
    // Changes with every seek, pause and resume: what was asked for before is dropped.
    std::uint32_t generation = 0;
    // Of the next record; none before the first one of a start that is not an offset.
    std::optional<Offset> position;
    // Where the readable records ended when the last answer was given.
    std::optional<Offset> readable_head;
    bool assigned = false;
    bool paused = false;
};

class Assignments {
  public:
    // Null: never assigned.
    Assignment* find(const StreamletRef& streamlet) noexcept {
        for (Assignment& one : assignments_) {
            if (one.streamlet == streamlet) {
                return &one;
            }
        }
        return nullptr;
    }
    const Assignment* find(const StreamletRef& streamlet) const noexcept {
        return const_cast<Assignments*>(this)->find(streamlet);
    }
    Assignment& add(const StreamletRef& streamlet) {
        return assignments_.emplace_back(Assignment{streamlet, {}, 0, {}, {}, false, false});
    }
    Assignment& operator[](std::uint32_t index) noexcept { return assignments_[index]; }
    std::uint32_t index_of(const Assignment& one) const noexcept {
        return static_cast<std::uint32_t>(&one - assignments_.data());
    }

  private:
    std::vector<Assignment> assignments_;
};

}  // namespace kera
