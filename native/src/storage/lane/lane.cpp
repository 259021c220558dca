// The append path, from top to bottom. See lane.hpp. The lane's owner. Everything that can fail
// comes before commit(); nothing in commit() can fail.
#include "storage/lane/lane.hpp"

#include <algorithm>

namespace kera {

namespace {

// The owner is the only writer, so this needs no read-modify-write.
void step(std::atomic<std::int64_t>& counter, std::int64_t count) noexcept {
    counter.store(counter.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
}

}  // namespace

Lane::Lane(StreamletState& state, LaneId id, const LaneHost& host)
    : state_(state),
      host_(host),
      id_(id),
      groups_(*host.reclaimer),
      producers_(state.settings.producers_max, host.producers) {}

Result<Appended> Lane::append(Bytes fragment, const AppendContext& context) {
    IncomingChunk chunk;
    KERA_TRY(take_chunk(fragment,
                        {state_.stream, state_.streamlet, state_.settings.chunk_bytes_max}, chunk));
    KERA_TRY_ASSIGN(Room room, claim_room(chunk.info.chunk_bytes, context.now_ms));
    KERA_TRY(copy_chunk(chunk, room.segment->room()));
    KERA_TRY(state_.check_leader(context.term));
    if (chunk.info.producer != kNoProducer) {
        KERA_TRY_ASSIGN(const ProducerVerdict verdict, producers_.check(chunk.info));
        if (verdict.is_duplicate()) {
            Appended before;
            before.base_offset = verdict.duplicate_of;
            before.record_count = chunk.info.record_count;
            before.duplicate = true;
            return before;
        }
    }
    return commit(chunk, std::move(room), context);
}

Appended Lane::commit(const IncomingChunk& chunk, Room room, const AppendContext& context) {
    const ChunkInfo& info = chunk.info;
    Appended done;
    if (room.segment != open_) {
        done.closed = open_segment(room, context.now_ms);
    }
    std::byte* bytes = open_->room();
    const std::uint32_t position = open_->head_bytes_owned();
    const Offset base_offset = state_.offsets.take(in_flight_, info.record_count);
    if (info.producer != kNoProducer) {
        done.new_producer = producers_.accept(info, base_offset, context.now_ms);
    }
    const SegmentPlace& place = open_->place();
    write_place(bytes, {.term = context.term,
                        .base_offset = base_offset,
                        .append_time_ms = context.now_ms,
                        .takes_append_time = state_.settings.timestamps == TimestampType::append,
                        .lane = id_,
                        .group = place.group,
                        .segment = place.segment,
                        .position = static_cast<std::int32_t>(position)});
    open_->publish(info.chunk_bytes, base_offset, info.record_count,
                   ChunkView(bytes).max_timestamp_ms());
    hold_head(base_offset, context.ack_level);

    step(appended_bytes_, info.chunk_bytes);
    step(appended_records_, info.record_count);
    step(appended_chunks_, 1);
    step(kept_bytes_, info.chunk_bytes);

    done.base_offset = base_offset;
    done.record_count = info.record_count;
    done.append_time_ms = context.now_ms;
    done.chunk = {bytes, open_, info.chunk_bytes, position, id_, place.group, place.segment};
    fetch_ahead(info.chunk_bytes);
    reserve_ahead(context.now_ms);
    return done;
}

// While this chunk is answered and the next one is found, the memory bus is idle. So this fetches
// the room behind what the copy has fetched already.
void Lane::fetch_ahead(std::uint32_t chunk_bytes) const noexcept {
    constexpr std::size_t kFromBytes = 2048;
    constexpr std::size_t kToBytes = 4096;
    constexpr std::size_t kLineBytes = 64;
    if (chunk_bytes < kToBytes) {
        return;  // the next chunk rarely ends beyond what is fetched
    }
    const std::byte* room = open_->room();
    for (std::size_t at = kFromBytes; at < kToBytes; at += kLineBytes) {
        __builtin_prefetch(room + at, 1, 3);
    }
}

// The chunk is published. The head may pass it, unless this chunk or an earlier one of the lane
// waits for the disk.
void Lane::hold_head(Offset base_offset, AckLevel ack_level) {
    if (ack_level == AckLevel::disk) [[unlikely]] {
        pending_.push(base_offset);
    }
    in_flight_.hold(pending_.empty() ? kNothingInFlight : pending_.front());
}

void Lane::mark_durable(Offset base_offset) noexcept {
    pending_.pop_through(base_offset);
    in_flight_.hold(pending_.empty() ? kNothingInFlight : pending_.front());
}

Result<Lane::Room> Lane::claim_room(std::uint32_t chunk_bytes, std::int64_t now_ms) {
    Room room;
    if (open_ != nullptr && chunk_bytes <= open_->room_bytes()) [[likely]] {
        room.segment = open_;
    } else if (next_ != nullptr && chunk_bytes <= next_->capacity_bytes()) {
        room.segment = next_.get();
    } else {
        KERA_TRY_ASSIGN(room.fresh, claim_segment(chunk_bytes, now_ms));
        room.segment = room.fresh.get();
    }
    return room;
}

Result<std::unique_ptr<Segment>> Lane::claim_segment(std::uint32_t chunk_bytes,
                                                     std::int64_t now_ms) {
    const std::uint32_t wanted = std::max(segment_bytes_wanted(now_ms), chunk_bytes);
    const std::uint32_t least = std::max(state_.settings.segment_bytes_min, chunk_bytes);
    Result<SegmentBlock> block = host_.memory->claim(wanted);
    if (!block.ok() && least < wanted) {
        block = host_.memory->claim(least);
    }
    if (!block.ok()) {
        return block.error();
    }
    return std::make_unique<Segment>(std::move(block).value(), now_ms);
}

// Segments grow with the lane's speed. A segment that filled within a second is followed by a
// larger one, one that took half a minute by a smaller one. So thousands of slow lanes do not hold
// much memory.
std::uint32_t Lane::segment_bytes_wanted(std::int64_t now_ms) const noexcept {
    constexpr std::int64_t kFastFillMs = 1'000;
    constexpr std::int64_t kSlowFillMs = 30'000;
    constexpr std::uint32_t kGrowth = 4;
    const StreamletSettings& settings = state_.settings;
    if (open_ == nullptr) {
        return settings.segment_bytes_min;
    }
    const std::uint32_t most = segment_bytes_most();
    const std::uint32_t now_bytes = open_->capacity_bytes();
    const std::int64_t fill_ms = now_ms - open_->created_ms();
    std::uint32_t wanted = now_bytes;
    if (fill_ms < kFastFillMs) {
        wanted = now_bytes >= most / kGrowth ? most : now_bytes * kGrowth;
    } else if (fill_ms > kSlowFillMs) {
        wanted = now_bytes / kGrowth;
    }
    return std::clamp(wanted, settings.segment_bytes_min, most);
}

// A segment takes no more than a share of memory. Retention deletes whole groups, so where little
// is kept they must be small: a group that cannot be filled for want of memory would never close,
// and nothing would ever be deleted.
std::uint32_t Lane::segment_bytes_most() const noexcept {
    constexpr std::int64_t kSegmentsKept = 16;
    const StreamletSettings& settings = state_.settings;
    std::int64_t most = std::min<std::int64_t>(
        settings.segment_bytes_max, static_cast<std::int64_t>(host_.memory->segment_share_bytes()));
    const std::int64_t kept_bytes_max = state_.retention_bytes.load(std::memory_order_relaxed);
    if (kept_bytes_max != kNoLimit) {
        most = std::min(most, kept_bytes_max / kSegmentsKept);
    }
    return std::max(settings.segment_bytes_min, static_cast<std::uint32_t>(most));
}

// Links the room's segment at the end of the chain. Returns the segment that was open.
Segment* Lane::open_segment(Room& room, std::int64_t now_ms) {
    Segment* before = open_;
    if (open_ != nullptr) {
        open_->close();
    }
    if (group_ == nullptr || group_->is_full()) {
        if (group_ != nullptr) {
            group_->close();
        }
        group_ = &groups_.add(std::make_unique<Group>(*host_.memory, id_, groups_.end(),
                                                      state_.settings.group_segments));
    }
    std::unique_ptr<Segment> segment =
        room.fresh != nullptr ? std::move(room.fresh) : std::move(next_);
    const SegmentId id(static_cast<std::int32_t>(group_->segment_count()));
    segment->set_place({state_.stream, state_.streamlet, id_, group_->id(), id}, now_ms);
    open_ = &group_->add(std::move(segment));
    may_reserve_ = true;
    return before;
}

void Lane::reserve_ahead(std::int64_t now_ms) {
    if (!may_reserve_ || open_->room_bytes() > open_->capacity_bytes() / 4) [[likely]] {
        return;
    }
    may_reserve_ = false;
    if (next_ == nullptr) {
        Result<std::unique_ptr<Segment>> segment =
            claim_segment(state_.settings.segment_bytes_min, now_ms);
        // Else the append that needs one claims it, and its client is told when there is no memory.
        if (segment.ok()) {
            next_ = std::move(segment).value();
        }
    }
}

Segment* Lane::close_group() noexcept {
    Segment* closed = std::exchange(open_, nullptr);
    if (closed != nullptr) {
        closed->close();
    }
    if (group_ != nullptr) {
        group_->close();
        group_ = nullptr;
    }
    next_.reset();
    return closed;
}

std::size_t Lane::drop_below(Offset start) {
    std::size_t dropped = 0;
    for (; !groups_.empty(); ++dropped) {
        const Group& first = *groups_.find(groups_.first());
        if (first.end_offset() > start) {
            break;
        }
        if (&first == group_) {
            close_group();
        }
        drop_first();
    }
    return dropped;
}

void Lane::drop_all() {
    KERA_ASSERT(state_.deleted.load(std::memory_order_relaxed));
    close_group();
    while (!groups_.empty()) {
        drop_first();
    }
    pending_ = PendingChunks();
    in_flight_.hold(kNothingInFlight);
}

void Lane::drop_first() {
    step(kept_bytes_, -groups_.find(groups_.first())->info().bytes);
    groups_.remove_first();
}

std::size_t Lane::expire_producers(std::int64_t before_ms, ProducerLanes& assignments) {
    return producers_.expire(before_ms, [&](ProducerId id) { assignments.forget(id, id_); });
}

LaneCounters Lane::counters() const noexcept {
    return {appended_bytes_.load(std::memory_order_relaxed),
            appended_records_.load(std::memory_order_relaxed),
            appended_chunks_.load(std::memory_order_relaxed)};
}

}  // namespace kera
