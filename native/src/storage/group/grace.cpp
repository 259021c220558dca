// Tickets, slots, and the list of what waits. See grace.hpp. Any thread for GracePeriods, the owner
// for a Reclaimer. A reader that comes back (unpark, join) and a ticket that begins both step
// `now_`. The second of them sees what the first has done. So either the reader does not find the
// unlinked object, or the ticket finds the reader's slot.
#include "storage/group/grace.hpp"

#include "base/check.hpp"

namespace kera {

int GracePeriods::join() noexcept {
    for (int slot = 0; slot < kReadersMax; ++slot) {
        std::uint64_t free = kFree;
        if (slots_[static_cast<std::size_t>(slot)].seen.compare_exchange_strong(
                free, kAway, std::memory_order_acq_rel)) {
            unpark(slot);
            return slot;
        }
    }
    KERA_ASSERT(false, kReadersMax);
    return -1;
}

void GracePeriods::leave(int slot) noexcept {
    slots_[static_cast<std::size_t>(slot)].seen.store(kFree, std::memory_order_release);
}

void GracePeriods::pass(int slot) noexcept {
    const std::uint64_t now = now_.load(std::memory_order_acquire);
    slots_[static_cast<std::size_t>(slot)].seen.store(now, std::memory_order_release);
}

void GracePeriods::park(int slot) noexcept {
    slots_[static_cast<std::size_t>(slot)].seen.store(kAway, std::memory_order_release);
}

void GracePeriods::unpark(int slot) noexcept {
    std::atomic<std::uint64_t>& seen = slots_[static_cast<std::size_t>(slot)].seen;
    seen.store(0, std::memory_order_relaxed);
    const std::uint64_t now = now_.fetch_add(1, std::memory_order_acq_rel) + 1;
    seen.store(now, std::memory_order_release);
}

GraceTicket GracePeriods::begin() noexcept {
    return now_.fetch_add(1, std::memory_order_acq_rel) + 1;
}

bool GracePeriods::over(GraceTicket ticket) const noexcept {
    for (const Slot& slot : slots_) {
        if (slot.seen.load(std::memory_order_acquire) < ticket) {
            return false;
        }
    }
    return true;
}

Reclaimer::~Reclaimer() {
    for (const Waiting& waiting : waiting_) {
        KERA_ASSERT(waiting.object->released(), waiting.ticket);
    }
}

void Reclaimer::retire(std::unique_ptr<Reclaimable> object) {
    const GraceTicket ticket = grace_.begin();
    waiting_.push_back({ticket, std::move(object)});
}

std::size_t Reclaimer::reclaim() noexcept {
    if (waiting_.empty()) {
        return 0;
    }
    return std::erase_if(waiting_, [this](const Waiting& waiting) {
        return grace_.over(waiting.ticket) && waiting.object->released();
    });
}

}  // namespace kera
