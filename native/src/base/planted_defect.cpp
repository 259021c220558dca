#include "base/planted_defect.hpp"

#include <atomic>

namespace kera {

namespace {

// Relaxed: it is set before the threads that read it start, or by the only thread.
std::atomic<PlantedDefect> planted_now{PlantedDefect::none};

}  // namespace

void plant(PlantedDefect defect) noexcept {
    planted_now.store(defect, std::memory_order_relaxed);
}

bool planted(PlantedDefect defect) noexcept {
    return planted_now.load(std::memory_order_relaxed) == defect;
}

}  // namespace kera
