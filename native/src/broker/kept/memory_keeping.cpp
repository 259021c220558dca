#include "broker/kept/memory_keeping.hpp"

#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/planted_defect.hpp"
#include "keeper/kept_mapping.hpp"

namespace kera {

namespace {

// What was kept is the reason. All else may pass, so then it stays kept.
bool is_unusable(const Error& error) noexcept {
    return error.code == ErrorCode::malformed || error.code == ErrorCode::corrupt ||
           error.code == ErrorCode::unsupported;
}

}  // namespace

Result<void> MemoryKeeping::finish_last(Disk& disk, const Clock& clock, Random& random) {
    if (keeper_ == nullptr) {
        return {};
    }
    Result<void> done;
    {
        KERA_TRY_ASSIGN(const KeptMemory kept, keeper_->take());
        if (kept.empty()) {
            last_is_kept_ = false;
            return {};
        }
        if (!planted(PlantedDefect::kept_memory_unread)) {
            done = finish_journals(kept, disk, clock, random);
        }
    }
    if (!done.ok()) {
        log(LogLevel::error,
            is_unusable(done.error()) ? "kept_memory_unusable" : "kept_memory_waits",
            {{"error", done.error()}});
        if (!is_unusable(done.error())) {
            return done;
        }
    }
    last_is_kept_ = false;
    // Its bytes go back to the system before this process takes as many.
    if (const Result<void> dropped = keeper_->drop(); !dropped.ok()) {
        log(LogLevel::warn, "memory_not_kept", {{"error", dropped.error()}});
        keeper_.reset();
    }
    return {};
}

Result<void> MemoryKeeping::finish_journals(const KeptMemory& kept, Disk& disk, const Clock& clock,
                                            Random& random) {
    KERA_TRY_ASSIGN(const KeptMapping chunks, KeptMapping::map(kept.chunks));
    KERA_TRY_ASSIGN(const KeptMapping tails, KeptMapping::map(kept.tails));
    KERA_TRY_ASSIGN(const std::vector<FoundTail> found, read_tails(tails.bytes(), chunks.bytes()));
    for (std::size_t at = 0; at < found.size(); ++at) {
        const JournalFinisher finisher{config_.node, ReactorId(static_cast<std::int32_t>(at)),
                                       clock.epoch_ms(), static_cast<std::uint32_t>(random.next())};
        KERA_TRY(finish_one(disk, finisher, found[at]));
    }
    return {};
}

Result<void> MemoryKeeping::finish_one(Disk& disk, const JournalFinisher& finisher,
                                       const FoundTail& tail) {
    if (tail.error) {
        log(LogLevel::error, "kept_memory_damaged",
            {{"reactor", finisher.reactor}, {"error", *tail.error}});
    }
    const Result<FinishedJournal> finished = finish_journal(disk, finisher, tail);
    if (finished.ok()) {
        if (finished->bytes > 0) {
            log(LogLevel::info, "journal_finished",
                {{"reactor", finisher.reactor},
                 {"chunks", finished->chunks},
                 {"bytes", finished->bytes},
                 {"because", "the process before was killed; its memory had more than its disk"}});
        }
        return {};
    }
    if (!is_unusable(finished.error())) {
        return finished.error();
    }
    // The other reactors' tails are not the worse for it.
    log(LogLevel::error, "kept_memory_unusable",
        {{"reactor", finisher.reactor}, {"error", finished.error()}});
    return {};
}

Result<void> MemoryKeeping::begin_tails(const Arena& arena) {
    if (keeper_ == nullptr) {
        return {};
    }
    const std::uint64_t capacity = JournalTails::capacity_for(config_.log.journal.entries_max);
    const std::uint64_t bytes = JournalTails::bytes_for(config_.reactor_count, capacity);
    KERA_TRY_ASSIGN(Arena memory, Arena::reserve({bytes, PagePreference::small}));
    tail_memory_.emplace(std::move(memory));
    KERA_TRY_ASSIGN(const ArenaRegion room, tail_memory_->carve("tails", bytes, 4_KiB));
    tails_.emplace(MutableBytes(room.base, room.bytes), config_.reactor_count, capacity,
                   Bytes(arena.base(), arena.bytes()));
    return {};
}

void MemoryKeeping::keep(const Arena& arena) {
    if (keeper_ == nullptr) {
        return;
    }
    if (const Result<void> kept = keeper_->keep(arena.fd(), tail_memory_->fd()); !kept.ok()) {
        log(LogLevel::warn, "memory_not_kept", {{"error", kept.error()}});
    }
}

void MemoryKeeping::end() noexcept {
    const bool last_is_kept =
        last_is_kept_ && !planted(PlantedDefect::kept_memory_lost_at_failed_start);
    if (keeper_ != nullptr && !last_is_kept && (!tails_ || tails_->empty())) {
        keeper_->forget();
        keeper_.reset();
    }
}

}  // namespace kera
