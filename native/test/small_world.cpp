// The events in a small world, and its end. One thread, the simulation's.
#include "small_world.hpp"

#include <algorithm>

namespace kera {

CoreConfig SmallWorld::small_config(std::uint64_t seed) {
    CoreConfig config;
    config.arena_bytes = 4_MiB;
    config.loaded_bytes_max = 256_KiB;
    config.touch_ahead = false;
    config.listen = {"sim:broker"};
    config.data_folder = "data";
    config.reactor_count = 1 + static_cast<std::int32_t>(seed % 3);
    config.retention_interval_ms = 20;
    config.producer_expiry_ms = kExpiryMs;
    config.mailbox_messages = 4;
    config.log.journal.file_bytes = 128_KiB;
    config.log.journal.first_file_bytes = 64_KiB;
    config.log.cleaner = {.kept_percent_max = 110,
                          .kept_bytes_more = 128 << 10,
                          .piece_bytes = 64U << 10U,
                          .unstable_bytes_max = 256 << 10,
                          .look_every_ns = 50 * kNanosPerMilli,
                          .retry_ns = kNanosPerSecond};
    config.log.journal.entries_max = 1U << 10U;
    return config;
}

void SmallWorld::create_streams() {
    StreamSettings settings;
    settings.segment_bytes_max = 64U << 10U;
    settings.group_segments = 2;
    settings.timestamp_type = 1;
    settings.lanes = static_cast<std::uint16_t>(node_.random().between(1, 2));
    settings.streamlets = 2;
    create("kept", settings);
    settings.streamlets = 1;
    settings.retention_ms = weather_.retention ? kAgeMsMax : kNoLimit;
    create("aged", settings);
    settings.retention_ms = kNoLimit;
    settings.retention_bytes = weather_.retention ? 200'000 : kNoLimit;
    create("sized", settings);
}

void SmallWorld::create(const std::string& name, const StreamSettings& settings) {
    const auto id = administrator_.create(name, settings);
    if (!id) {
        return;
    }
    streams_.push_back(std::make_unique<AdministeredStream>());
    AdministeredStream& stream = *streams_.back();
    stream.id = *id;
    stream.name = name;
    stream.settings = settings;
    stream.lanes_told = stream.lanes_asked = settings.lanes;
    stream.streamlets_told = stream.streamlets_asked = settings.streamlets;
    const KeptAtLeast kept{settings.retention_ms, settings.retention_bytes};
    for (std::int32_t at = 0; at < settings.streamlets; ++at) {
        auto& history = histories_[{*id, StreamletId(at)}];
        history =
            std::make_unique<StreamletHistory>(name + "/" + std::to_string(at), kept, violations_);
        stream.streamlets.push_back(history.get());
    }
}

void SmallWorld::make_readers() {
    for (const auto& [place, history] : histories_) {
        readers_.push_back(std::make_unique<OffsetReader>(node_, *history, place, some_reactor()));
        readers_.push_back(std::make_unique<PushReader>(node_, *history, place, some_reactor()));
        readers_.push_back(std::make_unique<ConsumerReader>(
            node_, *history, place, node_.random().chance(0.5), some_reactor()));
        auto groups =
            std::make_unique<GroupReader>(node_, *history, place, "groups", some_reactor());
        group_readers_.push_back(groups.get());
        readers_.push_back(std::move(groups));
    }
}

void SmallWorld::write() {
    Random& random = node_.random();
    Writer& writer = *writers_[random.below(writers_.size())];
    for (std::uint64_t records = random.below(16); records > 0; --records) {
        auto to = histories_.begin();
        std::advance(to, static_cast<std::ptrdiff_t>(random.below(histories_.size())));
        writer.write(to->first, static_cast<std::uint32_t>(random.between(64, 8'000)));
    }
}

void SmallWorld::read_a_little() {
    for (const std::unique_ptr<StreamletReader>& reader : readers_) {
        if (node_.random().chance(0.3)) {
            reader->step();
        }
    }
}

void SmallWorld::misfortune() {
    Random& random = node_.random();
    switch (random.below(10)) {
        case 0:
            if (weather_.power_cuts) {
                stop_at_rest(End::by_power);
            } else if (weather_.kills) {
                stop_at_rest(End::by_kill);
            }
            break;
        case 1:
            if (weather_.clean_stops) {
                stop_at_rest(End::cleanly);
            }
            break;
        case 2:
            if (weather_.disk_faults) {
                constexpr DiskAction kActions[] = {DiskAction::write, DiskAction::sync,
                                                   DiskAction::read};
                node_.disks()[random.below(node_.disks().size())]->fail_next(
                    kActions[random.below(3)],
                    random.chance(0.5) ? ErrorCode::disk_failed : ErrorCode::disk_full,
                    static_cast<int>(1 + random.below(3)));
            }
            break;
        case 3:
            break_something();
            break;
        case 4:
            if (weather_.power_cuts) {
                cut_under_changes();
            }
            break;
        case 5:
            if (random.chance(0.3)) {
                be_silent();
            }
            break;
        case 6:
            if (weather_.rot && random.chance(0.3)) {
                segments_spoiled_ += faults_.harm_segment() ? 1 : 0;
            }
            break;
        case 7:
            passing_.ask();
            break;
        case 8:
            if (weather_.kills) {
                stop_at_rest(End::by_kill);
            }
            break;
        default:
            administrator_.ask(*streams_[random.below(streams_.size())]);
    }
}

void SmallWorld::cut_under_changes() {
    Random& random = node_.random();
    administrator_.ask(*streams_[random.below(streams_.size())]);
    if (random.chance(0.5)) {
        passing_.ask();
    }
    node_.net().advance_ns(random.between(0, 300 * kNanosPerMicro));
    node_.turn();
    administered_at_a_cut_ += administrator_.waits() ? 1 : 0;
    passed_at_a_cut_ += passing_.waits() ? 1 : 0;
    stop_at_rest(End::by_power);
}

// Stops and starts the node; sometimes it stops again before it is up, or right after.
void SmallWorld::stop_at_rest(End end) {
    Random& random = node_.random();
    if (end == End::cleanly) {
        node_.stop_cleanly();
    } else if (end == End::by_power) {
        node_.cut_power();
    } else {
        node_.kill();
    }
    damage_what_rests();
    stop_again_while_starting(end);
    node_.start();
    after_start();
    if (violations_.none() && random.chance(0.3)) {
        node_.stop_cleanly();
        node_.start();
        after_start();
    }
}

void SmallWorld::stop_again_while_starting(End end) {
    while (weather_.power_cuts && node_.random().chance(0.3)) {
        node_.start_and_cut_power_after(node_.random().below(40));
        damage_what_rests();
    }
    while (end == End::by_kill && node_.random().chance(0.3)) {
        node_.start_and_kill_after(node_.random().below(40));
    }
}

void SmallWorld::damage_what_rests() {
    if (weather_.journal_rot && node_.random().chance(0.5)) {
        journals_rotted_ += faults_.rot_prepared_journal() ? 1 : 0;
    }
    if (weather_.lost_settings && node_.random().chance(0.3)) {
        settings_harmed_ += faults_.harm_settings() ? 1 : 0;
    }
}

void SmallWorld::after_start() {
    for (const auto& [place, history] : histories_) {
        history->node_restarted();
    }
    check_streams(true);
}

void SmallWorld::check_streams(bool restarted) {
    for (const auto& stream : streams_) {
        if (violations_.none()) {
            administrator_.check(*stream);
        }
    }
    if (violations_.none()) {
        passing_.check(restarted);
    }
}

// Long enough for everything to become too old, and sometimes for producers to be forgotten.
void SmallWorld::be_silent() {
    for (const std::unique_ptr<Writer>& writer : writers_) {
        writer->flush(60 * kNanosPerSecond);
    }
    const std::int64_t silence_ms = node_.random().chance(0.2) ? kExpiryMs + 200 : kAgeMsMax + 200;
    node_.run_ms(silence_ms);
    read_a_little();
    if (weather_.clean_stops && node_.random().chance(0.5)) {
        stop_at_rest(End::cleanly);
    }
    // Until neither files nor journals hold data that is too old.
    if (weather_.clean_stops && weather_.retention) {
        for (std::uint64_t more = node_.random().below(4); more > 0 && violations_.none(); --more) {
            node_.run_ms(kAgeMsMax + 200);
            stop_at_rest(End::cleanly);
        }
    }
}

void SmallWorld::break_something() {
    static constexpr const char* kPeers[] = {"client0",       "client1", "client2", "fetcher",
                                             "subscriber",    "grouper", "puller",  "pushed",
                                             "administrator", "passing"};
    node_.net().break_connections(kPeers[node_.random().below(std::size(kPeers))], "broker");
}

void SmallWorld::settle() {
    for (const std::unique_ptr<Writer>& writer : writers_) {
        if (!writer->flush(600 * kNanosPerSecond)) {
            violations_.add("a producer has no answer for ten minutes");
        }
    }
    node_.run_ms(50);
    audit();
    for (const std::unique_ptr<StreamletReader>& reader : readers_) {
        if (violations_.none()) {
            finish_reading(*reader);
        }
    }
    check_streams(false);
    for (const auto& [place, history] : histories_) {
        if (history->outcome_count() != history->written_count()) {
            history->say("of " + std::to_string(history->written_count()) + " records " +
                         std::to_string(history->outcome_count()) + " have an outcome");
        }
    }
}

// Reads everything from the start on.
void SmallWorld::audit() {
    for (const auto& [place, history] : histories_) {
        if (violations_.none()) {
            OffsetReader reader(node_, *history, place, 0);
            reader.from_the_start();
            reader.step();
            finish_reading(reader);
        }
    }
}

void SmallWorld::finish_reading(StreamletReader& reader) {
    constexpr std::int64_t kStandsStillNsMax = 180 * kNanosPerSecond;
    std::int64_t progress = reader.progress();
    std::int64_t since_ns = node_.now_ns();
    while (!reader.done() && violations_.none()) {
        reader.step();
        node_.turn();
        if (reader.progress() != progress) {
            progress = reader.progress();
            since_ns = node_.now_ns();
        } else if (node_.now_ns() - since_ns > kStandsStillNsMax) {
            reader.history().say(reader.describe_place() + " stands still for three minutes");
        }
    }
}

void SmallWorld::add_to(Coverage& coverage) const {
    const NodeEvents& events = node_.events();
    coverage.node.starts += events.starts;
    coverage.node.power_cuts += events.power_cuts;
    coverage.node.kills += events.kills;
    coverage.node.kills_in_recovery += events.kills_in_recovery;
    coverage.node.kills_with_a_tail += events.kills_with_a_tail;
    coverage.node.cuts_in_recovery += events.cuts_in_recovery;
    coverage.node.journal_files_reused += events.journal_files_reused;
    coverage.node.segments_read_back += events.segments_read_back;
    for (const auto& [place, history] : histories_) {
        coverage.starts_raised += history->starts_raised();
    }
    for (const std::unique_ptr<Writer>& writer : writers_) {
        coverage.producers_forgotten += writer->forgotten();
    }
    for (const std::unique_ptr<StreamletReader>& reader : readers_) {
        coverage.refusals += reader->refusals();
    }
    for (const GroupReader* reader : group_readers_) {
        coverage.groups_read += reader->groups_done();
    }
    coverage.administered += administrator_.asked();
    coverage.administered_at_a_cut += administered_at_a_cut_;
    coverage.passed += passing_.asked();
    coverage.passed_at_a_cut += passed_at_a_cut_;
    coverage.segments_spoiled += segments_spoiled_;
    coverage.journals_rotted += journals_rotted_;
    coverage.settings_harmed += settings_harmed_;
}

}  // namespace kera
