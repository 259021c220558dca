// What may go wrong between two nodes, in one direction. Connections of whole frames use links;
// packets can use the same links. Thread: the simulation's. Invariant: the same seed and the same
// calls give the same results.
#pragma once

#include <cstdint>

#include "base/random.hpp"
#include "base/units.hpp"

namespace kera {

struct LinkFaults {
    std::int64_t delay_ns_min = 5 * kNanosPerMicro;
    std::int64_t delay_ns_max = 50 * kNanosPerMicro;
    std::uint64_t bytes_per_second = 10'000'000'000;
    std::uint64_t window_bytes = 1024 * 1024;          // sent and not yet taken by the receiver
    double again_chance = 0.0;                         // of a send although there is room
    double break_chance = 0.0;                         // of a connection, at each frame
    std::int64_t release_delay_ns_max = 0;             // of a token, after its frame has arrived
    std::int64_t dead_after_ns = 5 * kNanosPerSecond;  // silence after which a peer counts as dead
};

class SimLink {
  public:
    void set_faults(const LinkFaults& faults) { faults_ = faults; }
    const LinkFaults& faults() const { return faults_; }

    void set_cut(bool cut) { cut_ = cut; }
    bool cut() const { return cut_; }

    // When bytes arrive that are sent now. They wait for the bytes before them, and take their
    // time.
    std::int64_t arrival_ns(std::int64_t now_ns, std::uint64_t bytes, Random& random) {
        const std::int64_t starts_ns = now_ns > free_ns_ ? now_ns : free_ns_;
        const auto takes_ns = static_cast<std::int64_t>(
            bytes * static_cast<std::uint64_t>(kNanosPerSecond) / faults_.bytes_per_second);
        free_ns_ = starts_ns + takes_ns;
        return free_ns_ + random.between(faults_.delay_ns_min, faults_.delay_ns_max);
    }

  private:
    LinkFaults faults_;
    std::int64_t free_ns_ = 0;
    bool cut_ = false;
};

}  // namespace kera
