// A small seeded generator (xoshiro256**). The same seed gives the same run on every machine and
// compiler. One thread per generator. Not for secrets.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <limits>

#include "base/check.hpp"

namespace kera {

class Random {
  public:
    using result_type = std::uint64_t;

    explicit Random(std::uint64_t seed) noexcept {
        // splitmix64 spreads any seed, zero included, so that the state is never all zero.
        for (std::uint64_t& word : state_) {
            seed += 0x9E3779B97F4A7C15ULL;
            std::uint64_t mixed = seed;
            mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9ULL;
            mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBULL;
            word = mixed ^ (mixed >> 31);
        }
    }

    std::uint64_t next() noexcept {
        const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
        const std::uint64_t shifted = state_[1] << 17;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= shifted;
        state_[3] = std::rotl(state_[3], 45);
        return result;
    }

    // Uniform in [0, bound). REQUIRES: bound > 0.
    std::uint64_t below(std::uint64_t bound) noexcept {
        KERA_ASSERT(bound > 0);
        // Values below `rejected` would make small remainders more frequent.
        const std::uint64_t rejected = (0 - bound) % bound;
        std::uint64_t drawn = next();
        while (drawn < rejected) {
            drawn = next();
        }
        return drawn % bound;
    }

    // Uniform in [low, high], both included.
    std::int64_t between(std::int64_t low, std::int64_t high) noexcept {
        KERA_ASSERT(low <= high, low, high);
        const std::uint64_t span =
            static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
        const std::uint64_t drawn =
            span == std::numeric_limits<std::uint64_t>::max() ? next() : below(span + 1);
        return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + drawn);
    }

    // True with the given probability, 0.0 to 1.0.
    bool chance(double probability) noexcept {
        return static_cast<double>(next() >> 11) * 0x1.0p-53 < probability;
    }

    // For std::shuffle and the standard distributions.
    std::uint64_t operator()() noexcept { return next(); }
    static constexpr std::uint64_t min() noexcept { return 0; }
    static constexpr std::uint64_t max() noexcept {
        return std::numeric_limits<std::uint64_t>::max();
    }

  private:
    std::array<std::uint64_t, 4> state_{};
};

}  // namespace kera
