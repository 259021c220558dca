// A node so small that within a second its journal files are reused, its memory is full, and
// segments are evicted and read back; with writers, readers of every kind and an administrator. One
// thread; owns all of it. The seed decides the sizes and everything that happens. Invariant: after
// settle() every producer has its answers, and every reader has read all there is.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "administrator.hpp"
#include "faults_at_rest.hpp"
#include "passing_streams.hpp"
#include "push_readers.hpp"
#include "simulated_node.hpp"
#include "writer.hpp"

namespace kera {

// What may happen to the node besides its normal work.
struct Weather {
    AckLevel acks = AckLevel::disk;
    bool power_cuts = false;
    bool kills = false;
    bool clean_stops = false;
    bool disk_faults = false;
    bool rot = false;
    // In the headers of journal files that are prepared and not begun.
    bool journal_rot = false;
    bool lost_settings = false;
    bool retention = false;

    bool harms_files() const noexcept { return disk_faults || rot || journal_rot || lost_settings; }
};

// What happened, over all seeds of a batch.
struct Coverage {
    NodeEvents node;
    std::int64_t starts_raised = 0;
    std::int64_t producers_forgotten = 0;
    std::int64_t administered = 0;
    std::int64_t administered_at_a_cut = 0;
    std::int64_t passed = 0;
    std::int64_t passed_at_a_cut = 0;
    std::int64_t groups_read = 0;
    std::int64_t segments_spoiled = 0;
    std::int64_t journals_rotted = 0;
    std::int64_t settings_harmed = 0;
    std::int64_t refusals = 0;
};

class SmallWorld {
  public:
    SmallWorld(std::uint64_t seed, const Weather& weather, Violations& violations)
        : weather_(weather),
          violations_(violations),
          node_(seed, small_config(seed), weather.harms_files(), violations),
          administrator_(node_),
          passing_(node_),
          faults_(node_.media(), node_.random(),
                  [this](const StreamletPlace& place) { return history_of(place); }) {
        create_streams();
        for (std::int32_t number = 0; number < kWriters && violations_.none(); ++number) {
            writers_.push_back(
                std::make_unique<Writer>(node_, number, weather.acks, some_reactor()));
            for (const auto& stream : streams_) {
                writers_.back()->attach(stream->id, stream->streamlets);
            }
        }
        if (violations_.none()) {
            make_readers();
        }
    }

    ~SmallWorld() { node_.close_clients(); }
    SmallWorld(const SmallWorld&) = delete;
    SmallWorld& operator=(const SmallWorld&) = delete;

    void run() {
        for (int step = 0; step < kSteps && violations_.none(); ++step) {
            write();
            node_.run_ms(static_cast<std::int64_t>(node_.random().below(4)));
            read_a_little();
            administrator_.take_answers();
            passing_.take_answers();
            if (node_.random().chance(0.1)) {
                misfortune();
            }
        }
        if (violations_.none()) {
            settle();
        }
    }
    void add_to(Coverage& coverage) const;

  private:
    static constexpr int kSteps = 150;
    static constexpr std::int32_t kWriters = 3;
    static constexpr std::int64_t kAgeMsMax = 300;
    static constexpr std::int64_t kExpiryMs = 3'000;

    static CoreConfig small_config(std::uint64_t seed);
    void create_streams();
    void create(const std::string& name, const StreamSettings& settings);
    void make_readers();
    std::int32_t some_reactor() {
        return static_cast<std::int32_t>(
            node_.random().below(static_cast<std::uint64_t>(node_.config().reactor_count)));
    }
    StreamletHistory* history_of(const StreamletPlace& place) {
        const auto found = histories_.find(place);
        return found == histories_.end() ? nullptr : found->second.get();
    }

    void write();
    void read_a_little();
    void misfortune();
    enum class End : std::uint8_t { cleanly, by_power, by_kill };
    void stop_at_rest(End end);
    void stop_again_while_starting(End end);
    void damage_what_rests();
    void be_silent();
    void break_something();
    void after_start();
    void cut_under_changes();
    void check_streams(bool restarted);
    void settle();
    void finish_reading(StreamletReader& reader);
    void audit();

    const Weather weather_;
    Violations& violations_;
    std::map<StreamletPlace, std::unique_ptr<StreamletHistory>> histories_;
    SimulatedNode node_;
    Administrator administrator_;
    PassingStreams passing_;
    FaultsAtRest faults_;
    std::vector<std::unique_ptr<AdministeredStream>> streams_;
    std::vector<std::unique_ptr<Writer>> writers_;
    std::vector<std::unique_ptr<StreamletReader>> readers_;
    std::vector<GroupReader*> group_readers_;
    std::int64_t administered_at_a_cut_ = 0;
    std::int64_t passed_at_a_cut_ = 0;
    std::int64_t segments_spoiled_ = 0;
    std::int64_t journals_rotted_ = 0;
    std::int64_t settings_harmed_ = 0;
};

}  // namespace kera
