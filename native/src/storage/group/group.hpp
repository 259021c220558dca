// A bounded run of segments of one lane: open, then closed for ever. The unit of retention and of
// exclusive reading. The lane's owner adds and closes; any thread reads. Owns its segments, and is
// freed by a Reclaimer. Invariants: segments are numbered from 0 and never leave the group; only
// the last one may be open.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "base/ids.hpp"
#include "storage/group/grace.hpp"
#include "storage/segment/segment.hpp"
#include "storage/segment/segment_memory.hpp"

namespace kera {

enum class GroupState : std::uint8_t { open, closed };

// A group, for readers of its stream.
struct GroupInfo {
    LaneId lane;
    GroupId group;
    GroupState state = GroupState::open;
    std::uint32_t segment_count = 0;
    // kNoOffset while nothing has been appended.
    Offset first_offset = kNoOffset;
    Offset end_offset = kNoOffset;
    std::int64_t max_timestamp_ms = kNoTimestamp;
    std::int64_t bytes = 0;
    std::int64_t record_count = 0;
};

class Group final : public Reclaimable {
  public:
    Group(SegmentMemory& memory, LaneId lane, GroupId id, std::uint32_t segments_max);
    ~Group() override;

    // --- owner
    bool is_full() const noexcept { return segment_count() == segments_max_; }
    Segment& add(std::unique_ptr<Segment> segment) noexcept;
    // REQUIRES: no segment of it is open.
    void close() noexcept;

    // --- any thread
    GroupId id() const noexcept { return id_; }
    // Once this is true, segment_count() is final: so ask this first.
    bool is_closed() const noexcept {
        return state_.load(std::memory_order_acquire) == GroupState::closed;
    }
    std::uint32_t segment_count() const noexcept {
        return segment_count_.load(std::memory_order_acquire);
    }
    // Null when the group has no such segment.
    Segment* find(SegmentId id) const noexcept {
        const auto index = static_cast<std::uint32_t>(id.value());
        return index < segment_count() ? segments_[index].get() : nullptr;
    }
    Offset first_offset() const noexcept;
    Offset end_offset() const noexcept;
    GroupInfo info() const noexcept;

    bool released() const noexcept override;

  private:
    SegmentMemory& memory_;
    const LaneId lane_;
    const GroupId id_;
    const std::uint32_t segments_max_;
    // Release in add() pairs with acquire in segment_count().
    std::atomic<std::uint32_t> segment_count_{0};
    std::atomic<GroupState> state_{GroupState::open};
    std::unique_ptr<std::unique_ptr<Segment>[]> segments_;
};

}  // namespace kera
