// The sessions of one reactor. Belongs to its thread and owns them. A ConnectionId has the reactor,
// the slot and how often the slot was used, so that a late answer finds no other session.
// Invariant: an id is never given twice while the core runs.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/ids.hpp"
#include "broker/session/session.hpp"

namespace kera {

class SessionTable {
  public:
    explicit SessionTable(ReactorId reactor) noexcept : reactor_(reactor) {}

    Session& open(Transport& transport, EndpointId endpoint);
    // Null when the session has ended.
    Session* find(ConnectionId id) noexcept;
    void close(ConnectionId id) noexcept;
    // REQUIRES: the transports are destroyed.
    void close_all() noexcept;
    template <class Visit>
    void for_each(Visit&& visit) {
        for (Slot& slot : slots_) {
            if (slot.session != nullptr) {
                visit(*slot.session);
            }
        }
    }
    std::size_t size() const noexcept { return slots_.size() - free_.size(); }

    static ReactorId reactor_of(ConnectionId id) noexcept {
        return ReactorId(static_cast<std::int32_t>(id.value() >> kReactorShift));
    }

  private:
    static constexpr unsigned kReactorShift = 56;
    static constexpr unsigned kUseShift = 20;
    static constexpr std::int64_t kSlotMask = (std::int64_t{1} << kUseShift) - 1;

    struct Slot {
        std::unique_ptr<Session> session;
        std::int64_t uses = 0;
    };

    ReactorId reactor_;
    std::vector<Slot> slots_;
    std::vector<std::size_t> free_;
};

}  // namespace kera
