// One of the parallel parts of a streamlet: a chain of groups, the producers it knows, what is in
// flight. Its owner reactor appends, closes and drops; any thread reads groups(), in_flight() and
// the counters. Owns its groups until the owner's Reclaimer gets them, and the segment reserved
// ahead. Invariants: base offsets grow along the chain; a refused chunk changes nothing that others
// can see.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "storage/group/group_directory.hpp"
#include "storage/lane/pending_chunks.hpp"
#include "storage/lane/producer_lanes.hpp"
#include "storage/lane/producer_table.hpp"
#include "storage/lane/streamlet_state.hpp"
#include "storage/segment/append.hpp"

namespace kera {

// What the owner reactor provides. It outlives the lane.
struct LaneHost {
    ReactorId reactor;
    SegmentMemory* memory = nullptr;
    Reclaimer* reclaimer = nullptr;
    // Null: the number of producers is not limited.
    ProducerBudget* producers = nullptr;
};

struct LaneCounters {
    std::int64_t appended_bytes = 0;
    std::int64_t appended_records = 0;
    std::int64_t appended_chunks = 0;
};

// What a stable snapshot says of producers: groups below may be deleted.
struct ProducersKept {
    // The start when it was taken.
    Offset start{0};
    // The snapshot was taken after all chunks below this offset. It stands for them once the
    // journal is stable up to `journal`.
    Offset end{0};
    Position journal{0};
};

class Lane {
  public:
    Lane(StreamletState& state, LaneId id, const LaneHost& host);
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;

    // --- owner
    // `fragment` is exactly one chunk, 8-byte aligned, in memory that its sender may still be
    // changing.
    Result<Appended> append(Bytes fragment, const AppendContext& context);
    // Chunks appended at AckLevel::disk become readable, up to and including the one at
    // `base_offset`.
    void mark_durable(Offset base_offset) noexcept;
    // Closes the open group, for example before a shutdown. Returns the segment that was open,
    // which can be flushed now; null if there was none.
    Segment* close_group() noexcept;
    // Drops whole groups that end at or below `start`, and returns how many. An open one is closed
    // first.
    std::size_t drop_below(Offset start);
    // REQUIRES: the streamlet is marked as deleted.
    void drop_all();
    // Forgets producers idle since `before_ms`; `assignments` forgets them too.
    std::size_t expire_producers(std::int64_t before_ms, ProducerLanes& assignments);
    // Forgets producers that were assigned to the lane and have not appended anything.
    void forget_silent(std::int64_t now_ms, ProducerLanes& assignments) {
        assignments.forget_silent(id_, now_ms,
                                  [this](ProducerId id) { return producers_.knows(id); });
    }
    const ProducerTable& producers() const noexcept { return producers_; }
    void keep_producers(const ProducersKept& kept) noexcept { producers_kept_ = kept; }
    const ProducersKept& producers_kept() const noexcept { return producers_kept_; }
    // Gives back the segment that was reserved ahead, for lanes that are idle.
    void trim() noexcept { next_.reset(); }

    // --- owner, recovery, before any append and any reader; see replay.hpp
    // REQUIRES: a place after all that were restored before, within the bounds of a group.
    Segment& restore_segment(std::unique_ptr<Segment> segment);
    void restore_producer(const ChunkInfo& chunk, Offset base_offset, std::int64_t append_time_ms) {
        producers_.restore(chunk, base_offset, append_time_ms);
    }
    // After all chunks. The later of the two counts.
    void restore_producer(const ProducerState& state) { producers_.restore(state); }
    bool knows_producer(ProducerId id) noexcept { return producers_.knows(id); }
    Offset last_chunk_of(ProducerId id) noexcept { return producers_.last_chunk_of(id); }
    // Appends begin a new group.
    void end_restore() noexcept;

    // --- any thread
    LaneId id() const noexcept { return id_; }
    ReactorId owner() const noexcept { return host_.reactor; }
    const GroupDirectory& groups() const noexcept { return groups_; }
    const InFlight& in_flight() const noexcept { return in_flight_; }
    LaneCounters counters() const noexcept;
    std::int64_t kept_bytes() const noexcept { return kept_bytes_.load(std::memory_order_relaxed); }

  private:
    // Where an incoming chunk can go: above the head of the open segment, or into a segment that is
    // not linked yet.
    struct Room {
        Segment* segment = nullptr;
        // Claimed for this append only: freed unless the append succeeds.
        std::unique_ptr<Segment> fresh;
    };

    Result<Room> claim_room(std::uint32_t chunk_bytes, std::int64_t now_ms);
    Result<std::unique_ptr<Segment>> claim_segment(std::uint32_t chunk_bytes, std::int64_t now_ms);
    std::uint32_t segment_bytes_wanted(std::int64_t now_ms) const noexcept;
    std::uint32_t segment_bytes_most() const noexcept;
    Segment* open_segment(Room& room, std::int64_t now_ms);
    Appended commit(const IncomingChunk& chunk, Room room, const AppendContext& context);
    void fetch_ahead(std::uint32_t chunk_bytes) const noexcept;
    void hold_head(Offset base_offset, AckLevel ack_level);
    void reserve_ahead(std::int64_t now_ms);
    void drop_first();

    StreamletState& state_;
    const LaneHost host_;
    const LaneId id_;
    // Nobody has tried yet to reserve the segment that follows the open one.
    bool may_reserve_ = true;
    Group* group_ = nullptr;
    Segment* open_ = nullptr;
    std::unique_ptr<Segment> next_;
    GroupDirectory groups_;
    ProducerTable producers_;
    ProducersKept producers_kept_;
    PendingChunks pending_;
    // Read by readers on other reactors; the owner writes it twice per chunk.
    alignas(kCacheLineBytes) InFlight in_flight_;
    // Written by the owner only, so that plain loads and stores suffice.
    std::atomic<std::int64_t> appended_bytes_{0};
    std::atomic<std::int64_t> appended_records_{0};
    std::atomic<std::int64_t> appended_chunks_{0};
    std::atomic<std::int64_t> kept_bytes_{0};
};

}  // namespace kera
