// References to the entries that are not stable yet, in the order of their positions. The reactor
// only. Owns the references, not the bytes: those stay in place until they are popped here. It
// grows beyond its size when more is pushed: what is in memory has to be taken. Invariant:
// positions are dense: each entry starts where the one before it ends.
#pragma once

#include <bit>
#include <cstdint>
#include <memory>
#include <utility>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "base/ids.hpp"
#include "wire/file/journal_layout.hpp"

namespace kera {

struct JournalEntry {
    const std::byte* body = nullptr;
    std::uint32_t body_bytes = 0;
    JournalEntryKind kind = JournalEntryKind::chunk;
    Position position;

    Position end() const noexcept {
        return position + (std::int64_t{kJournalEntryHeaderBytes} + body_bytes);
    }
};

class JournalRing {
  public:
    JournalRing(std::uint32_t entries_max, Position start)
        : mask_(std::bit_ceil(entries_max) - 1),
          entries_(std::make_unique<JournalEntry[]>(std::size_t{mask_} + 1)),
          end_(start) {}

    std::uint32_t size() const noexcept { return back_ - front_; }
    Position push(JournalEntryKind kind, Bytes body) {
        KERA_ASSERT(body.size() % kJournalAlignment == 0, body.size());
        if (size() == mask_ + 1) {
            grow();
        }
        JournalEntry& entry = entries_[back_++ & mask_];
        entry = {body.data(), static_cast<std::uint32_t>(body.size()), kind, end_};
        end_ = entry.end();
        return end_;
    }

    // Where the next entry will start.
    Position end() const noexcept { return end_; }

    bool has_unwritten() const noexcept { return unwritten_ != back_; }
    // The entry that is `ahead` entries after the first unwritten one; null behind the last.
    const JournalEntry* unwritten(std::uint32_t ahead = 0) const noexcept {
        return ahead < back_ - unwritten_ ? &entries_[(unwritten_ + ahead) & mask_] : nullptr;
    }
    void mark_written(std::uint32_t count) noexcept {
        KERA_ASSERT(count <= back_ - unwritten_, count);
        unwritten_ += count;
    }
    // Everything in the ring has to be written again.
    void rewind() noexcept { unwritten_ = front_; }

    // REQUIRES: `stable` is the end of a written entry.
    void pop_through(Position stable) noexcept {
        while (front_ != unwritten_ && entries_[front_ & mask_].end() <= stable) {
            ++front_;
        }
    }

  private:
    void grow() {
        const std::uint32_t mask = mask_ * 2 + 1;
        auto wider = std::make_unique<JournalEntry[]>(std::size_t{mask} + 1);
        for (std::uint32_t at = front_; at != back_; ++at) {
            wider[at & mask] = entries_[at & mask_];
        }
        entries_ = std::move(wider);
        mask_ = mask;
    }

    std::uint32_t mask_;
    std::unique_ptr<JournalEntry[]> entries_;
    std::uint32_t front_ = 0;
    std::uint32_t unwritten_ = 0;
    std::uint32_t back_ = 0;
    Position end_;
};

}  // namespace kera
