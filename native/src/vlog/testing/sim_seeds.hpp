// How many seeds a simulation in a test runs: KERA_SIM_SEEDS, or 200.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace kera {

inline std::uint64_t sim_seeds() {
    const char* text = std::getenv("KERA_SIM_SEEDS");
    const std::uint64_t seeds = text == nullptr ? 0 : std::strtoull(text, nullptr, 10);
    return seeds == 0 ? 200 : seeds;
}

}  // namespace kera
