// The gate of a core that keeps its data: every append goes through the reactor's virtual log,
// every full segment to its file. Belongs to one reactor's thread; owns the virtual log, borrows
// the disk. Invariant: those who wait are told in the virtual log's order, and of success only
// below its durable position.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "broker/lane/durability_gate.hpp"
#include "vlog/virtual_log.hpp"

namespace kera {

// Shared by the reactors of a core: the journals of the run before go once everything in them has a
// file of its own.
struct RecoveredJournals {
    std::atomic<std::int32_t> reactors_left{0};
    // Something in them could not be read, and may be mended by hand.
    bool keep = false;
};

class VirtualLogGate final : public DurabilityGate {
  public:
    // `left_behind`: journal files of reactors that there are no more, for one gate to remove.
    VirtualLogGate(std::unique_ptr<VirtualLog> log, RecoveredJournals& recovered,
                   std::vector<std::string> left_behind) noexcept
        : log_(std::move(log)), recovered_(recovered), left_behind_(std::move(left_behind)) {}

    Result<void> admit(AckLevel level) override { return log_->admit(level == AckLevel::disk); }
    Position note(const Appended& appended, AckLevel level) noexcept override;
    Position noted(AckLevel level) noexcept override;
    void wait(PendingChunk&& chunk) override { pending_.push_back(std::move(chunk)); }
    int poll(DurabilityHandler& handler) override;
    void forget(StreamId stream, DurabilityHandler& handler) override;
    void closed(Segment& segment) noexcept override { log_->segment_closed(segment); }
    void adopt(Segment& segment) override { log_->adopt_recovered(segment); }
    void dropped(StreamId stream, StreamletId streamlet, const DroppedGroup& group) override {
        log_->group_dropped(stream, streamlet, group);
    }
    std::int64_t next_deadline_ns() const noexcept override { return log_->next_deadline_ns(); }
    bool settled() const noexcept override { return pending_.empty() && log_->settled(); }
    void want_all() noexcept override { log_->want_all(); }

  private:
    void release_recovered();

    std::unique_ptr<VirtualLog> log_;
    RecoveredJournals& recovered_;
    std::vector<std::string> left_behind_;
    bool mine_recovered_ = false;
    bool released_ = false;
    std::deque<PendingChunk> pending_;
};

}  // namespace kera
