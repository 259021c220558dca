// Keeps a peer from filling the log: one line passes per second, and it states how many were
// suppressed since the line before. Thread: its owner's.
#pragma once

#include <cstdint>
#include <optional>

#include "base/units.hpp"

namespace kera {

class RareLine {
  public:
    // The number of lines suppressed since the last line that passed; nothing: suppress this one,
    // too.
    std::optional<std::uint64_t> pass(std::int64_t now_ns) {
        if (passed_ && now_ns - passed_at_ns_ < kNanosPerSecond) {
            ++held_back_;
            return std::nullopt;
        }
        passed_ = true;
        passed_at_ns_ = now_ns;
        const std::uint64_t held_back = held_back_;
        held_back_ = 0;
        return held_back;
    }

  private:
    std::int64_t passed_at_ns_ = 0;
    std::uint64_t held_back_ = 0;
    bool passed_ = false;
};

}  // namespace kera
