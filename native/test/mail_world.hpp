// A node of three reactors with little to tell each other. Their mailboxes hold two messages, so
// most of their messages wait, and no timer wakes a reactor for an hour. One thread; owns all of
// it. Nothing fails here, so a wait longer than two seconds means that a wake-up was lost.
#pragma once

#include <memory>
#include <vector>

#include "administrator.hpp"
#include "push_readers.hpp"
#include "simulated_node.hpp"
#include "writer.hpp"

namespace kera {

class MailWorld {
  public:
    MailWorld(std::uint64_t seed, Violations& violations)
        : violations_(violations), node_(seed, config(), false, violations) {
        Administrator administrator(node_);
        StreamSettings settings;
        settings.streamlets = kStreamlets;
        settings.lanes = 3;
        const auto stream = administrator.create("mailed", settings);
        if (!stream) {
            return;
        }
        std::vector<StreamletHistory*> streamlets;
        for (std::int32_t at = 0; at < kStreamlets; ++at) {
            histories_.push_back(std::make_unique<StreamletHistory>("mailed/" + std::to_string(at),
                                                                    KeptAtLeast{}, violations));
            streamlets.push_back(histories_.back().get());
            places_.push_back({*stream, StreamletId(at)});
        }
        for (std::int32_t number = 0; number < kWriters; ++number) {
            writers_.push_back(
                std::make_unique<Writer>(node_, number, AckLevel::leader, number % 3));
            writers_.back()->attach(*stream, streamlets);
        }
        for (std::size_t at = 0; at < places_.size(); ++at) {
            readers_.push_back(std::make_unique<ConsumerReader>(node_, *streamlets[at], places_[at],
                                                                at % 2 == 0,
                                                                static_cast<std::int32_t>(at) % 3));
        }
    }
    ~MailWorld() { node_.close_clients(); }
    MailWorld(const MailWorld&) = delete;
    MailWorld& operator=(const MailWorld&) = delete;

    void run() {
        for (int round = 0; round < kRounds && violations_.none(); ++round) {
            for (const std::unique_ptr<Writer>& writer : writers_) {
                for (std::uint64_t records = node_.random().below(40); records > 0; --records) {
                    writer->write(places_[node_.random().below(places_.size())], 4'000);
                }
            }
            for (const std::unique_ptr<Writer>& writer : writers_) {
                if (!writer->flush(kPatienceNs)) {
                    violations_.add("a producer waits although nothing is broken");
                }
            }
            read_all();
        }
    }

  private:
    static constexpr int kRounds = 10;
    static constexpr std::int32_t kStreamlets = 3;
    static constexpr std::int32_t kWriters = 6;
    static constexpr std::int64_t kPatienceNs = 2 * kNanosPerSecond;

    static CoreConfig config() {
        CoreConfig config;
        config.arena_bytes = 64_MiB;
        config.touch_ahead = false;
        config.listen = {"sim:broker"};
        config.reactor_count = 3;
        config.mailbox_messages = 2;
        config.retention_interval_ms = 3'600'000;
        return config;
    }
    void read_all() {
        for (const auto& history : histories_) {
            history->head_was(Offset(history->written_count()));
        }
        const std::int64_t until_ns = node_.now_ns() + kPatienceNs;
        for (const std::unique_ptr<StreamletReader>& reader : readers_) {
            while (!reader->done() && violations_.none()) {
                reader->step();
                node_.turn();
                if (node_.now_ns() > until_ns) {
                    reader->history().say(reader->describe_place() +
                                          " waits although nothing is broken");
                }
            }
        }
    }

    Violations& violations_;
    std::vector<std::unique_ptr<StreamletHistory>> histories_;
    SimulatedNode node_;
    std::vector<StreamletPlace> places_;
    std::vector<std::unique_ptr<Writer>> writers_;
    std::vector<std::unique_ptr<StreamletReader>> readers_;
};

}  // namespace kera
