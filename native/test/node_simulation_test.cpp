// A node under weather of every kind, seed after seed: what producers were told must stay true.
// One thread for everything; a failure names the seed, and KERA_SIM_SEED=N runs it alone.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "history.hpp"
#include "simulated_node.hpp"
#include "vlog/sim_seeds.hpp"
#include "wire/consume_messages.hpp"
#include "wire/stream_messages.hpp"

namespace kera {
namespace {

constexpr std::int32_t kStreamlets = 2;
constexpr std::int32_t kProducers = 3;
constexpr int kSteps = 120;

// A connection that reads a streamlet from end to end, and knows nothing of the client under test.
class Auditor final : public TransportHandler {
  public:
    explicit Auditor(SimulatedNode& node) : node_(node), transport_(node.net().open("auditor")) {
        endpoint_ = transport_->connect(parse_uri("sim:broker").value()).value();
        wait([this] { return connected_; });
        transport_->allow_large_frames(endpoint_, 128U << 20U);
        ask(Hello{});
    }

    StreamAnswer create(const StreamSettings& settings) {
        return StreamAnswer::decode(view(ask(CreateStream{kAnyStream, settings, "audited"})))
            .value();
    }
    StreamAnswer describe() {
        return StreamAnswer::decode(view(ask(DescribeStream{kAnyStream, "audited"}))).value();
    }
    void add_lanes(StreamId stream, std::uint16_t lanes) {
        AlterStream alter;
        alter.stream = stream;
        alter.lanes = lanes;
        ask(alter);
    }
    std::vector<std::pair<Offset, RecordName>> read(StreamId stream, StreamletId streamlet) {
        std::vector<std::pair<Offset, RecordName>> log;
        Offset from{0};
        for (Offset head{1}; from < head;) {
            Fetch fetch;
            fetch.bytes_max = 1U << 16U;
            fetch.entries.push_back({stream, streamlet, from, {}, 1U << 16U, ReadOrder::offset});
            const std::vector<std::byte> answer = ask(fetch);
            std::vector<FetchAnswer::Entry> entries;
            const std::uint32_t at = FetchAnswer::decode(view(answer), entries).value();
            EXPECT_EQ(entries[0].code, ErrorCode::ok) << to_string(entries[0].code);
            add_records(Bytes(answer).subspan(at), from, log);
            head = entries[0].readable_head;
            if (entries[0].next_offset <= from && from < head) {
                ADD_FAILURE() << "stuck at offset " << from.value();
                break;
            }
            from = entries[0].next_offset;
        }
        return log;
    }

    void on_connected(EndpointId, const PeerInfo&) override { connected_ = true; }
    void on_disconnected(EndpointId, const Error&) override { connected_ = false; }
    void on_message(EndpointId, Inbound&& message) override {
        received_.clear();
        for (const Fragment& fragment : message.fragments()) {
            received_.insert(received_.end(), fragment.begin(), fragment.end());
        }
    }
    void on_released(EndpointId, Token) override {}
    void on_writable(EndpointId) override {}

  private:
    static FrameView view(const std::vector<std::byte>& frame) {
        return FrameView::over(frame, UINT32_MAX).value();
    }
    template <class Until>
    void wait(Until&& until) {
        for (int turns = 0; turns < 1'000'000 && !until(); ++turns) {
            node_.turn();
            transport_->poll(*this, 8);
        }
        ASSERT_TRUE(until()) << "the node does not answer";
    }
    template <class Message>
    std::vector<std::byte> ask(const Message& message) {
        EXPECT_TRUE(encode_message(message, buffer_, ++asked_).ok());
        received_.clear();
        transport_->send(endpoint_, buffer_.frame(), {}, kNoToken);
        wait([this] { return !received_.empty(); });
        return received_;
    }
    static void add_records(Bytes data, Offset from,
                            std::vector<std::pair<Offset, RecordName>>& log) {
        while (!data.empty()) {
            const ChunkView chunk = first_chunk(data).value();
            EXPECT_TRUE(check_chunk_crcs(chunk.bytes()).ok());
            for_each_record(chunk, [&](const RecordView& record, Offset offset) {
                if (offset >= from) {
                    log.emplace_back(offset,
                                     RecordName{load_le<std::int32_t>(record.value().data()),
                                                load_le<std::int64_t>(record.value().data() + 8)});
                }
            });
            data = data.subspan(chunk.chunk_bytes());
        }
    }

    SimulatedNode& node_;
    std::unique_ptr<Transport> transport_;
    EndpointId endpoint_;
    FrameBuffer buffer_;
    std::vector<std::byte> received_;
    std::int64_t asked_ = 0;
    bool connected_ = false;
};

// A producer, and what it was told of each record.
class Writer {
  public:
    Writer(SimulatedNode& node, History& history, std::int32_t number, AckLevel acks)
        : history_(history), number_(number), next_(kStreamlets) {
        Client& client = node.connect("client" + std::to_string(number));
        EXPECT_TRUE(client.await_session(60 * kNanosPerSecond).ok());
        ProducerOptions options;
        options.acks = acks;
        options.chunk_bytes = 4096;
        options.memory_bytes = 1_MiB;
        options.record_tokens = true;
        options.delivery_timeout_ns = 3'600 * kNanosPerSecond;
        options.on_batch = [this](const BatchOutcome& outcome) { note(outcome); };
        producer_ = client.open_producer(options).value();
    }

    void attach(StreamId stream) { stream_ = producer_->attach(stream, kStreamlets).value(); }
    void write(StreamletId streamlet) {
        std::int64_t& number = next_[static_cast<std::size_t>(streamlet.value())];
        const Result<Claim> claim = producer_->claim(stream_, streamlet, 16);
        ASSERT_TRUE(claim.ok()) << describe(claim.error());
        store_le<std::int32_t>(claim->value.data(), number_);
        store_le<std::int32_t>(claim->value.data() + 4, 0);
        store_le<std::int64_t>(claim->value.data() + 8, number);
        producer_->commit(static_cast<std::uint64_t>(number));
        ++number;
    }
    void flush(std::int64_t deadline_ns) {
        const Result<void> flushed = producer_->flush(deadline_ns);
        EXPECT_TRUE(flushed.ok()) << describe(flushed.error());
    }
    std::int64_t written() const { return next_[0] + next_[1]; }
    int failures() const noexcept { return failures_; }
    const Error& failure() const noexcept { return failure_; }

  private:
    void note(const BatchOutcome& outcome) {
        if (outcome.error.code != ErrorCode::ok) {
            ++failures_;
            failure_ = outcome.error;
            return;
        }
        for (std::size_t at = 0; at < outcome.tokens.size(); ++at) {
            const Offset offset = outcome.base_offset < Offset(0)
                                      ? Offset(-1)
                                      : outcome.base_offset + static_cast<std::int64_t>(at);
            history_.acknowledged(outcome.streamlet,
                                  {number_, static_cast<std::int64_t>(outcome.tokens[at])}, offset);
        }
    }

    History& history_;
    const std::int32_t number_;
    Producer* producer_ = nullptr;
    StreamHandle stream_;
    std::vector<std::int64_t> next_;
    int failures_ = 0;
    Error failure_;
};

// What may happen to the node besides its work.
struct Weather {
    AckLevel acks = AckLevel::disk;
    bool power_cuts = false;
    bool clean_stops = false;
    bool disk_faults = false;
    bool broken_connections = true;
};

class NodeSimulation {
  public:
    NodeSimulation(std::uint64_t seed, const Weather& weather)
        : weather_(weather), node_(seed, config(seed)) {
        StreamSettings settings;
        settings.streamlets = kStreamlets;
        settings.lanes = seed % 2 == 0 ? 1 : 2;
        settings.segment_bytes_max = 64U << 10U;
        settings.group_segments = 2;
        stream_ = Auditor(node_).create(settings).stream;
        for (std::int32_t number = 0; number < kProducers; ++number) {
            writers_.push_back(std::make_unique<Writer>(node_, history_, number, weather.acks));
            writers_.back()->attach(stream_);
        }
    }

    void run() {
        for (int step = 0; step < kSteps && !::testing::Test::HasFailure(); ++step) {
            Writer& writer = *writers_[static_cast<std::size_t>(node_.random().below(kProducers))];
            for (std::uint64_t records = node_.random().below(20); records > 0; --records) {
                writer.write(
                    StreamletId(static_cast<std::int32_t>(node_.random().below(kStreamlets))));
            }
            node_.run_ms(static_cast<std::int64_t>(node_.random().below(4)));
            if (node_.random().chance(0.08)) {
                misfortune();
            }
            if (node_.random().chance(0.02)) {
                audit();
            }
        }
        settle();
    }

  private:
    static CoreConfig config(std::uint64_t seed) {
        CoreConfig config;
        config.arena_bytes = 24_MiB;
        config.touch_ahead = false;
        config.listen = {"sim:broker"};
        config.data_folder = "data";
        config.reactor_count = seed % 3 == 0 ? 2 : 1;
        return config;
    }

    void misfortune() {
        Random& random = node_.random();
        switch (random.below(5)) {
            case 0:
                if (weather_.power_cuts) {
                    node_.cut_power();
                    node_.start();
                }
                break;
            case 1:
                if (weather_.clean_stops) {
                    node_.stop_cleanly();
                    node_.start();
                }
                break;
            case 2:
                if (weather_.disk_faults) {
                    node_.disks().front()->fail_next(
                        random.chance(0.5) ? DiskAction::write : DiskAction::sync,
                        random.chance(0.5) ? ErrorCode::disk_failed : ErrorCode::disk_full,
                        static_cast<int>(1 + random.below(3)));
                }
                break;
            case 3:
                if (weather_.broken_connections) {
                    node_.net().break_connections(
                        "client" + std::to_string(random.below(kProducers)), "broker");
                }
                break;
            default:
                if (lanes_ < 4) {
                    Auditor(node_).add_lanes(stream_, ++lanes_);
                }
        }
    }

    void settle() {
        for (const std::unique_ptr<Writer>& writer : writers_) {
            writer->flush(node_.net().now_ns() + 600 * kNanosPerSecond);
            EXPECT_EQ(writer->failures(), 0) << describe(writer->failure());
        }
        audit();
        std::int64_t written = 0;
        for (const std::unique_ptr<Writer>& writer : writers_) {
            written += writer->written();
        }
        EXPECT_EQ(static_cast<std::int64_t>(history_.acknowledged_count()), written);
    }

    void audit() {
        Auditor auditor(node_);
        for (std::int32_t streamlet = 0; streamlet < kStreamlets; ++streamlet) {
            history_.read(StreamletId(streamlet), auditor.read(stream_, StreamletId(streamlet)));
        }
    }

    const Weather weather_;
    History history_;
    SimulatedNode node_;
    StreamId stream_;
    std::uint16_t lanes_ = 2;
    std::vector<std::unique_ptr<Writer>> writers_;
};

void run_seeds(const Weather& weather) {
    // A failing seed can be run alone: KERA_SIM_SEED=N.
    const char* only = std::getenv("KERA_SIM_SEED");
    const std::uint64_t first = only == nullptr ? 1 : std::strtoull(only, nullptr, 10);
    const std::uint64_t last = only == nullptr ? sim_seeds() : first;
    for (std::uint64_t seed = first; seed <= last; ++seed) {
        SCOPED_TRACE("KERA_SIM_SEED=" + std::to_string(seed));
        NodeSimulation(seed, weather).run();
        if (::testing::Test::HasFailure()) {
            return;
        }
    }
}

TEST(NodeSimulationTest, keeps_what_the_disk_acknowledged_through_power_cuts) {
    run_seeds({.acks = AckLevel::disk, .power_cuts = true, .clean_stops = true});
}

TEST(NodeSimulationTest, keeps_what_memory_acknowledged_through_clean_stops) {
    run_seeds({.acks = AckLevel::leader, .clean_stops = true});
}

TEST(NodeSimulationTest, keeps_what_the_disk_acknowledged_through_faults_of_the_disk) {
    run_seeds({.acks = AckLevel::disk, .power_cuts = true, .disk_faults = true});
}

}  // namespace
}  // namespace kera
