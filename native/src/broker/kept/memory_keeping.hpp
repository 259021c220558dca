// How a node's memory outlives its process: what a killed one left is put on disk before recovery,
// and what this one has is given to a keeper. The thread that opens the core; reactors write their
// own tails. Without a keeper it does nothing. Invariant: what is kept goes away only when the disk
// has it, or when it cannot be used; then an error in the log says so.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "broker/config/core_config.hpp"
#include "disk/disk.hpp"
#include "keeper/memory_keeper.hpp"
#include "memory/arena.hpp"
#include "vlog/journal/journal_finishing.hpp"
#include "vlog/tail/found_tail.hpp"
#include "vlog/tail/journal_tail.hpp"

namespace kera {

class MemoryKeeping {
  public:
    // `keeper` may be null.
    MemoryKeeping(std::unique_ptr<MemoryKeeper> keeper, const CoreConfig& config) noexcept
        : keeper_(std::move(keeper)), config_(config) {}

    // Puts on disk what the process before has left, and gives its memory up. Fails when the disk
    // does not take it, or the keeper does not give it: then everything is kept for the next try.
    Result<void> finish_last(Disk& disk, const Clock& clock, Random& random);
    // Makes the tails for chunks in this arena.
    Result<void> begin_tails(const Arena& arena);
    // Null without a keeper. Valid as long as this object.
    JournalTail* tail_of(ReactorId reactor) noexcept {
        return tails_ ? &tails_->of(reactor) : nullptr;
    }
    // From now on, what is in the arena and its tails is kept.
    void keep(const Arena& arena);
    // The process ends well, or does not come to serve: when all is on disk, nothing is kept any
    // more.
    void end() noexcept;

  private:
    Result<void> finish_journals(const KeptMemory& kept, Disk& disk, const Clock& clock,
                                 Random& random);
    Result<void> finish_one(Disk& disk, const JournalFinisher& finisher, const FoundTail& tail);

    std::unique_ptr<MemoryKeeper> keeper_;
    const CoreConfig& config_;
    // What the process before has left is not on disk yet.
    bool last_is_kept_ = true;
    std::optional<Arena> tail_memory_;
    std::optional<JournalTails> tails_;
};

}  // namespace kera
