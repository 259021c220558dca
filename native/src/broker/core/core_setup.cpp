// Putting a core together: memory, reactors, streams, listeners, in this order.
// On the thread of whoever opens it, before any reactor runs.
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
#include "vlog/journal_path.hpp"

namespace kera {

namespace {

// As many as cost a quarter of an arena.
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
    }
    KERA_TRY(core->set_up_memory());
    KERA_TRY(core->set_up_reactors());
    KERA_TRY(core->recover_data());
    KERA_TRY(core->set_up_listeners());
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

Result<void> Core::set_up_memory() {
    KERA_TRY_ASSIGN(Arena arena, Arena::reserve({config_.arena_bytes, config_.pages}));
    arena_ = std::make_unique<Arena>(std::move(arena));
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
    return {};
}

Result<void> Core::set_up_reactors() {
    mailboxes_ =
        std::make_unique<ReactorMailboxes>(config_.reactor_count, config_.mailbox_messages);
    KERA_TRY_ASSIGN(control_, ControlRings::create());
    for (std::int32_t at = 0; at < config_.reactor_count; ++at) {
        reclaimers_.push_back(std::make_unique<Reclaimer>(grace_));
        lane_hosts_.push_back(
            {ReactorId(at), memory_.get(), reclaimers_.back().get(), producers_.get()});
    }
    for (std::int32_t at = 0; at < config_.reactor_count; ++at) {
        const auto index = static_cast<std::size_t>(at);
        Disk* disk = disks_.empty() ? nullptr : disks_[index].get();
        reactors_.push_back(std::make_unique<Reactor>(
            ReactorParts{ReactorId(at), config_, *environment_.clock, grace_, *reclaimers_[index],
                         *memory_, *producers_, *mailboxes_, *counters_, disk, draining_}));
    }
    std::unique_ptr<StreamStore> store = std::make_unique<NoStreamStore>();
    if (config_.keeps_data()) {
        store = std::make_unique<DiskStreamStore>(*disks_.front());
    }
    home_ = std::make_unique<FirstReactor>(FirstReactor::Parts{
        config_, *counters_, *pool_, lane_hosts_, *memory_, *producers_, *reclaimers_.front(),
        *mailboxes_, *reactors_.front(), std::move(store), *control_});
    home_->node().set_drain([this] { drain(); }, [this] { return settled(); });
    return {};
}

Result<void> Core::recover_data() {
    RecoveryResult result;
    const std::int64_t now_ms = environment_.clock->epoch_ms();
    producers_->restore_since(
        now_ms - config_.producer_expiry_ms,
        now_ms - std::min(config_.producer_expiry_ms, config_.limits.producer_idle_ms_min));
    CoreRecovery recovery(home_->directory(), *memory_);
    if (config_.keeps_data()) {
        KERA_TRY_ASSIGN(result, recover(*disks_.front(), recovery));
        recovery.finish(result);
        KERA_TRY(recovery.read_producers(*disks_.front()));
        home_->producer_ids().restore(
            {result.next_producer_id, result.producer_ids_rotten,
             std::max(result.highest_producer_id, recovery.highest_producer_id())});
    }
    recovered_.reactors_left = config_.reactor_count;
    recovered_.keep = result.keep_journals;
    for (const std::unique_ptr<Reactor>& one : reactors_) {
        one->set_durability(make_durability(one->id(), result));
        for (const std::shared_ptr<Stream>& stream : home_->directory().visible()) {
            one->changes().opened(stream);
        }
        for (const StreamId stream : recovery.aside()) {
            one->streams().set_aside(stream);
        }
    }
    recovery.for_each_replayed([this](const Lane& lane, Segment& segment) {
        reactor(lane.owner()).durability().adopt(segment);
    });
    return {};
}

std::unique_ptr<AppendDurability> Core::make_durability(ReactorId id, const RecoveryResult& found) {
    if (!config_.keeps_data()) {
        return std::make_unique<MemoryDurability>();
    }
    VirtualLogOptions options = config_.log;
    options.journal.node = config_.node;
    options.journal.reactor = id;
    const auto reactors = static_cast<std::uint64_t>(config_.reactor_count);
    options.journal.backlog_bytes_max =
        std::min(options.journal.backlog_bytes_max, config_.arena_bytes / (4 * reactors));
    const auto start = found.journals.find(id);
    randoms_.push_back(std::make_unique<Random>(config_.random_seed + environment_.random_seed +
                                                static_cast<std::uint64_t>(id.value())));
    auto log = std::make_unique<VirtualLog>(
        *disks_[static_cast<std::size_t>(id.value())], *environment_.clock, *randoms_.back(),
        *memory_, options, start == found.journals.end() ? JournalStart{} : start->second);
    std::vector<std::string> left_behind;
    for (const auto& [owner, journal] : found.journals) {
        if (id == ReactorId(0) && owner.value() >= config_.reactor_count) {
            for (const JournalFileRange& file : journal.recovered) {
                left_behind.push_back(journal_file_path(owner, file.number));
            }
        }
    }
    return std::make_unique<VirtualLogDurability>(std::move(log), recovered_,
                                                  std::move(left_behind));
}

Result<void> Core::set_up_listeners() {
    for (const std::string& text : config_.listen) {
        KERA_TRY_ASSIGN(Uri uri, parse_uri(text));
        for (const std::unique_ptr<Reactor>& reactor : reactors_) {
            KERA_TRY_ASSIGN(TransportSessions * sessions, add_transport(*reactor, uri));
            // The first reactor has the address as it was given; with the port that it got, the
            // others join it.
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
    control_->set_wake([&first = *threads_.front()] { first.wake(); });
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
