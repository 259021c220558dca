// Maintains a reactor's lanes: retention, expiry of producers, deletion of groups that nobody may
// read any more. Belongs to the reactor's thread. It handles a few lanes at a time, so that no duty
// cycle is long. Invariant: each lane is maintained once in each interval, and soon after one of
// its segments was closed: what retention deletes by size need not stay in memory or go to disk.
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
    // Starts of the stream are stored: groups below them can be deleted.
    void on_starts_kept(StreamId stream);
    bool in_round() const noexcept { return !left_.empty(); }
    std::int64_t next_round_ns() const noexcept { return next_round_ns_; }

  private:
    void begin_round(std::int64_t now_ns);
    // Producers that have not appended since then are forgotten; the time is shorter when there are
    // many.
    std::int64_t producers_kept_since_ms(std::int64_t now_ms) const;
    void maintain(StreamletView& view, StartStore& starts);
    void maintain(StreamletView& view, Lane& lane, std::int64_t now_ms, StartStore& starts);
    // Groups below it may be deleted. The new start is stored first, so that the next start does
    // not miss deleted groups.
    Offset droppable_below(StreamletView& view, StartStore& starts) const;
    static void show(SharedStreamlet& shared);

    Parts parts_;
    std::int64_t next_round_ns_ = 0;
    // Streamlets that are left in this round.
    std::vector<std::pair<StreamId, StreamletId>> left_;
};

}  // namespace kera
