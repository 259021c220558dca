// What a reactor's lanes need now and then: retention, expiry of producers, deletion of what nobody
// may read any more. Belongs to the reactor's thread; works through its lanes a few at a time, so
// that no duty cycle is long. Invariant: every lane of this reactor is looked at once in each
// interval, and soon after one of its segments was closed: what retention lets go by size should
// not stay in memory, and go to disk, for being waited for.
#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.hpp"
#include "broker/config/core_config.hpp"
#include "broker/lane/append_durability.hpp"
#include "broker/lane/producer_snapshots.hpp"
#include "broker/lane/start_store.hpp"
#include "broker/stream/stream_table.hpp"
#include "storage/lane/lane.hpp"

namespace kera {

class LaneMaintenance {
  public:
    struct Parts {
        ReactorId reactor;
        const CoreConfig& config;
        const Clock& clock;
        StreamTable& streams;
        AppendDurability& durability;
        ProducerSnapshots& snapshots;
        const ProducerBudget& producers;
    };

    explicit LaneMaintenance(const Parts& parts) noexcept : parts_(parts) {}

    // `starts` stores the starts that retention moves.
    void run(std::int64_t now_ns, StartStore& starts);
    void schedule_retention(StreamId stream, StreamletId streamlet) {
        left_.emplace_back(stream, streamlet);
    }
    // Starts of the stream are on disk: what they let go can go.
    void on_starts_kept(StreamId stream);
    bool in_round() const noexcept { return !left_.empty(); }
    std::int64_t next_round_ns() const noexcept { return next_round_ns_; }

  private:
    void begin_round(std::int64_t now_ns);
    // Producers are forgotten that have not appended since: sooner where there are many.
    std::int64_t producers_kept_since_ms(std::int64_t now_ms) const;
    void maintain(StreamletView& view, StartStore& starts);
    void maintain(StreamletView& view, Lane& lane, std::int64_t now_ms, StartStore& starts);
    // Up to where groups may be dropped: what is gone from disk must not be missed by the next
    // start, so the new start is there first.
    Offset droppable_below(StreamletView& view, StartStore& starts) const;
    static void show(SharedStreamlet& shared);

    Parts parts_;
    std::int64_t next_round_ns_ = 0;
    // Those still to be looked at in this round.
    std::vector<std::pair<StreamId, StreamletId>> left_;
    std::vector<DroppedGroup> dropped_;
};

}  // namespace kera
