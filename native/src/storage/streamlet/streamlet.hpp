// A streamlet: the unit of order. Dense offsets over all its lanes, what may be read, what is kept.
// Any thread, except where a lane's owner is named. Owns its lanes. Delete it in three steps:
// mark_deleted() and unlink, drop_all() on each lane by its owner, then retire it. Invariants:
// lanes are only added; term, start offset and readable head only grow.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "storage/group/grace.hpp"
#include "storage/lane/lane.hpp"
#include "storage/lane/producer_lanes.hpp"
#include "storage/lane/streamlet_state.hpp"

namespace kera {

struct StreamletCounters {
    std::int64_t appended_bytes = 0;
    std::int64_t appended_records = 0;
    std::int64_t appended_chunks = 0;
    std::int64_t kept_bytes = 0;
    Offset start_offset;
    Offset readable_head;
    Offset next_offset;
};

class Streamlet final : public Reclaimable {
  public:
    Streamlet(StreamId stream, StreamletId streamlet, const StreamletSettings& settings, Term term,
              SegmentMemory& memory) noexcept;
    ~Streamlet() override;

    StreamId stream() const noexcept { return state_.stream; }
    StreamletId id() const noexcept { return state_.streamlet; }
    const StreamletSettings& settings() const noexcept { return state_.settings; }

    Term term() const noexcept { return Term(state_.term.load(std::memory_order_acquire)); }
    // Appends of earlier terms are refused from now on. A lower term than the present one changes
    // nothing.
    void raise_term(Term term) noexcept;

    // --- lanes
    // limit_exceeded beyond kLanesMax. Producers that have a lane keep it.
    Result<Lane*> add_lane(const LaneHost& host);
    std::uint16_t lane_count() const noexcept {
        return lane_count_.load(std::memory_order_seq_cst);
    }
    // REQUIRES: id < lane_count().
    Lane& lane(LaneId id) const noexcept;
    // Where the producer's chunks belong. Ask once per producer and connection.
    LaneId lane_of(ProducerId producer, LaneId preferred) {
        return producer_lanes_.assign(producer, preferred, lane_count());
    }
    ProducerLanes& producer_lanes() noexcept { return producer_lanes_; }

    // --- offsets
    Offset next_offset() const noexcept { return state_.offsets.next(); }
    // Reads all lanes: exact.
    Offset readable_head() noexcept;
    Offset start_offset() const noexcept {
        return Offset(state_.start_offset.load(std::memory_order_acquire));
    }
    // Nothing below is read any more. Clamped to the readable head; returns what start_offset() is
    // then. The lanes' owners free what they can with Lane::drop_below().
    Offset raise_start(Offset start) noexcept;

    // --- reading: see storage/read/reader.hpp
    // All groups kept, lane by lane.
    void groups(std::vector<GroupInfo>& out) const;

    // --- retention
    Retention retention() const noexcept;
    void set_retention(const Retention& retention) noexcept;

    // --- deletion
    void mark_deleted() noexcept { state_.deleted.store(true, std::memory_order_release); }
    bool is_deleted() const noexcept { return state_.deleted.load(std::memory_order_acquire); }
    // Every lane's owner has dropped all groups.
    bool released() const noexcept override;

    StreamletCounters counters() noexcept;
    SegmentMemory& memory() noexcept { return memory_; }

    // For recovery, before any append: the offsets below are there or lost for ever.
    void restore_offsets(Offset start, Offset next) noexcept;

  private:
    StreamletState state_;
    SegmentMemory& memory_;
    std::mutex lanes_mutex_;
    // Release in add_lane() pairs with acquire in lane_count(). Lanes below it stay for ever.
    std::atomic<std::uint16_t> lane_count_{0};
    std::array<std::unique_ptr<Lane>, kLanesMax> lanes_;
    ProducerLanes producer_lanes_;
};

}  // namespace kera
