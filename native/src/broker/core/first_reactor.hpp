// Everything that only the first reactor has, put together.
// Belongs to that reactor's thread once it runs; owned by the core, destroyed before the reactor.
#pragma once

#include <memory>
#include <vector>

#include "broker/catalog/catalog.hpp"
#include "broker/catalog/lane_owners.hpp"
#include "broker/catalog/stream_store.hpp"
#include "broker/control/control_port.hpp"
#include "broker/first_reactor/first_reactor_requests.hpp"
#include "broker/first_reactor/group_requests.hpp"
#include "broker/first_reactor/node_description.hpp"
#include "broker/first_reactor/producer_ids.hpp"
#include "broker/reactor/reactor.hpp"

namespace kera {

class FirstReactor {
  public:
    struct Parts {
        const CoreConfig& config;
        Counters& counters;
        const SegmentPool& pool;
        const std::vector<LaneHost>& lane_hosts;
        SegmentMemory& memory;
        ProducerBudget& producers;
        Reclaimer& reclaimer;
        ReactorMailboxes& mailboxes;
        Reactor& reactor;
        std::unique_ptr<StreamStore> store;
        ControlRings& control;
    };

    explicit FirstReactor(Parts&& parts)
        : store_(std::move(parts.store)),
          owners_(parts.config.reactor_count),
          catalog_({parts.config, owners_, parts.lane_hosts, parts.memory, parts.counters,
                    parts.reclaimer, parts.reactor.changes(), parts.mailboxes,
                    parts.reactor.answers(), *store_}),
          producer_ids_(parts.reactor.answers(), parts.config.authority, parts.reactor.disk(),
                        parts.producers),
          groups_(parts.reactor.answers(), parts.reactor.streams()),
          node_(parts.config, parts.counters, parts.pool, parts.reactor.answers()),
          home_({parts.config, parts.reactor.answers(), catalog_, producer_ids_, groups_, node_}),
          control_(parts.control, home_) {
        catalog_.set_on_dropped([this](StreamId stream) { groups_.on_stream_dropped(stream); });
        parts.reactor.set_home(home_, catalog_);
        parts.reactor.set_control(control_);
        producer_ids_.set_control(control_);
        home_.set_control(control_);
    }
    FirstReactor(const FirstReactor&) = delete;
    FirstReactor& operator=(const FirstReactor&) = delete;

    Catalog& catalog() noexcept { return catalog_; }
    NodeDescription& node() noexcept { return node_; }
    ControlPort& control() noexcept { return control_; }
    ProducerIds& producer_ids() noexcept { return producer_ids_; }

  private:
    std::unique_ptr<StreamStore> store_;
    LaneOwners owners_;
    Catalog catalog_;
    ProducerIds producer_ids_;
    GroupRequests groups_;
    NodeDescription node_;
    FirstReactorRequests home_;
    ControlPort control_;
};

}  // namespace kera
