// Lanes, heads and counters of a streamlet. See streamlet.hpp; reading is in reader.cpp, times in
// time_lookup.cpp. Any thread.
#include "storage/streamlet/streamlet.hpp"

#include <algorithm>

namespace kera {

Streamlet::Streamlet(StreamId stream, StreamletId streamlet, const StreamletSettings& settings,
                     Term term, SegmentMemory& memory) noexcept
    : state_(stream, streamlet, settings, term), memory_(memory) {}

Streamlet::~Streamlet() = default;

void Streamlet::raise_term(Term term) noexcept {
    std::int32_t now = state_.term.load(std::memory_order_acquire);
    while (now < term.value() &&
           !state_.term.compare_exchange_weak(now, term.value(), std::memory_order_acq_rel)) {
    }
}

Result<Lane*> Streamlet::add_lane(const LaneHost& host) {
    const std::lock_guard guard(lanes_mutex_);
    const std::uint16_t count = lane_count_.load(std::memory_order_relaxed);
    if (count >= kLanesMax) {
        return fail(ErrorCode::limit_exceeded, "lanes", kLanesMax, count + 1);
    }
    lanes_[count] = std::make_unique<Lane>(state_, LaneId(count), host);
    lane_count_.store(static_cast<std::uint16_t>(count + 1), std::memory_order_seq_cst);
    return lanes_[count].get();
}

Lane& Streamlet::lane(LaneId id) const noexcept {
    KERA_ASSERT(id.value() < lane_count(), id);
    return *lanes_[id.value()];
}

Offset Streamlet::readable_head() noexcept {
    return state_.offsets.refresh([this](auto&& see) {
        const std::uint16_t count = lane_count();
        for (std::uint16_t lane = 0; lane < count; ++lane) {
            see(lanes_[lane]->in_flight());
        }
    });
}

Offset Streamlet::raise_start(Offset start) noexcept {
    const std::int64_t wanted = std::min(start, readable_head()).value();
    std::int64_t now = state_.start_offset.load(std::memory_order_acquire);
    while (now < wanted) {
        if (state_.start_offset.compare_exchange_weak(now, wanted, std::memory_order_acq_rel)) {
            return Offset(wanted);
        }
    }
    return Offset(now);
}

void Streamlet::groups(std::vector<GroupInfo>& out) const {
    out.clear();
    const std::uint16_t count = lane_count();
    for (std::uint16_t lane = 0; lane < count; ++lane) {
        const GroupDirectory& groups = lanes_[lane]->groups();
        for (GroupId id = groups.first(); id < groups.end(); id = id.next()) {
            const Group* group = groups.find(id);
            if (group != nullptr) {
                out.push_back(group->info());
            }
        }
    }
}

Retention Streamlet::retention() const noexcept {
    return {state_.retention_ms.load(std::memory_order_relaxed),
            state_.retention_bytes.load(std::memory_order_relaxed)};
}

void Streamlet::set_retention(const Retention& retention) noexcept {
    state_.retention_ms.store(retention.age_ms_max, std::memory_order_relaxed);
    state_.retention_bytes.store(retention.bytes_max, std::memory_order_relaxed);
}

bool Streamlet::released() const noexcept {
    const std::uint16_t count = lane_count();
    return std::all_of(lanes_.begin(), lanes_.begin() + count,
                       [](const auto& lane) { return lane->groups().empty(); });
}

StreamletCounters Streamlet::counters() noexcept {
    StreamletCounters all;
    const std::uint16_t count = lane_count();
    for (std::uint16_t lane = 0; lane < count; ++lane) {
        const LaneCounters one = lanes_[lane]->counters();
        all.appended_bytes += one.appended_bytes;
        all.appended_records += one.appended_records;
        all.appended_chunks += one.appended_chunks;
        all.kept_bytes += lanes_[lane]->kept_bytes();
    }
    all.start_offset = start_offset();
    all.readable_head = readable_head();
    all.next_offset = next_offset();
    return all;
}

void Streamlet::restore_offsets(Offset start, Offset next) noexcept {
    state_.offsets.restore(next);
    state_.start_offset.store(start.value(), std::memory_order_release);
}

}  // namespace kera
