// Rounds over a reactor's lanes. Belongs to the reactor's thread.
#include "broker/lane/lane_maintenance.hpp"

#include <algorithm>

#include "base/planted_defect.hpp"
#include "storage/streamlet/retention.hpp"

namespace kera {

namespace {

constexpr int kStreamletsPerRun = 64;

}  // namespace

void LaneMaintenance::run(std::int64_t now_ns, StartStore& starts) {
    if (left_.empty()) {
        if (now_ns < next_round_ns_) {
            return;
        }
        begin_round(now_ns);
    }
    for (int done = 0; done < kStreamletsPerRun && !left_.empty(); ++done) {
        const auto [stream, streamlet] = left_.back();
        left_.pop_back();
        if (auto view = parts_.streams.find(stream, streamlet); view.ok()) {
            maintain(**view, starts);
        }
    }
}

void LaneMaintenance::begin_round(std::int64_t now_ns) {
    next_round_ns_ = now_ns + parts_.config.retention_interval_ms * kNanosPerMilli;
    parts_.streams.for_each([this](const StreamletView& view) {
        left_.emplace_back(view.streamlet().stream(), view.streamlet().id());
    });
}

void LaneMaintenance::show(SharedStreamlet& shared) {
    const StreamletCounters now = shared.streamlet->counters();
    shared.gauges.bytes_in.set(now.appended_bytes);
    shared.gauges.records_in.set(now.appended_records);
    shared.gauges.next_offset.set(now.next_offset.value());
    shared.gauges.readable_head.set(now.readable_head.value());
    shared.gauges.start_offset.set(now.start_offset.value());
}

std::int64_t LaneMaintenance::producers_kept_since_ms(std::int64_t now_ms) const {
    const std::int64_t expiry_ms = parts_.config.producer_expiry_ms;
    const std::int64_t least_ms = std::min(expiry_ms, parts_.config.limits.producer_idle_ms_min);
    return now_ms - (parts_.producers.is_scarce() ? least_ms : expiry_ms);
}

void LaneMaintenance::on_starts_kept(StreamId stream) {
    parts_.streams.for_each_of(stream, [this](const StreamletView& view) {
        schedule_retention(view.streamlet().stream(), view.streamlet().id());
    });
}

Offset LaneMaintenance::droppable_below(StreamletView& view, StartStore& starts) const {
    const Offset start = view.streamlet().start_offset();
    if (!parts_.config.keeps_data() || planted(PlantedDefect::retention_start_not_kept)) {
        return start;
    }
    const Offset kept(view.shared->kept_start.load(std::memory_order_acquire));
    if (kept < start && !view.stream->starts_asked.exchange(true, std::memory_order_acq_rel)) {
        starts.save_starts(view.stream->id);
    }
    return std::min(start, kept);
}

void LaneMaintenance::maintain(StreamletView& view, StartStore& starts) {
    Streamlet& streamlet = view.streamlet();
    if (streamlet.lane(LaneId(0)).owner() == parts_.reactor) {
        show(*view.shared);
    }
    const std::int64_t now_ms = parts_.clock.epoch_ms();
    for (std::uint16_t at = 0; at < streamlet.lane_count(); ++at) {
        Lane& lane = streamlet.lane(LaneId(at));
        if (lane.owner() == parts_.reactor) {
            maintain(view, lane, now_ms, starts);
        }
    }
}

void LaneMaintenance::maintain(StreamletView& view, Lane& lane, std::int64_t now_ms,
                               StartStore& starts) {
    Streamlet& streamlet = view.streamlet();
    if (Segment* closed = close_expired_group(streamlet, lane, now_ms)) {
        parts_.durability.closed(*closed);
    }
    streamlet.raise_start(retained_from(streamlet, now_ms));
    const Offset kept_below = droppable_below(view, starts);
    (void)lane.drop_below(parts_.snapshots.droppable_below(streamlet, lane, kept_below));
    lane.expire_producers(producers_kept_since_ms(now_ms), streamlet.producer_lanes());
    lane.forget_silent(now_ms, streamlet.producer_lanes());
}

}  // namespace kera
