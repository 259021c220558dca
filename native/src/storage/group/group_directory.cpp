// Adding, removing and growing. See group_directory.hpp. Runs on the lane's owner. Meanwhile find()
// runs on any thread, and may read a table that was replaced.
#include "storage/group/group_directory.hpp"

#include "base/check.hpp"

namespace kera {

namespace {
constexpr std::uint32_t kTableCapacityMin = 4;
}  // namespace

GroupDirectory::~GroupDirectory() {
    const std::unique_ptr<Table> table(table_.load(std::memory_order_relaxed));
    for (GroupId id = first(); id < end(); id = id.next()) {
        const std::unique_ptr<Group> group(find(id));
        KERA_ASSERT(group->released(), id);
    }
}

std::uint32_t GroupDirectory::size_owned() const noexcept {
    return static_cast<std::uint32_t>(end_.load(std::memory_order_relaxed) -
                                      first_.load(std::memory_order_relaxed));
}

Group& GroupDirectory::add(std::unique_ptr<Group> group) {
    const std::int32_t id = group->id().value();
    if (size_owned() == 0) {
        // After a recovery the first group may have any number.
        KERA_ASSERT(id >= end_.load(std::memory_order_relaxed), id);
        first_.store(id, std::memory_order_release);
    } else {
        KERA_ASSERT(id == end_.load(std::memory_order_relaxed), id);
    }
    const Table* table = table_.load(std::memory_order_relaxed);
    if (table == nullptr || size_owned() > table->mask) {
        grow();
        table = table_.load(std::memory_order_relaxed);
    }
    Group* added = group.release();
    table->slots[static_cast<std::uint32_t>(id) & table->mask].store(added,
                                                                     std::memory_order_release);
    end_.store(id + 1, std::memory_order_release);
    return *added;
}

void GroupDirectory::remove_first() {
    const std::int32_t id = first_.load(std::memory_order_relaxed);
    KERA_ASSERT(size_owned() > 0, id);
    const Table* table = table_.load(std::memory_order_relaxed);
    std::atomic<Group*>& slot = table->slots[static_cast<std::uint32_t>(id) & table->mask];
    std::unique_ptr<Group> group(slot.exchange(nullptr, std::memory_order_acq_rel));
    first_.store(id + 1, std::memory_order_release);
    reclaimer_.retire(std::move(group));
}

void GroupDirectory::grow() {
    Table* before = table_.load(std::memory_order_relaxed);
    const std::uint32_t capacity = before == nullptr ? kTableCapacityMin : (before->mask + 1) * 2;
    auto after = std::make_unique<Table>(capacity);
    for (std::int32_t id = first_.load(std::memory_order_relaxed);
         id < end_.load(std::memory_order_relaxed); ++id) {
        const auto key = static_cast<std::uint32_t>(id);
        after->slots[key & after->mask].store(
            before->slots[key & before->mask].load(std::memory_order_relaxed),
            std::memory_order_relaxed);
    }
    table_.store(after.release(), std::memory_order_release);
    if (before != nullptr) {
        reclaimer_.retire(std::unique_ptr<Reclaimable>(before));
    }
}

}  // namespace kera
