// What a journal has taken and its disk may not have: a table in memory that outlives the process,
// beside the arena with the chunks. The next process of the data folder reads it after a kill. The
// reactor only; borrows the table's memory. Invariants: entries are dense, each begins where the
// one before ends; whatever the moment at which the process ends, those that count are whole.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "vlog/tail/tail_layout.hpp"
#include "wire/file/journal_layout.hpp"

namespace kera {

class JournalTail {
  public:
    // `chunks` is the memory that all chunks lie in.
    JournalTail(std::byte* table, std::uint64_t capacity, Bytes chunks) noexcept
        : front_(reinterpret_cast<std::uint64_t*>(table)),
          back_(front_ + 1),
          entries_(reinterpret_cast<TailSlot*>(table + kTailTableHeaderBytes)),
          capacity_(capacity),
          chunks_(chunks) {}

    // REQUIRES: `chunk` lies in the memory of chunks; there is room (see JournalTails).
    void push_chunk(Position position, Bytes chunk) noexcept;
    // An entry of the journal's own, which says nothing that is needed after a kill.
    void push_blank(Position position, std::uint32_t body_bytes) noexcept;
    // What ends at or before `stable` is on disk.
    void pop_through(Position stable) noexcept;
    bool empty() const noexcept { return *front_ == *back_; }

  private:
    void push(const TailSlot& slot) noexcept;

    std::uint64_t* front_;
    std::uint64_t* back_;
    TailSlot* entries_;
    std::uint64_t capacity_;
    Bytes chunks_;
};

// The tables of all reactors, in one piece of memory.
class JournalTails {
  public:
    // A journal holds no more entries: so many that it refuses more, one request that has begun,
    // and its own cuts.
    static std::uint64_t capacity_for(std::uint32_t entries_max) noexcept;
    static std::uint64_t bytes_for(std::int32_t reactors, std::uint64_t capacity) noexcept;

    // REQUIRES: `room` has bytes_for(...), full of zeros, at a multiple of 8.
    JournalTails(MutableBytes room, std::int32_t reactors, std::uint64_t capacity, Bytes chunks);

    JournalTail& of(ReactorId reactor) noexcept {
        return tails_[static_cast<std::size_t>(reactor.value())];
    }
    bool empty() const noexcept;

  private:
    std::vector<JournalTail> tails_;
};

}  // namespace kera
