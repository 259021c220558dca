// Slots of sessions, used again with new ids. Belongs to one reactor's thread.
#include "broker/session/session_table.hpp"

#include "base/check.hpp"

namespace kera {

Session& SessionTable::open(Transport& transport, EndpointId endpoint) {
    if (free_.empty()) {
        KERA_ASSERT(slots_.size() < static_cast<std::size_t>(kSlotMask));
        free_.push_back(slots_.size());
        slots_.emplace_back();
    }
    const std::size_t at = free_.back();
    free_.pop_back();
    Slot& slot = slots_[at];
    const std::int64_t id = (std::int64_t{reactor_.value()} << kReactorShift) |
                            (++slot.uses << kUseShift) | static_cast<std::int64_t>(at);
    slot.session = std::make_unique<Session>(ConnectionId(id), transport, endpoint);
    return *slot.session;
}

Session* SessionTable::find(ConnectionId id) noexcept {
    const auto at = static_cast<std::size_t>(id.value() & kSlotMask);
    if (id.value() < 0 || at >= slots_.size()) {
        return nullptr;
    }
    Session* session = slots_[at].session.get();
    return session != nullptr && session->id() == id ? session : nullptr;
}

void SessionTable::close(ConnectionId id) noexcept {
    KERA_ASSERT(find(id) != nullptr);
    const auto at = static_cast<std::size_t>(id.value() & kSlotMask);
    slots_[at].session.reset();
    free_.push_back(at);
}

void SessionTable::close_all() noexcept {
    for (std::size_t at = 0; at < slots_.size(); ++at) {
        if (slots_[at].session != nullptr) {
            slots_[at].session.reset();
            free_.push_back(at);
        }
    }
}

}  // namespace kera
