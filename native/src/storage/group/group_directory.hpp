// The groups of a lane by id, found with one load and one mask. The lane's owner adds at the end
// and removes at the front; any thread finds. Owns the groups until they are removed; then the
// owner's Reclaimer does, since readers may still hold them. Invariants: ids are dense, first() <=
// id < end(); a group that was found stays valid until the finder's next pass().
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "storage/group/grace.hpp"
#include "storage/group/group.hpp"

namespace kera {

class GroupDirectory {
  public:
    explicit GroupDirectory(Reclaimer& reclaimer) noexcept : reclaimer_(reclaimer) {}
    // REQUIRES: no reader runs, and nothing is leased.
    ~GroupDirectory();
    GroupDirectory(const GroupDirectory&) = delete;
    GroupDirectory& operator=(const GroupDirectory&) = delete;

    // --- owner
    // REQUIRES: group->id() == end(), or any id while the directory is empty.
    Group& add(std::unique_ptr<Group> group);
    // Unlinks first() and retires it.
    void remove_first();

    // --- any thread
    GroupId first() const noexcept { return GroupId(first_.load(std::memory_order_acquire)); }
    GroupId end() const noexcept { return GroupId(end_.load(std::memory_order_acquire)); }
    bool empty() const noexcept { return first() == end(); }
    // Null when it was removed, or is not there yet.
    Group* find(GroupId id) const noexcept;

  private:
    struct Table final : Reclaimable {
        explicit Table(std::uint32_t capacity)
            : mask(capacity - 1), slots(std::make_unique<std::atomic<Group*>[]>(capacity)) {}
        bool released() const noexcept override { return true; }

        const std::uint32_t mask;
        const std::unique_ptr<std::atomic<Group*>[]> slots;
    };

    std::uint32_t size_owned() const noexcept;
    void grow();

    Reclaimer& reclaimer_;
    // Release in add() and grow() pairs with acquire in find() and end().
    std::atomic<Table*> table_{nullptr};
    std::atomic<std::int32_t> first_{0};
    std::atomic<std::int32_t> end_{0};
};

inline Group* GroupDirectory::find(GroupId id) const noexcept {
    if (id >= end() || id.value() < 0) {
        return nullptr;
    }
    const Table* table = table_.load(std::memory_order_acquire);
    Group* group = table->slots[static_cast<std::uint32_t>(id.value()) & table->mask].load(
        std::memory_order_acquire);
    return group != nullptr && group->id() == id ? group : nullptr;
}

}  // namespace kera
