#include "broker/core/core.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "broker/testing/broker_world.hpp"

namespace kera {
namespace {

Offset head_of(RawClient& client, const StreamAnswer& stream) {
    return client.ask<ListOffsetsAnswer>(ListOffsets{stream.stream, StreamletId(0)})->offset;
}

TEST(CoreTest, names_the_setting_that_is_out_of_range) {
    CoreConfig config = BrokerWorld::small_config();
    config.reactor_count = 63;
    const auto core = Core::open(config);
    ASSERT_FALSE(core.ok());
    EXPECT_EQ(core.error(), fail(ErrorCode::invalid_argument, "reactor_count", kReactorsMax, 63));
}

TEST(CoreTest, keeps_through_a_power_cut_what_was_acknowledged_at_disk) {
    BrokerWorld world(BrokerWorld::disk_config());
    StreamAnswer stream;
    {
        RawClient client(world, "client", "sim:broker");
        client.hello();
        stream = client.create("clicks");
        const TestChunk chunk = ChunkFor{.producer = ProducerId(4)}.in(stream);
        const auto results = client.append({chunk.bytes()}, AckLevel::disk);
        ASSERT_EQ(results[0].code, ErrorCode::ok);
    }
    world.crash();
    RawClient client(world, "client", "sim:broker");
    client.hello();
    EXPECT_EQ(head_of(client, stream), Offset(3));
    const TestChunk again = ChunkFor{.producer = ProducerId(4)}.in(stream);
    const auto results = client.append({again.bytes()}, AckLevel::disk);
    EXPECT_TRUE(results[0].duplicate);
    EXPECT_EQ(results[0].base_offset, Offset(0));
}

TEST(CoreTest, keeps_through_a_clean_stop_what_was_acknowledged_in_memory) {
    BrokerWorld world(BrokerWorld::disk_config());
    StreamAnswer stream;
    ProducerId producer;
    {
        RawClient client(world, "client", "sim:broker");
        client.hello();
        stream = client.create("clicks");
        producer = client.ask<OpenProducerAnswer>(OpenProducer{})->producer;
        for (std::int32_t i = 0; i < 20; ++i) {
            const TestChunk chunk =
                ChunkFor{.sequence = Sequence(3 * i), .producer = producer}.in(stream);
            ASSERT_EQ(client.append({chunk.bytes()})[0].code, ErrorCode::ok);
        }
    }
    world.restart();
    RawClient client(world, "client", "sim:broker");
    client.hello();
    EXPECT_EQ(head_of(client, stream), Offset(60));
    EXPECT_EQ(client.ask<StreamAnswer>(DescribeStream{kAnyStream, "clicks"})->stream,
              stream.stream);
    EXPECT_NE(client.ask<OpenProducerAnswer>(OpenProducer{})->producer, producer);
    const TestChunk next = ChunkFor{.sequence = Sequence(60), .producer = producer}.in(stream);
    EXPECT_EQ(client.append({next.bytes()})[0].base_offset, Offset(60));
}

TEST(CoreTest, starts_with_less_memory_than_its_journal_holds) {
    BrokerWorld world(BrokerWorld::disk_config());
    {
        RawClient client(world, "client", "sim:broker");
        client.hello();
        const StreamAnswer stream = client.create("clicks");
        for (std::int32_t i = 0; i < 50; ++i) {
            const TestChunk chunk = ChunkFor{.records = 1,
                                             .sequence = Sequence(i),
                                             .producer = ProducerId(4),
                                             .value_bytes = 512 * 1024}
                                        .in(stream);
            ASSERT_EQ(client.append({chunk.bytes()}, AckLevel::disk)[0].code, ErrorCode::ok);
        }
    }
    world.kill();
    world.config().arena_bytes = 16_MiB;
    const Result<void> started = world.try_start();
    ASSERT_TRUE(started.ok()) << describe(started.error());
    RawClient client(world, "client", "sim:broker");
    client.hello();
    const StreamAnswer stream = *client.ask<StreamAnswer>(DescribeStream{kAnyStream, "clicks"});
    EXPECT_EQ(head_of(client, stream), Offset(50));
    const TestChunk next =
        ChunkFor{.records = 1, .sequence = Sequence(50), .producer = ProducerId(4)}.in(stream);
    EXPECT_EQ(client.append({next.bytes()})[0].base_offset, Offset(50));
}

TEST(CoreTest, removes_the_journals_of_reactors_that_it_no_longer_has) {
    CoreConfig config = BrokerWorld::disk_config();
    config.reactor_count = 2;
    BrokerWorld world(config);
    const auto append_some = [&world](const std::string& uri, std::int64_t producer) {
        RawClient client(world, "client", uri);
        client.hello();
        auto stream = client.ask<StreamAnswer>(DescribeStream{kAnyStream, "clicks"});
        StreamSettings settings;
        settings.lanes = 2;
        const StreamAnswer there = stream.ok() ? *stream : client.create("clicks", settings);
        const TestChunk chunk = ChunkFor{.producer = ProducerId(producer)}.in(there);
        ASSERT_EQ(client.append({chunk.bytes()}, AckLevel::disk)[0].code, ErrorCode::ok);
    };
    for (std::int64_t producer = 1; producer <= 4; ++producer) {
        append_some("sim:broker", 2 * producer);
        append_some("sim:broker/1", 2 * producer + 1);
    }
    const auto has_second_journal = [&world] {
        const std::vector<std::string> paths = world.media().paths();
        return std::ranges::any_of(
            paths, [](const std::string& path) { return path.starts_with("journal/1/"); });
    };
    EXPECT_TRUE(has_second_journal());
    world.kill();
    world.config().reactor_count = 1;
    world.start();
    EXPECT_TRUE(world.run_until([&] { return !has_second_journal(); }, 20'000));
    world.crash();
    RawClient client(world, "client", "sim:broker");
    client.hello();
    const StreamAnswer stream = *client.ask<StreamAnswer>(DescribeStream{kAnyStream, "clicks"});
    EXPECT_EQ(head_of(client, stream), Offset(24));
}

TEST(CoreTest, forgets_a_deleted_stream_for_ever) {
    BrokerWorld world(BrokerWorld::disk_config());
    {
        RawClient client(world, "client", "sim:broker");
        client.hello();
        const StreamAnswer stream = client.create_with_chunk("clicks", AckLevel::disk);
        ASSERT_TRUE(client.ask<DoneAnswer>(DeleteStream{stream.stream}).ok());
    }
    world.crash();
    RawClient client(world, "client", "sim:broker");
    client.hello();
    EXPECT_TRUE(client.ask<StreamListAnswer>(ListStreams{})->streams.empty());
}

TEST(CoreTest, reads_nothing_that_is_not_on_disk_yet_where_the_disk_was_asked_for) {
    BrokerWorld world(BrokerWorld::disk_config());
    RawClient client(world, "client", "sim:broker");
    client.hello();
    const StreamAnswer stream = client.create("clicks");
    const TestChunk chunk = ChunkFor{}.in(stream);
    world.disk().fail_next(DiskAction::write, ErrorCode::disk_failed, 1'000'000);
    client.send_append({chunk.bytes()}, AckLevel::disk, 300);
    world.run_ms(100);
    EXPECT_EQ(head_of(client, stream), Offset(0));
}

TEST(CoreTest, a_disk_that_takes_nothing_lets_appends_time_out_and_reads_go_on) {
    BrokerWorld world(BrokerWorld::disk_config());
    RawClient client(world, "client", "sim:broker");
    client.hello();
    const StreamAnswer stream = client.create_with_chunk("clicks", AckLevel::disk);
    const TestChunk first = ChunkFor{}.in(stream);
    world.disk().fail_next(DiskAction::write, ErrorCode::disk_failed, 1'000'000);
    const auto refused = client.append({first.bytes()}, AckLevel::disk, 200);
    EXPECT_TRUE(refused[0].code == ErrorCode::timed_out ||
                refused[0].code == ErrorCode::disk_failed);
    EXPECT_EQ(head_of(client, stream), Offset(3));
}

TEST(CoreTest, lets_go_by_size_as_soon_as_segments_close) {
    CoreConfig config = BrokerWorld::small_config();
    config.retention_interval_ms = 3'600'000;
    BrokerWorld world(config);
    RawClient client(world, "client", "sim:broker");
    client.hello();
    StreamSettings settings;
    settings.retention_bytes = 1 << 20U;
    const StreamAnswer stream = client.create("clicks", settings);
    for (std::int32_t i = 0; i < 100; ++i) {
        const TestChunk chunk = ChunkFor{.records = 1,
                                         .sequence = Sequence(i),
                                         .producer = ProducerId(4),
                                         .value_bytes = 50'000}
                                    .in(stream);
        ASSERT_EQ(client.append({chunk.bytes()})[0].code, ErrorCode::ok);
    }
    world.run_ms(5);
    const ListOffsets earliest{stream.stream, StreamletId(0), ListOffsets::kEarliest};
    EXPECT_GT(client.ask<ListOffsetsAnswer>(earliest)->offset, Offset(50));
}

TEST(CoreTest, counts_what_its_reactors_do) {
    BrokerWorld world;
    RawClient client(world, "client", "sim:broker");
    client.hello();
    const StreamAnswer stream = client.create("clicks");
    const TestChunk chunk = ChunkFor{}.in(stream);
    client.append({chunk.bytes(), chunk.bytes()});
    EXPECT_EQ(world.core().reactor(ReactorId(0)).counters().appends.value(), 1);
    EXPECT_EQ(world.core().reactor(ReactorId(0)).counters().append_chunks.value(), 2);
    const auto node = client.ask<DescribeNodeAnswer>(DescribeNode{});
    ASSERT_TRUE(node.ok());
    world.run_ms(1'100);
    bool found = false;
    world.core().counters().for_each([&found](const CounterReading& reading) {
        found = found || (reading.type_id == static_cast<int>(CounterType::streamlet_records_in) &&
                          reading.value == 6);
    });
    EXPECT_TRUE(found);
}

}  // namespace
}  // namespace kera
