// Everything that only the first reactor has, put together.
// Belongs to that reactor's thread once it runs; owned by the core, destroyed before the reactor.
#pragma once

#include <memory>
#include <vector>

#include "broker/catalog/catalog.hpp"
#include "broker/catalog/stream_directory.hpp"
#include "broker/catalog/stream_factory.hpp"
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
          factory_(parts.lane_hosts, parts.memory, parts.counters),
          directory_(parts.config, factory_, parts.counters),
          groups_(parts.reactor.answers(), parts.reactor.streams()),
          catalog_(parts.config, {directory_, factory_, parts.reclaimer, parts.reactor.changes(),
                                  parts.mailboxes, parts.reactor.answers(), *store_, groups_}),
          producer_ids_(parts.reactor.answers(), parts.config.authority, parts.reactor.disk(),
                        parts.producers),
          node_(parts.config, parts.counters, parts.pool, parts.reactor.answers()),
          home_({parts.config, parts.reactor.answers(), catalog_, producer_ids_, groups_, node_}),
          control_(parts.control, home_) {
        parts.reactor.set_home(home_, catalog_);
        parts.reactor.set_control(control_);
        producer_ids_.set_control(control_);
        home_.set_control(control_);
    }
    FirstReactor(const FirstReactor&) = delete;
    FirstReactor& operator=(const FirstReactor&) = delete;

    StreamDirectory& directory() noexcept { return directory_; }
    NodeDescription& node() noexcept { return node_; }
    ControlPort& control() noexcept { return control_; }
    ProducerIds& producer_ids() noexcept { return producer_ids_; }

  private:
    std::unique_ptr<StreamStore> store_;
    StreamFactory factory_;
    StreamDirectory directory_;
    GroupRequests groups_;
    Catalog catalog_;
    ProducerIds producer_ids_;
    NodeDescription node_;
    FirstReactorRequests home_;
    ControlPort control_;
};

}  // namespace kera
