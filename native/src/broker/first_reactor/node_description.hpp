// What a node says of itself, and its draining before it stops.
// Belongs to the first reactor's thread; reads counters and memory that other threads write.
#pragma once

#include <atomic>
#include <functional>

#include "broker/config/core_config.hpp"
#include "broker/metrics/counter_sets.hpp"
#include "broker/metrics/counters.hpp"
#include "broker/session/answers.hpp"
#include "memory/segment_pool.hpp"
#include "wire/message/node_messages.hpp"

namespace kera {

class NodeDescription {
  public:
    NodeDescription(const CoreConfig& config, Counters& counters, const SegmentPool& pool,
                    Answers& answers)
        : config_(config),
          counters_(counters),
          pool_(pool),
          answers_(answers),
          gauges_(NodeCounters::allocate(counters)) {}

    // How draining begins, and whether every reactor has come to its end.
    void set_drain(std::function<void()> begin, std::function<bool()> ended) {
        begin_drain_ = std::move(begin);
        drain_ended_ = std::move(ended);
    }
    // Tells the control plane, once, that the node has been drained.
    int poll();
    // Brings the counters of memory up to date.
    void show_memory() noexcept;
    void on_describe(const Requester& requester, const FrameView& frame);
    void on_drain(const Requester& requester, const FrameView& frame);

  private:
    const CoreConfig& config_;
    const Counters& counters_;
    const SegmentPool& pool_;
    Answers& answers_;
    NodeCounters gauges_;
    std::function<void()> begin_drain_;
    std::function<bool()> drain_ended_;
    bool draining_ = false;
};

}  // namespace kera
