// Everything that only the first reactor has: the catalog, producer ids, exclusive groups, the
// node's description, the control plane's commands. Owned by the first reactor, belongs to its
// thread. Borrows what the core and the reactor have.
#pragma once

#include <memory>

#include "broker/catalog/catalog.hpp"
#include "broker/catalog/stream_store.hpp"
#include "broker/control/control_commands.hpp"
#include "broker/first_reactor/first_reactor_requests.hpp"
#include "broker/first_reactor/group_requests.hpp"
#include "broker/first_reactor/node_description.hpp"
#include "broker/first_reactor/producer_ids.hpp"

namespace kera {

// What the core gives to the first reactor alone.
struct FirstReactorParts {
    const SegmentPool& pool;
    const StreamFactory& factory;
    StreamDirectory& directory;
    ControlRings& control_rings;
    ControlSink& control;
    NodeCounters node_counters;
    NodeDescription::DrainCalls drain;
    ProducerIds::Found producer_ids;
    std::unique_ptr<StreamStore> store;
};

class FirstReactor {
  public:
    // What it borrows from its reactor.
    struct Reactor {
        const CoreConfig& config;
        const Counters& counters;
        ProducerBudget& producers;
        Reclaimer& reclaimer;
        ReactorMailboxes& mailboxes;
        // Null for a core without a disk.
        Disk* disk;
        Answers& answers;
        RequestGuard& guard;
        StreamTable& streams;
        StreamLifecycle& lifecycle;
    };

    FirstReactor(FirstReactorParts&& parts, const Reactor& reactor)
        : store_(std::move(parts.store)),
          groups_(reactor.answers, reactor.streams),
          catalog_(reactor.config,
                   {parts.directory, parts.factory, reactor.reclaimer, reactor.lifecycle,
                    reactor.mailboxes, reactor.answers, *store_, groups_},
                   groups_, reactor.guard),
          producer_ids_({reactor.config.authority, reactor.answers, reactor.disk, reactor.producers,
                         parts.control},
                        parts.producer_ids),
          node_(reactor.config, reactor.counters, std::move(parts.node_counters), parts.pool,
                reactor.answers, std::move(parts.drain)),
          requests_({reactor.config, reactor.answers, catalog_, producer_ids_, groups_, node_,
                     parts.control}),
          commands_(parts.control_rings, parts.control, requests_) {}
    FirstReactor(const FirstReactor&) = delete;
    FirstReactor& operator=(const FirstReactor&) = delete;

    Catalog& catalog() noexcept { return catalog_; }
    FirstReactorRequests& requests() noexcept { return requests_; }
    ControlCommands& commands() noexcept { return commands_; }

  private:
    std::unique_ptr<StreamStore> store_;
    GroupRequests groups_;
    Catalog catalog_;
    ProducerIds producer_ids_;
    NodeDescription node_;
    FirstReactorRequests requests_;
    ControlCommands commands_;
};

}  // namespace kera
