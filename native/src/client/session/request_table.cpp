// Opens, answers and expires requests. See request_table.hpp.
#include "client/session/request_table.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace kera {

namespace {

constexpr int kSlotBits = 16;

}  // namespace

void RequestTable::set_capacity(std::uint32_t capacity) {
    capacity_ = std::clamp(capacity, 1U, kCapacityMax);
    while (slots_.size() < capacity_) {
        free_.push_back(static_cast<std::uint32_t>(slots_.size()));
        slots_.emplace_back();
    }
}

std::int64_t RequestTable::open(const Request& request) {
    KERA_ASSERT(room() > 0 && !free_.empty());
    const std::uint32_t index = free_.back();
    free_.pop_back();
    Slot& slot = slots_[index];
    slot.request = request;
    slot.open = true;
    // Forty-seven bits of uses: a correlation id is never negative and not repeated in practice.
    slot.use = (slot.use + 1) & ((std::int64_t{1} << (63 - kSlotBits)) - 1);
    ++in_flight_;
    earliest_ns_ = std::min(earliest_ns_, request.deadline_ns);
    return (slot.use << kSlotBits) | static_cast<std::int64_t>(index);
}

void RequestTable::free_slot(std::uint32_t index) noexcept {
    slots_[index].open = false;
    free_.push_back(index);
    if (--in_flight_ == 0) {
        earliest_ns_ = kNever;
    }
}

bool RequestTable::close(std::int64_t correlation_id, Request& out) {
    if (correlation_id < 0) {
        return false;
    }
    const auto index = static_cast<std::uint32_t>(correlation_id & (kCapacityMax - 1));
    if (index >= slots_.size() || !slots_[index].open ||
        slots_[index].use != correlation_id >> kSlotBits) {
        return false;
    }
    out = slots_[index].request;
    free_slot(index);
    return true;
}

int RequestTable::expire(std::int64_t now_ns) {
    if (now_ns < earliest_ns_) {
        return 0;
    }
    int expired = 0;
    earliest_ns_ = kNever;
    for (std::uint32_t index = 0; index < slots_.size(); ++index) {
        Slot& slot = slots_[index];
        if (!slot.open) {
            continue;
        }
        if (slot.request.deadline_ns > now_ns) {
            earliest_ns_ = std::min(earliest_ns_, slot.request.deadline_ns);
            continue;
        }
        const Request late = slot.request;
        free_slot(index);
        ++expired;
        late.owner->on_request_failed(
            late.cookie,
            Error{ErrorCode::timed_out, "request_deadline_ns", late.deadline_ns, now_ns}, 0);
    }
    return expired;
}

void RequestTable::fail_all(const Error& why) {
    for (std::uint32_t index = 0; index < slots_.size(); ++index) {
        if (slots_[index].open) {
            const Request lost = slots_[index].request;
            free_slot(index);
            lost.owner->on_request_failed(lost.cookie, why, 0);
        }
    }
}

void RequestTable::forget(const RequestOwner& owner) {
    for (std::uint32_t index = 0; index < slots_.size(); ++index) {
        if (slots_[index].open && slots_[index].request.owner == &owner) {
            free_slot(index);
        }
    }
}

}  // namespace kera
