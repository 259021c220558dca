// Which reactor owns which lane. Any thread: a pure function of ids and the number of reactors.
// Invariant: the lanes of one streamlet are spread over the reactors, and so are the first lanes of
// all streamlets.
#pragma once

#include <cstdint>
#include <functional>

#include "base/ids.hpp"

namespace kera {

class LaneOwners {
  public:
    explicit LaneOwners(std::int32_t reactor_count) noexcept
        : reactor_count_(static_cast<std::uint64_t>(reactor_count)) {}

    ReactorId of(StreamId stream, StreamletId streamlet, LaneId lane) const noexcept {
        const std::uint64_t first =
            (std::hash<StreamId>{}(stream) >> 32U) + static_cast<std::uint64_t>(streamlet.value());
        return ReactorId(static_cast<std::int32_t>((first + lane.value()) % reactor_count_));
    }

  private:
    std::uint64_t reactor_count_;
};

}  // namespace kera
