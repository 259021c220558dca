#include "vlog/tail/journal_tail.hpp"

#include <algorithm>
#include <atomic>
#include <bit>

#include "base/check.hpp"
#include "wire/frame/message_limits.hpp"

namespace kera {

namespace {

constexpr std::uint64_t kOwnEntriesMax = 64;

std::int64_t end_of(const TailSlot& slot) noexcept {
    return slot.position + kJournalEntryHeaderBytes + slot.body_bytes;
}

// A process that is killed has run its instructions in their order up to some point, so it is
// enough that the compiler keeps this one behind those before it.
void publish(std::uint64_t* count, std::uint64_t value) noexcept {
    std::atomic_ref<std::uint64_t>(*count).store(value, std::memory_order_release);
}

}  // namespace

void JournalTail::push_chunk(Position position, Bytes chunk) noexcept {
    const std::int64_t where = chunk.data() - chunks_.data();
    KERA_ASSERT(where >= 0 && static_cast<std::size_t>(where) + chunk.size() <= chunks_.size(),
                where);
    push({position.value(), where, static_cast<std::uint32_t>(chunk.size()),
          static_cast<std::uint32_t>(JournalEntryKind::chunk)});
}

void JournalTail::push_blank(Position position, std::uint32_t body_bytes) noexcept {
    push({position.value(), 0, body_bytes, static_cast<std::uint32_t>(JournalEntryKind::blank)});
}

void JournalTail::push(const TailSlot& slot) noexcept {
    const std::uint64_t back = *back_;
    KERA_ASSERT(back - *front_ < capacity_, back, *front_);
    entries_[back & (capacity_ - 1)] = slot;
    publish(back_, back + 1);
}

void JournalTail::pop_through(Position stable) noexcept {
    std::uint64_t front = *front_;
    while (front != *back_ && end_of(entries_[front & (capacity_ - 1)]) <= stable.value()) {
        ++front;
    }
    publish(front_, front);
}

std::uint64_t JournalTails::capacity_for(std::uint32_t entries_max) noexcept {
    return std::bit_ceil(std::uint64_t{entries_max} + kAppendChunksMax + kOwnEntriesMax);
}

std::uint64_t JournalTails::bytes_for(std::int32_t reactors, std::uint64_t capacity) noexcept {
    return kTailsHeaderBytes + static_cast<std::uint64_t>(reactors) *
                                   (kTailTableHeaderBytes + capacity * sizeof(TailSlot));
}

JournalTails::JournalTails(MutableBytes room, std::int32_t reactors, std::uint64_t capacity,
                           Bytes chunks) {
    KERA_ASSERT(std::has_single_bit(capacity) && room.size() >= bytes_for(reactors, capacity),
                capacity, room.size());
    std::byte* table = room.data() + kTailsHeaderBytes;
    for (std::int32_t at = 0; at < reactors; ++at) {
        tails_.emplace_back(table, capacity, chunks);
        table += kTailTableHeaderBytes + capacity * sizeof(TailSlot);
    }
    TailsHeader header;
    header.reactors = static_cast<std::uint64_t>(reactors);
    header.capacity = capacity;
    header.chunk_memory_bytes = chunks.size();
    copy_bytes(room.data(), reinterpret_cast<const std::byte*>(&header), sizeof(header));
}

bool JournalTails::empty() const noexcept {
    return std::ranges::all_of(tails_, &JournalTail::empty);
}

}  // namespace kera
