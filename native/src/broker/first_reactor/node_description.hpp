// Describes the node, and drains it before it stops. Belongs to the first reactor's thread; reads
// counters and memory that other threads write.
#pragma once

#include <atomic>
#include <functional>
#include <utility>

#include "broker/config/core_config.hpp"
#include "broker/metrics/counter_sets.hpp"
#include "broker/metrics/counters.hpp"
#include "broker/session/answers.hpp"
#include "memory/segment_pool.hpp"
#include "wire/message/node_messages.hpp"

namespace kera {

class NodeDescription {
  public:
    // `begin` starts draining; `has_ended` says whether every reactor is drained.
    struct DrainCalls {
        std::function<void()> begin;
        std::function<bool()> has_ended;
    };

    NodeDescription(const CoreConfig& config, const Counters& counters, NodeCounters&& gauges,
                    const SegmentPool& pool, Answers& answers, DrainCalls&& drain)
        : config_(config),
          counters_(counters),
          gauges_(std::move(gauges)),
          pool_(pool),
          answers_(answers),
          drain_(std::move(drain)) {}

    // Tells the control plane, once, that the node is drained.
    int poll();
    // Updates the counters of memory.
    void show_memory() noexcept;
    void on_describe(const Requester& requester, const FrameView& frame);
    void on_drain(const Requester& requester, const FrameView& frame);

  private:
    const CoreConfig& config_;
    const Counters& counters_;
    NodeCounters gauges_;
    const SegmentPool& pool_;
    Answers& answers_;
    const DrainCalls drain_;
    bool draining_ = false;
};

}  // namespace kera
