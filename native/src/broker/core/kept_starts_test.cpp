// Where streams begin and go on after retention and a restart.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/log.hpp"
#include "broker/testing/broker_world.hpp"
#include "broker/testing/stream_state.hpp"
#include "vlog/files/node_file_path.hpp"
#include "vlog/testing/sim_seeds.hpp"

namespace kera {
namespace {

class KeptStartsTest : public testing::Test {
  protected:
    KeptStartsTest()
        : sink_(set_log_sink(
              [this](LogLevel, std::string_view line) { lines_.emplace_back(line); })) {}
    ~KeptStartsTest() override { set_log_sink(std::move(sink_)); }

    static CoreConfig retaining_config() {
        CoreConfig config = BrokerWorld::disk_config();
        config.retention_interval_ms = 5;
        return config;
    }
    bool logged(std::string_view what) const {
        return std::ranges::any_of(lines_, [what](const std::string& line) {
            return line.find(what) != std::string::npos;
        });
    }

    std::vector<std::string> lines_;
    LogSink sink_;
};

StreamSettings kept_for_ms(std::int64_t ms) {
    StreamSettings settings;
    settings.retention_ms = ms;
    settings.timestamp_type = 1;
    return settings;
}

TEST_F(KeptStartsTest, offsets_go_on_where_retention_has_left_nothing) {
    BrokerWorld world(retaining_config());
    StreamId stream;
    {
        RawClient client(world, "client", "sim:broker");
        client.hello();
        const StreamAnswer made = client.create("clicks", kept_for_ms(50));
        stream = made.stream;
        for (std::int32_t i = 0; i < 5; ++i) {
            const TestChunk chunk =
                ChunkFor{.sequence = Sequence(3 * i), .producer = ProducerId(4)}.in(made);
            ASSERT_EQ(client.append({chunk.bytes()}, AckLevel::disk)[0].code, ErrorCode::ok);
        }
        world.run_ms(2'000);
        EXPECT_EQ(earliest(client, stream), Offset(15));
    }
    for (int restarts = 0; restarts < 3; ++restarts) {
        if (restarts < 2) {
            world.restart();
        } else {
            world.crash();
        }
        RawClient client(world, "client", "sim:broker");
        client.hello();
        EXPECT_EQ(earliest(client, stream), Offset(15));
        EXPECT_EQ(head(client, stream), Offset(15));
    }
    RawClient client(world, "client", "sim:broker");
    client.hello();
    const StreamAnswer again = *client.ask<StreamAnswer>(DescribeStream{stream, ""});
    const TestChunk chunk = ChunkFor{}.in(again);
    EXPECT_EQ(client.append({chunk.bytes()})[0].base_offset, Offset(15));
    EXPECT_FALSE(logged("recovered_with_holes"));
}

TEST_F(KeptStartsTest, nothing_goes_from_disk_before_its_start_is_there) {
    BrokerWorld world(retaining_config());
    // So much that the journal has files that go with it.
    StreamId stream;
    std::size_t chunks = 0;
    {
        RawClient client(world, "client", "sim:broker");
        client.hello();
        const StreamAnswer made = client.create("clicks", kept_for_ms(50));
        stream = made.stream;
        TestChunk::Shape shape;
        shape.stream = stream;
        shape.streamlet = StreamletId(0);
        shape.value_bytes = 100'000;
        world.disk().fail_next(DiskAction::replace, ErrorCode::disk_failed, 1'000'000);
        for (; chunks < 300; ++chunks) {
            ASSERT_EQ(client.append({TestChunk(shape).bytes()}, AckLevel::disk)[0].code,
                      ErrorCode::ok);
        }
        world.run_ms(3'000);
        EXPECT_EQ(earliest(client, stream), head(client, stream));
        EXPECT_EQ(chunks_of(world, stream), chunks);
        world.disk().fail_next(DiskAction::replace, ErrorCode::disk_failed, 0);
        world.run_ms(3'000);
        const TestChunk last(shape);
        ASSERT_EQ(client.append({last.bytes()}, AckLevel::disk)[0].code, ErrorCode::ok);
    }
    // Their files are used again or removed, but not before.
    world.restart();
    EXPECT_LT(chunks_of(world, stream), chunks);
}

// Retention, stops and power cuts at any moment: what was promised stays, and offsets never come
// twice.
TEST_F(KeptStartsTest, SimulationOfRetentionUnderPowerCutsNeverTakesAnOffsetTwice) {
    // Each is several lives of a whole core.
    const std::uint64_t seeds = std::max<std::uint64_t>(1, sim_seeds() / 10);
    for (std::uint64_t seed = 1; seed <= seeds && !HasFailure(); ++seed) {
        SCOPED_TRACE("seed=" + std::to_string(seed));
        Random random(seed);
        CoreConfig config = retaining_config();
        config.reactor_count = 1 + static_cast<std::int32_t>(random.below(2));
        BrokerWorld world(config);
        StreamId stream;
        std::int64_t promised = 0;
        std::int64_t next_producer = 1;
        Offset shown{0};
        for (int life = 0; life < 5 && !HasFailure(); ++life) {
            {
                RawClient client(world, "client", "sim:broker");
                client.hello();
                StreamSettings settings = kept_for_ms(random.between(1, 40));
                settings.lanes = 2;
                const auto there = client.ask<StreamAnswer>(DescribeStream{kAnyStream, "clicks"});
                const StreamAnswer made = there.ok() ? *there : client.create("clicks", settings);
                stream = made.stream;
                ASSERT_GE(head(client, stream), Offset(promised));
                ASSERT_LE(earliest(client, stream), head(client, stream));
                // Whatever a stop may undo of retention, retention does again.
                world.run_ms(60);
                ASSERT_GE(earliest(client, stream), shown);
                for (std::uint64_t i = random.below(8); i > 0; --i) {
                    const TestChunk chunk =
                        ChunkFor{.producer = ProducerId(next_producer++)}.in(made);
                    const auto done = client.append({chunk.bytes()}, AckLevel::disk);
                    ASSERT_EQ(done.size(), 1U);
                    ASSERT_EQ(done[0].code, ErrorCode::ok);
                    ASSERT_GE(done[0].base_offset, Offset(promised));
                    promised = done[0].base_offset.value() + 3;
                    world.run_ms(static_cast<std::int64_t>(random.below(15)));
                }
                shown = earliest(client, stream);
            }
            if (random.chance(0.3)) {
                world.restart();
            } else {
                world.crash();
            }
        }
        EXPECT_FALSE(logged("recovered_with_holes"));
        EXPECT_FALSE(logged("stream_set_aside"));
    }
}

}  // namespace
}  // namespace kera
