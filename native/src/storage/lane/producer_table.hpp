// What a lane remembers of each producer: its epoch, the sequence it has to send next, and its last
// sixteen chunks, so that a retry is answered with the offset of the first try. The lane's owner
// only. Open addressing; one search per append, none when the same producer appends again.
// Invariant: check() changes nothing; accept() follows a check() that found the chunk new.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "storage/lane/producer_budget.hpp"
#include "wire/chunk/chunk.hpp"
#include "wire/file/producers_file.hpp"

namespace kera {

// A retry of one of these is answered. A client has at most so many in flight.
inline constexpr std::uint32_t kChunksRemembered = 16;

struct ProducerVerdict {
    // The chunk is in the lane already, at this offset; -1 for a new chunk.
    Offset duplicate_of{-1};
    bool is_duplicate() const noexcept { return duplicate_of.value() >= 0; }
};

class ProducerTable {
  public:
    // `budget` is the node's, and outlives the table; null: no limit for all lanes together.
    explicit ProducerTable(std::uint32_t producers_max, ProducerBudget* budget = nullptr) noexcept
        : producers_max_(producers_max), budget_(budget) {}
    ProducerTable(const ProducerTable&) = delete;
    ProducerTable& operator=(const ProducerTable&) = delete;
    ~ProducerTable();

    // Kafka's rules: a higher epoch starts again at sequence 0, a lower one is fenced; sequences
    // follow one another. REQUIRES: the chunk has a producer.
    Result<ProducerVerdict> check(const ChunkInfo& chunk) noexcept;
    // The chunk that check() has just found new was appended. True when its producer was not known
    // before.
    bool accept(const ChunkInfo& chunk, Offset base_offset, std::int64_t now_ms);
    // For a chunk found on disk, in the lane's order. Never refuses: the chunk was accepted once.
    // Changes nothing for a producer that would be forgotten by now.
    void restore(const ChunkInfo& chunk, Offset base_offset, std::int64_t append_time_ms);

    // From a snapshot. Changes nothing when a later chunk of the producer is known already.
    void restore(const ProducerState& state);
    bool knows(ProducerId id) noexcept { return find(id) != nullptr; }
    // Where the producer's last chunk begins; -1 for one that is not known.
    Offset last_chunk_of(ProducerId id) noexcept;
    // For a snapshot. Calls visit(ProducerState) for the last chunk of each producer; where that
    // ends above `start`, also for the last remembered one that does not, and for that one first.
    template <class Visit>
    void for_each(Offset start, Visit&& visit) const;

    // Forgets producers whose last append is before `before_ms`; calls forgotten(ProducerId) for
    // each.
    template <class Forgotten>
    std::size_t expire(std::int64_t before_ms, Forgotten&& forgotten);

    std::uint32_t size() const noexcept { return size_; }
    // For one producer in a large table, with its share of free slots.
    static constexpr std::size_t bytes_per_producer_max() noexcept {
        return kSlotsPerProducerMax * sizeof(Producer);
    }
    std::size_t memory_bytes() const noexcept { return slots_.capacity() * sizeof(Producer); }

  private:
    static constexpr std::size_t kSlotsPerProducerMax = 4;
    // One more than a client has in flight: that one was answered, so it is as durable as was asked
    // for. A snapshot needs it when all others may be lost.
    static constexpr std::uint32_t kChunksKept = kChunksRemembered + 1;

    struct Remembered {
        Offset base_offset{-1};
        Sequence base_sequence{-1};
        std::uint32_t record_count = 0;
    };
    struct Producer {
        ProducerId id = kNoProducer;
        std::int64_t last_append_ms = 0;
        Sequence next_sequence;
        ProducerEpoch epoch;
        // Which of `chunks` is overwritten next.
        std::uint8_t next_chunk = 0;
        std::array<Remembered, kChunksKept> chunks;

        // 0 is the last one.
        const Remembered& chunk_before_last(std::uint32_t count) const noexcept {
            return chunks[(next_chunk + 2 * kChunksKept - 1 - count) % kChunksKept];
        }
        ProducerState state_after(const Remembered& chunk) const noexcept {
            return {
                id,   last_append_ms, chunk.base_offset, chunk.base_sequence, chunk.record_count,
                epoch};
        }
    };

    Producer* find(ProducerId id) noexcept;
    Producer& insert(ProducerId id);
    void rehash(std::size_t capacity);
    std::size_t slot_of(ProducerId id) const noexcept;
    static void remember(Producer& producer, const ChunkInfo& chunk, Offset base_offset,
                         std::int64_t now_ms) noexcept;
    static Result<ProducerVerdict> check_sequence(const Producer& producer,
                                                  const ChunkInfo& chunk) noexcept;

    const std::uint32_t producers_max_;
    ProducerBudget* const budget_;
    std::uint32_t size_ = 0;
    // The producer found last: one connection sends many chunks in a row.
    std::size_t found_last_ = 0;
    // The capacity is a power of two, or zero. An empty slot has kNoProducer.
    std::vector<Producer> slots_;
};

template <class Visit>
void ProducerTable::for_each(Offset start, Visit&& visit) const {
    for (const Producer& producer : slots_) {
        if (producer.id == kNoProducer) {
            continue;
        }
        for (std::uint32_t back = 0; back < kChunksKept; ++back) {
            const ProducerState state = producer.state_after(producer.chunk_before_last(back));
            if (state.base_offset >= Offset(0) && state.end_offset() <= start) {
                if (back > 0) {
                    visit(state);
                }
                break;
            }
        }
        visit(producer.state_after(producer.chunk_before_last(0)));
    }
}

template <class Forgotten>
std::size_t ProducerTable::expire(std::int64_t before_ms, Forgotten&& forgotten) {
    std::size_t expired = 0;
    for (Producer& producer : slots_) {
        if (producer.id != kNoProducer && producer.last_append_ms < before_ms) {
            forgotten(producer.id);
            producer.id = kNoProducer;
            --size_;
            ++expired;
        }
    }
    if (budget_ != nullptr) {
        budget_->give(static_cast<std::int64_t>(expired));
    }
    // Emptied slots would break the runs that searches follow.
    if (expired > 0) {
        std::size_t capacity = slots_.size();
        while (capacity > 4 && size_ * kSlotsPerProducerMax < capacity) {
            capacity /= 2;
        }
        rehash(size_ == 0 ? 0 : capacity);
    }
    return expired;
}

}  // namespace kera
