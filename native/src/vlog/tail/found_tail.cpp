#include "vlog/tail/found_tail.hpp"

#include <bit>

#include "vlog/tail/tail_layout.hpp"
#include "wire/chunk/chunk.hpp"

namespace kera {

namespace {

constexpr std::uint64_t kTailReactorsMax = 1'024;
constexpr std::uint64_t kTailCapacityMax = 1U << 24U;
// Of ranges of positions, far more than there are files.
constexpr std::uint32_t kTailBlankBytesMax = 64U << 20U;

template <class Value>
Value value_at(Bytes memory, std::uint64_t at) noexcept {
    Value value{};
    copy_bytes(reinterpret_cast<std::byte*>(&value), memory.data() + at, sizeof(value));
    return value;
}

Result<TailsHeader> read_tails_header(Bytes tails, Bytes chunks) {
    if (tails.size() < kTailsHeaderBytes) {
        return fail(ErrorCode::malformed, "tail_bytes", kTailsHeaderBytes,
                    static_cast<std::int64_t>(tails.size()));
    }
    const auto header = value_at<TailsHeader>(tails, 0);
    if (header.magic != kTailsMagic) {
        return fail(ErrorCode::malformed, "tail_magic", kTailsMagic, header.magic);
    }
    if (header.version != kTailsVersion) {
        return fail(ErrorCode::unsupported, "tail_version", kTailsVersion, header.version);
    }
    if (header.reactors > kTailReactorsMax) {
        return fail(ErrorCode::malformed, "tail_reactors", kTailReactorsMax,
                    static_cast<std::int64_t>(header.reactors));
    }
    if (!std::has_single_bit(header.capacity) || header.capacity > kTailCapacityMax) {
        return fail(ErrorCode::malformed, "tail_capacity", kTailCapacityMax,
                    static_cast<std::int64_t>(header.capacity));
    }
    const std::uint64_t bytes =
        kTailsHeaderBytes +
        header.reactors * (kTailTableHeaderBytes + header.capacity * sizeof(TailSlot));
    if (bytes > tails.size()) {
        return fail(ErrorCode::malformed, "tail_bytes", static_cast<std::int64_t>(bytes),
                    static_cast<std::int64_t>(tails.size()));
    }
    if (header.chunk_memory_bytes > chunks.size()) {
        return fail(ErrorCode::malformed, "chunk_memory_bytes",
                    static_cast<std::int64_t>(header.chunk_memory_bytes),
                    static_cast<std::int64_t>(chunks.size()));
    }
    return header;
}

Result<Bytes> read_tail_chunk(const TailSlot& slot, Bytes chunks) {
    const auto bytes = static_cast<std::int64_t>(chunks.size());
    if (slot.where < 0 || slot.where > bytes || slot.body_bytes > bytes - slot.where ||
        slot.where % kJournalAlignment != 0) {
        return fail(ErrorCode::malformed, "tail_chunk_at", bytes, slot.where);
    }
    const Bytes chunk = chunks.subspan(static_cast<std::size_t>(slot.where), slot.body_bytes);
    KERA_TRY_ASSIGN(const ChunkInfo info, check_chunk_header(chunk, chunk.size()));
    if (info.chunk_bytes != chunk.size()) {
        return fail(ErrorCode::malformed, "tail_chunk_bytes", info.chunk_bytes, slot.body_bytes);
    }
    KERA_TRY(check_chunk_crcs(chunk));
    return chunk;
}

Result<TailEntry> read_tail_entry(const TailSlot& slot, Bytes chunks) {
    TailEntry entry;
    entry.position = Position(slot.position);
    entry.body_bytes = slot.body_bytes;
    if (slot.position < 0 || slot.position > kJournalPositionMax.value()) {
        return fail(ErrorCode::malformed, "tail_position", kJournalPositionMax.value(),
                    slot.position);
    }
    if (slot.kind == static_cast<std::uint32_t>(JournalEntryKind::chunk)) {
        KERA_TRY_ASSIGN(entry.chunk, read_tail_chunk(slot, chunks));
        return entry;
    }
    if (slot.kind != static_cast<std::uint32_t>(JournalEntryKind::blank)) {
        return fail(ErrorCode::malformed, "tail_entry_kind",
                    static_cast<std::int64_t>(JournalEntryKind::blank), slot.kind);
    }
    entry.kind = JournalEntryKind::blank;
    if (slot.where != 0 || slot.body_bytes % kJournalAlignment != 0 ||
        slot.body_bytes > kTailBlankBytesMax) {
        return fail(ErrorCode::malformed, "tail_blank_bytes", kTailBlankBytesMax, slot.body_bytes);
    }
    return entry;
}

FoundTail read_table(Bytes table, std::uint64_t capacity, Bytes chunks) {
    FoundTail found;
    const auto front = value_at<std::uint64_t>(table, 0);
    const auto back = value_at<std::uint64_t>(table, sizeof(std::uint64_t));
    if (back - front > capacity) {
        found.error =
            fail(ErrorCode::malformed, "tail_entries", static_cast<std::int64_t>(capacity),
                 static_cast<std::int64_t>(back - front));
        return found;
    }
    for (std::uint64_t at = front; at != back; ++at) {
        const std::uint64_t slot_at =
            kTailTableHeaderBytes + (at & (capacity - 1)) * sizeof(TailSlot);
        Result<TailEntry> entry = read_tail_entry(value_at<TailSlot>(table, slot_at), chunks);
        if (entry.ok() && !found.entries.empty() && entry->position != found.entries.back().end()) {
            entry = fail(ErrorCode::malformed, "tail_position", found.entries.back().end().value(),
                         entry->position.value());
        }
        if (!entry.ok()) {
            found.error = entry.error();
            return found;
        }
        found.entries.push_back(*entry);
    }
    return found;
}

}  // namespace

Position TailEntry::end() const noexcept {
    return position + (std::int64_t{kJournalEntryHeaderBytes} + body_bytes);
}

Result<std::vector<FoundTail>> read_tails(Bytes tails, Bytes chunks) {
    KERA_TRY_ASSIGN(const TailsHeader header, read_tails_header(tails, chunks));
    const std::uint64_t table_bytes = kTailTableHeaderBytes + header.capacity * sizeof(TailSlot);
    std::vector<FoundTail> found;
    for (std::uint64_t reactor = 0; reactor < header.reactors; ++reactor) {
        const Bytes table = tails.subspan(kTailsHeaderBytes + reactor * table_bytes, table_bytes);
        found.push_back(read_table(table, header.capacity, chunks));
    }
    return found;
}

}  // namespace kera
