#include "base/planted_defect.hpp"

#include <atomic>

namespace kera {

namespace {

// Relaxed: set before the threads that ask begin, or by the only one.
std::atomic<PlantedDefect> planted_now{PlantedDefect::none};

}  // namespace

void plant(PlantedDefect defect) noexcept {
    planted_now.store(defect, std::memory_order_relaxed);
}

bool planted(PlantedDefect defect) noexcept {
    return planted_now.load(std::memory_order_relaxed) == defect;
}

}  // namespace kera
