// Durability for a core that keeps its data: every append goes into the reactor's virtual log,
// every full segment to its file. Belongs to one reactor's thread; owns the virtual log, borrows
// the disk. Invariant: waiting chunks are answered in the order of the virtual log, and positively
// only below its durable position.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "broker/lane/append_durability.hpp"
#include "vlog/virtual_log.hpp"

namespace kera {

// Shared by the reactors of a core: journals of the previous run are deleted once everything in
// them is in segment files.
struct RecoveredJournals {
    std::atomic<std::int32_t> reactors_left{0};
    // They stay: something in them could not be read, and may be repaired by hand.
    bool keep = false;
};

class VirtualLogDurability final : public AppendDurability {
  public:
    // `left_behind`: leftover journal files of removed reactors. One reactor deletes them.
    VirtualLogDurability(std::unique_ptr<VirtualLog> log, RecoveredJournals& recovered,
                         std::vector<std::string> left_behind) noexcept
        : log_(std::move(log)), recovered_(recovered), left_behind_(std::move(left_behind)) {}

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
