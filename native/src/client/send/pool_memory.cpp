// When a pool moves, and where to. See pool_memory.hpp.
#include "client/send/pool_memory.hpp"

#include <utility>

#include "client/send/producer_options.hpp"
#include "client/session/loop.hpp"

namespace kera {

bool PoolMemory::is_due() {
    if (!wanted_) {
        return false;
    }
    if (pool_.adopted() && !loop_.session_ready()) {
        wanted_ = false;
        return false;
    }
    return !pool_.is_moving();
}

bool PoolMemory::move() {
    wanted_ = false;
    const std::uint64_t bytes_min = ProducerOptions::kBuffersMin * pool_.chunk_bytes();
    PoolRegion::Release release;
    const MutableBytes memory =
        loop_.send_memory().lend(bytes_min, pool_.options().memory_bytes, release);
    const bool first = !pool_.adopted();
    if (!memory.empty()) {
        pool_.adopt(memory, std::move(release));
    } else if (first) {
        pool_.adopt_own_memory();
    } else {
        return false;
    }
    region_ += first ? 0U : 1U;
    return true;
}

}  // namespace kera
