// Puts a core together: disks, memory, what is on disk, reactors, listeners, in this order. So each
// reactor is complete when it is made. The thread that opens the core, before any reactor runs.
// Only how to wake a thread is told later (set_wake), since a thread watches transports.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "broker/catalog/disk_stream_store.hpp"
#include "broker/core/core.hpp"
#include "broker/core/core_recovery.hpp"
#include "broker/lane/virtual_log_durability.hpp"
#include "storage/lane/producer_table.hpp"
#include "transport/uri.hpp"
#include "vlog/journal/journal_path.hpp"
#include "vlog/recovery/data_format.hpp"

namespace kera {

namespace {

// Apart from the seeds of reactors.
constexpr std::uint64_t kFinishedFiles = 1'000'000;

// So many take a quarter of the arena's size.
std::int64_t producers_beside(std::uint64_t arena_bytes) noexcept {
    return static_cast<std::int64_t>(arena_bytes / 4 / ProducerTable::bytes_per_producer_max());
}

}  // namespace

Result<std::unique_ptr<Core>> Core::open(const CoreConfig& config,
                                         const CoreEnvironment& environment) {
    KERA_TRY(config.check());
    std::unique_ptr<Core> core(new Core(config, environment));
    if (config.keeps_data()) {
        KERA_TRY(core->set_up_disks());
        KERA_TRY(check_data_format(*core->disks_.front()));
        KERA_TRY(core->finish_last_life());
    }
    KERA_TRY(core->set_up_memory());
    if (config.keeps_data()) {
        KERA_TRY(core->run_.begin(*core->disks_.front(), environment.clock->epoch_ms()));
    }
    CoreRecovery recovery(*core->streams_, core->run_.restarts(),
                          config.authority == Authority::core);
    KERA_TRY_ASSIGN(const Found found, core->recover_data(recovery));
    KERA_TRY(core->set_up_reactors(found));
    core->hand_over();
    KERA_TRY(core->set_up_listeners());
    if (core->keeping_ != nullptr) {
        core->keeping_->keep(*core->arena_);
    }
    core->complete_ = true;
    return core;
}

Result<void> Core::set_up_disks() {
    if (environment_.lock_data) {
        KERA_TRY(environment_.lock_data());
    }
    for (std::int32_t at = 0; at < config_.reactor_count; ++at) {
        KERA_TRY_ASSIGN(std::unique_ptr<Disk> disk, environment_.make_disk(ReactorId(at)));
        disks_.push_back(std::move(disk));
    }
    return {};
}

Result<void> Core::finish_last_life() {
    std::unique_ptr<MemoryKeeper> keeper;
    if (environment_.find_keeper) {
        keeper = environment_.find_keeper();
    }
    keeping_ = std::make_unique<MemoryKeeping>(std::move(keeper), config_);
    Random random(config_.random_seed + environment_.random_seed + kFinishedFiles);
    return keeping_->finish_last(*disks_.front(), *environment_.clock, random);
}

Result<void> Core::set_up_memory() {
    KERA_TRY_ASSIGN(Arena arena, Arena::reserve({config_.arena_bytes, config_.pages}));
    arena_ = std::make_unique<Arena>(std::move(arena));
    if (keeping_ != nullptr) {
        KERA_TRY(keeping_->begin_tails(*arena_));
    }
    KERA_TRY_ASSIGN(const ArenaRegion region,
                    arena_->carve("segments", arena_->unused_bytes(), 4_KiB));
    SegmentPoolConfig classes;
    std::erase_if(classes.class_bytes,
                  [&region](std::size_t bytes) { return bytes > region.bytes; });
    KERA_TRY_ASSIGN(pool_, SegmentPool::create(region, classes));
    memory_ = std::make_unique<SegmentMemory>(*pool_, config_.loaded_bytes_max);
    producers_ = std::make_unique<ProducerBudget>(
        std::min(config_.limits.producers_max, producers_beside(config_.arena_bytes)));
    if (config_.touch_ahead) {
        arena_->touch_ahead();
    }
    KERA_TRY_ASSIGN(counters_, Counters::create({}, *environment_.clock));
    for (std::int32_t at = 0; at < config_.reactor_count; ++at) {
        reactor_counters_.push_back(ReactorCounters::allocate(*counters_, ReactorId(at)));
        reclaimers_.push_back(std::make_unique<Reclaimer>(grace_));
        lane_hosts_.push_back(
            {ReactorId(at), memory_.get(), reclaimers_.back().get(), producers_.get()});
    }
    node_counters_ = NodeCounters::allocate(*counters_);
    stream_factory_ = std::make_unique<StreamFactory>(lane_hosts_, *memory_, *counters_);
    streams_ = std::make_unique<StreamDirectory>(config_, *stream_factory_, *counters_);
    return {};
}

Result<Core::Found> Core::recover_data(CoreRecovery& recovery) {
    Found found;
    const std::int64_t now_ms = environment_.clock->epoch_ms();
    producers_->restore_since(
        now_ms - config_.producer_expiry_ms,
        now_ms - std::min(config_.producer_expiry_ms, config_.limits.producer_idle_ms_min));
    if (config_.keeps_data()) {
        KERA_TRY_ASSIGN(found.result, recover(*disks_.front(), recovery));
        recovery.finish(found.result);
        KERA_TRY(recovery.read_producers(*disks_.front()));
        found.producer_ids = {
            found.result.next_producer_id, found.result.producer_ids_rotten,
            std::max(found.result.highest_producer_id, recovery.highest_producer_id())};
    }
    return found;
}

Result<void> Core::set_up_reactors(const Found& found) {
    mailboxes_ =
        std::make_unique<ReactorMailboxes>(config_.reactor_count, config_.mailbox_messages);
    KERA_TRY_ASSIGN(control_rings_, ControlRings::create());
    control_sender_ = std::make_unique<ControlSender>(*control_rings_);
    FirstReactorParts first = parts_of_first(found);
    for (std::int32_t at = 0; at < config_.reactor_count; ++at) {
        const auto index = static_cast<std::size_t>(at);
        const ReactorParts parts{ReactorId(at),
                                 config_,
                                 *environment_.clock,
                                 grace_,
                                 *reclaimers_[index],
                                 *memory_,
                                 *producers_,
                                 *mailboxes_,
                                 *counters_,
                                 disks_.empty() ? nullptr : disks_[index].get(),
                                 draining_};
        reactors_.push_back(std::make_unique<Reactor>(parts, std::move(reactor_counters_[index]),
                                                      make_durability(parts.id, found.result),
                                                      at == 0 ? &first : nullptr));
    }
    return {};
}

FirstReactorParts Core::parts_of_first(const Found& found) {
    std::unique_ptr<StreamStore> store = std::make_unique<NoStreamStore>();
    if (config_.keeps_data()) {
        store = std::make_unique<DiskStreamStore>(*disks_.front(), run_.restarts());
    }
    return {*pool_,
            *stream_factory_,
            *streams_,
            *control_rings_,
            *control_sender_,
            std::move(node_counters_),
            {[this] { drain(); }, [this] { return settled(); }},
            found.producer_ids,
            std::move(store)};
}

void Core::hand_over() {
    streams_->for_each_after(StreamId(-1), [this](const CatalogEntry& entry) {
        for (const std::unique_ptr<Reactor>& reactor : reactors_) {
            if (entry.state == StreamState::set_aside) {
                reactor->add_set_aside(entry.stream->id);
            } else {
                reactor->add_recovered(entry.stream);
            }
        }
        return true;
    });
}

std::unique_ptr<AppendDurability> Core::make_durability(ReactorId id, const RecoveryResult& found) {
    if (!config_.keeps_data()) {
        return std::make_unique<MemoryDurability>();
    }
    VirtualLogOptions options = config_.log;
    options.journal.node = config_.node;
    options.journal.reactor = id;
    options.journal.tail = keeping_->tail_of(id);
    const auto reactors = static_cast<std::uint64_t>(config_.reactor_count);
    options.journal.backlog_bytes_max =
        std::min(options.journal.backlog_bytes_max, config_.arena_bytes / (4 * reactors));
    const auto start = found.journals.find(id);
    randoms_.push_back(std::make_unique<Random>(config_.random_seed + environment_.random_seed +
                                                static_cast<std::uint64_t>(id.value())));
    auto segments = std::make_unique<SegmentsOfTable>();
    auto log = std::make_unique<VirtualLog>(
        *disks_[static_cast<std::size_t>(id.value())], *environment_.clock, *randoms_.back(),
        *memory_, *segments, options,
        start == found.journals.end() ? JournalStart{} : start->second);
    for (const auto& [owner, journal] : found.journals) {
        if (id == ReactorId(0) && owner.value() >= config_.reactor_count) {
            log->adopt_files(journal.recovered);
        }
    }
    return std::make_unique<VirtualLogDurability>(std::move(segments), std::move(log),
                                                  LogCounters::allocate(*counters_, id));
}

Result<void> Core::set_up_listeners() {
    for (const std::string& text : config_.listen) {
        KERA_TRY_ASSIGN(Uri uri, parse_uri(text));
        for (const std::unique_ptr<Reactor>& reactor : reactors_) {
            KERA_TRY_ASSIGN(TransportSessions * sessions, add_transport(*reactor, uri));
            // The first reactor listens at the given address. The others join it at the port that
            // it got.
            Uri here = uri;
            if (reactor->id() != ReactorId(0) && uri.scheme != "tcp") {
                here.address +=
                    (uri.scheme == "sim" ? "/" : ".") + std::to_string(reactor->id().value());
            }
            KERA_TRY_ASSIGN(here, sessions->transport().listen(here));
            endpoints_.push_back(here);
            if (reactor->id() == ReactorId(0)) {
                uri = here;
            }
        }
    }
    for (const std::unique_ptr<Reactor>& reactor : reactors_) {
        KERA_TRY_ASSIGN(std::unique_ptr<ReactorThread> thread,
                        ReactorThread::create(*reactor, *environment_.clock, config_));
        ReactorThread& to_wake = *thread;
        mailboxes_->set_wake(reactor->id(), [&to_wake] { to_wake.wake(); });
        threads_.push_back(std::move(thread));
    }
    control_rings_->set_wake([&first = *threads_.front()] { first.wake(); });
    return {};
}

Result<TransportSessions*> Core::add_transport(Reactor& reactor, const Uri& uri) {
    KERA_TRY_ASSIGN(std::unique_ptr<Transport> transport,
                    environment_.make_transport(uri, reactor.id()));
    const ArenaRegion& segments = pool_->region();
    KERA_TRY(
        transport->register_memory({segments.base, segments.bytes, arena_->fd(), segments.offset}));
    return &reactor.add_transport(std::move(transport));
}

}  // namespace kera
