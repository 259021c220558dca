// The connections of a transport by their ids. An id holds the connection's slot and how many
// connections were made before it: so it is found at once and never names another connection.
// Thread: the transport's. Owns its connections. Invariant: a connection stays where it is until
// sweep(), which is called when nobody uses one.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "transport/endpoint.hpp"

namespace kera {

template <class Connection>
class EndpointTable {
  public:
    // The id under which add() will put the next connection.
    EndpointId next_id() const {
        const std::size_t slot = free_.empty() ? slots_.size() : free_.back();
        return EndpointId(((made_ + 1) << kSlotBits) | static_cast<std::int64_t>(slot));
    }

    Connection& add(std::unique_ptr<Connection> connection) {
        const EndpointId id = next_id();
        KERA_ASSERT(connection->id == id, id);
        const std::size_t slot = slot_of(id);
        KERA_ASSERT(slot < (std::size_t{1} << kSlotBits), slot);
        if (free_.empty()) {
            slots_.emplace_back();
        } else {
            free_.pop_back();
        }
        ++made_;
        ++size_;
        slots_[slot] = std::move(connection);
        return *slots_[slot];
    }

    Connection* find(EndpointId id) const {
        const std::size_t slot = slot_of(id);
        if (slot >= slots_.size() || slots_[slot] == nullptr || slots_[slot]->id != id) {
            return nullptr;
        }
        return slots_[slot].get();
    }

    // The next sweep() frees it. REQUIRES: it is in the table and has not ended yet.
    void end(EndpointId id) {
        KERA_ASSERT(find(id) != nullptr, id);
        ended_.push_back(id);
    }

    bool any_ended() const { return !ended_.empty(); }

    void sweep() {
        for (const EndpointId id : ended_) {
            slots_[slot_of(id)].reset();
            free_.push_back(slot_of(id));
            --size_;
        }
        ended_.clear();
    }

    std::size_t size() const { return size_; }

    // `action` must neither add nor sweep.
    template <class Action>
    void for_each(Action&& action) const {
        for (const auto& slot : slots_) {
            if (slot != nullptr) {
                action(*slot);
            }
        }
    }

  private:
    static constexpr int kSlotBits = 20;

    static std::size_t slot_of(EndpointId id) {
        return static_cast<std::size_t>(id.value()) & ((std::size_t{1} << kSlotBits) - 1);
    }

    std::vector<std::unique_ptr<Connection>> slots_;
    std::vector<std::size_t> free_;
    std::vector<EndpointId> ended_;
    std::int64_t made_ = 0;
    std::size_t size_ = 0;
};

}  // namespace kera
