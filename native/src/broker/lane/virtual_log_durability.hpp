// Durability for a core that keeps its data: every append goes into the reactor's virtual log.
// Belongs to one reactor's thread; owns the virtual log, borrows the disk. Invariant: waiting
// chunks are answered in the order of the virtual log, and positively only below its durable
// position.
#pragma once

#include <deque>
#include <memory>
#include <utility>

#include "broker/lane/append_durability.hpp"
#include "broker/lane/segments_of_table.hpp"
#include "broker/metrics/counter_sets.hpp"
#include "vlog/virtual_log.hpp"

namespace kera {

class VirtualLogDurability final : public AppendDurability {
  public:
    // `segments` is what the log finds segments with.
    VirtualLogDurability(std::unique_ptr<SegmentsOfTable> segments, std::unique_ptr<VirtualLog> log,
                         LogCounters&& counters) noexcept
        : segments_(std::move(segments)), log_(std::move(log)), counters_(std::move(counters)) {}

    void serve(StreamTable& streams) noexcept override { segments_->look_in(streams); }
    Result<void> admit(AckLevel level) override { return log_->admit(level == AckLevel::disk); }
    Position note(const Appended& appended, AckLevel level) noexcept override;
    Position noted(AckLevel level) noexcept override;
    bool is_durable(Position position) const noexcept override {
        return position <= log_->durable_position();
    }
    void wait(PendingChunk&& chunk) override { pending_.push_back(std::move(chunk)); }
    int poll(DurabilityHandler& handler) override;
    void forget(StreamId stream, DurabilityHandler& handler) override;
    void leadership_ended(StreamId stream, StreamletId first, StreamletId end,
                          DurabilityHandler& handler) override;
    void closed(Segment& segment) noexcept override { log_->segment_closed(segment); }
    std::int64_t next_deadline_ns() const noexcept override { return log_->next_deadline_ns(); }
    bool settled() const noexcept override { return pending_.empty() && log_->settled(); }
    void want_all() noexcept override { log_->want_all(); }

  private:
    void show_cleaning();

    std::unique_ptr<SegmentsOfTable> segments_;
    std::unique_ptr<VirtualLog> log_;
    LogCounters counters_;
    std::deque<PendingChunk> pending_;
};

}  // namespace kera
