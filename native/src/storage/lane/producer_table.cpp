// The rules of sequences and epochs, and the table's slots. See producer_table.hpp.
// The lane's owner only.
#include "storage/lane/producer_table.hpp"

#include "base/check.hpp"

namespace kera {

namespace {

// How far `later` is ahead of `earlier` on the circle of sequences.
std::uint32_t distance(Sequence earlier, Sequence later) noexcept {
    return (static_cast<std::uint32_t>(later.value()) -
            static_cast<std::uint32_t>(earlier.value())) &
           0x7FFFFFFFU;
}

}  // namespace

ProducerTable::~ProducerTable() {
    if (budget_ != nullptr) {
        budget_->give(size_);
    }
}

Result<ProducerVerdict> ProducerTable::check(const ChunkInfo& chunk) noexcept {
    const Producer* producer = find(chunk.producer);
    if (producer == nullptr) {
        if (chunk.base_sequence != Sequence(0)) {
            return fail(ErrorCode::unknown_producer, "producer_id", 0, chunk.producer.value());
        }
        if (budget_ != nullptr && !budget_->was_granted(chunk.producer)) {
            return fail(ErrorCode::unknown_producer, "producer_id", budget_->ids_end().value() - 1,
                        chunk.producer.value());
        }
        if (size_ >= producers_max_) {
            return fail(ErrorCode::limit_exceeded, "producers_of_lane", producers_max_,
                        std::int64_t{size_} + 1);
        }
        if (budget_ != nullptr && budget_->is_full()) {
            return fail(ErrorCode::limit_exceeded, "producers", budget_->producers_max(),
                        budget_->used() + 1);
        }
        return ProducerVerdict{};
    }
    if (chunk.producer_epoch < producer->epoch) {
        return fail(ErrorCode::stale_producer_epoch, "producer_epoch", producer->epoch.value(),
                    chunk.producer_epoch.value());
    }
    if (chunk.producer_epoch > producer->epoch) {
        if (chunk.base_sequence != Sequence(0)) {
            return fail(ErrorCode::sequence_gap, "base_sequence", 0, chunk.base_sequence.value());
        }
        return ProducerVerdict{};
    }
    return check_sequence(*producer, chunk);
}

Result<ProducerVerdict> ProducerTable::check_sequence(const Producer& producer,
                                                      const ChunkInfo& chunk) noexcept {
    if (chunk.base_sequence == producer.next_sequence) {
        return ProducerVerdict{};
    }
    for (std::uint32_t back = 0; back < kChunksRemembered; ++back) {
        const Remembered& known = producer.chunk_before_last(back);
        if (known.base_sequence == chunk.base_sequence &&
            known.record_count == chunk.record_count) {
            return ProducerVerdict{known.base_offset};
        }
    }
    // It is behind by less than half of the circle: it was here, but longer ago than is remembered.
    const bool is_behind = distance(chunk.base_sequence, producer.next_sequence) < (1U << 30U);
    return fail(is_behind ? ErrorCode::duplicate_sequence : ErrorCode::sequence_gap,
                "base_sequence", producer.next_sequence.value(), chunk.base_sequence.value());
}

bool ProducerTable::accept(const ChunkInfo& chunk, Offset base_offset, std::int64_t now_ms) {
    Producer* producer = find(chunk.producer);
    remember(producer == nullptr ? insert(chunk.producer) : *producer, chunk, base_offset, now_ms);
    return producer == nullptr;
}

void ProducerTable::restore(const ChunkInfo& chunk, Offset base_offset,
                            std::int64_t append_time_ms) {
    if (budget_ != nullptr && !budget_->restores(append_time_ms) && !knows(chunk.producer)) {
        return;
    }
    accept(chunk, base_offset, append_time_ms);
}

void ProducerTable::restore(const ProducerState& state) {
    if (last_chunk_of(state.id) >= state.base_offset ||
        (budget_ != nullptr && !budget_->restores(state.last_append_ms) && !knows(state.id))) {
        return;
    }
    ChunkInfo last;
    last.producer = state.id;
    last.producer_epoch = state.epoch;
    last.base_sequence = state.base_sequence;
    last.record_count = state.record_count;
    accept(last, state.base_offset, state.last_append_ms);
}

Offset ProducerTable::last_chunk_of(ProducerId id) noexcept {
    const Producer* producer = find(id);
    return producer == nullptr ? Offset(-1) : producer->chunk_before_last(0).base_offset;
}

void ProducerTable::remember(Producer& producer, const ChunkInfo& chunk, Offset base_offset,
                             std::int64_t now_ms) noexcept {
    if (chunk.producer_epoch != producer.epoch) {
        producer.chunks.fill(Remembered{});
        producer.next_chunk = 0;
        producer.epoch = chunk.producer_epoch;
    }
    Remembered& oldest = producer.chunks[producer.next_chunk];
    oldest = {base_offset, chunk.base_sequence, chunk.record_count};
    producer.next_chunk = static_cast<std::uint8_t>((producer.next_chunk + 1) % kChunksKept);
    producer.next_sequence =
        advance(chunk.base_sequence, static_cast<std::int32_t>(chunk.record_count));
    producer.last_append_ms = now_ms;
}

std::size_t ProducerTable::slot_of(ProducerId id) const noexcept {
    const std::uint64_t hash = std::hash<ProducerId>{}(id);
    return (hash >> 32U) & (slots_.size() - 1);
}

ProducerTable::Producer* ProducerTable::find(ProducerId id) noexcept {
    if (slots_.empty()) {
        return nullptr;
    }
    if (slots_[found_last_].id == id) {
        return &slots_[found_last_];
    }
    for (std::size_t slot = slot_of(id); slots_[slot].id != kNoProducer;
         slot = (slot + 1) & (slots_.size() - 1)) {
        if (slots_[slot].id == id) {
            found_last_ = slot;
            return &slots_[slot];
        }
    }
    return nullptr;
}

ProducerTable::Producer& ProducerTable::insert(ProducerId id) {
    if ((std::size_t{size_} + 1) * 4 > slots_.size() * 3) {
        rehash(slots_.empty() ? 2 : slots_.size() * 2);
    }
    std::size_t slot = slot_of(id);
    while (slots_[slot].id != kNoProducer) {
        slot = (slot + 1) & (slots_.size() - 1);
    }
    slots_[slot] = Producer{};
    slots_[slot].id = id;
    ++size_;
    if (budget_ != nullptr) {
        budget_->take();
    }
    found_last_ = slot;
    return slots_[slot];
}

void ProducerTable::rehash(std::size_t capacity) {
    std::vector<Producer> before(capacity);
    before.swap(slots_);
    found_last_ = 0;
    for (const Producer& producer : before) {
        if (producer.id == kNoProducer) {
            continue;
        }
        std::size_t slot = slot_of(producer.id);
        while (slots_[slot].id != kNoProducer) {
            slot = (slot + 1) & (slots_.size() - 1);
        }
        slots_[slot] = producer;
    }
}

}  // namespace kera
