// Several reactors under one broker: whatever a client asks of one holds on all of them.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "broker/catalog/lane_owners.hpp"
#include "broker/testing/broker_world.hpp"

namespace kera {
namespace {

CoreConfig three_reactors() {
    CoreConfig config = BrokerWorld::small_config();
    config.reactor_count = 3;
    return config;
}

class ReactorsTest : public ::testing::Test {
  protected:
    ReactorsTest() {
        for (RawClient* client : {&zero, &one, &two}) {
            client->hello();
        }
        StreamSettings settings;
        settings.streamlets = 4;
        settings.lanes = 3;
        stream = one.create("spread", settings);
    }

    BrokerWorld world{three_reactors()};
    RawClient zero{world, "a", "sim:broker"};
    RawClient one{world, "b", "sim:broker/1"};
    RawClient two{world, "c", "sim:broker/2"};
    StreamAnswer stream;
};

TEST_F(ReactorsTest, streams_are_known_to_all_of_them) {
    for (RawClient* client : {&zero, &one, &two}) {
        for (std::int32_t streamlet = 0; streamlet < 4; ++streamlet) {
            const TestChunk chunk = ChunkFor{.streamlet = StreamletId(streamlet)}.in(stream);
            EXPECT_EQ(client->append({chunk.bytes()})[0].code, ErrorCode::ok);
        }
    }
}

TEST_F(ReactorsTest, chunks_handed_over_get_dense_offsets_in_their_producers_order) {
    constexpr std::int32_t kProducers = 6;
    std::set<Offset> offsets;
    std::vector<Offset> last(kProducers, Offset(-1));
    for (std::int32_t round = 0; round < 10; ++round) {
        for (std::int32_t producer = 0; producer < kProducers; ++producer) {
            RawClient& client =
                *std::array{&zero, &one, &two}[static_cast<std::size_t>(producer % 3)];
            const TestChunk chunk = ChunkFor{.records = 1,
                                             .sequence = Sequence(round),
                                             .producer = ProducerId(100 + producer)}
                                        .in(stream);
            const AppendResult result = client.append({chunk.bytes()})[0];
            ASSERT_EQ(result.code, ErrorCode::ok);
            EXPECT_TRUE(offsets.insert(result.base_offset).second);
            EXPECT_GT(result.base_offset, last[static_cast<std::size_t>(producer)]);
            last[static_cast<std::size_t>(producer)] = result.base_offset;
        }
    }
    EXPECT_EQ(*offsets.rbegin(), Offset(10 * kProducers - 1));
}

TEST_F(ReactorsTest, a_reader_on_any_of_them_sees_all_lanes_in_offset_order) {
    for (std::int32_t producer = 0; producer < 9; ++producer) {
        RawClient& client = *std::array{&zero, &one, &two}[static_cast<std::size_t>(producer % 3)];
        const TestChunk chunk =
            ChunkFor{.records = 1, .producer = ProducerId(200 + producer)}.in(stream);
        ASSERT_EQ(client.append({chunk.bytes()})[0].code, ErrorCode::ok);
    }
    for (RawClient* client : {&zero, &one, &two}) {
        std::vector<Offset> seen;
        Offset from{0};
        while (from < Offset(9)) {
            Fetch fetch;
            fetch.bytes_max = 1U << 20U;
            fetch.entries.push_back(
                {stream.stream, StreamletId(0), from, {}, 1U << 20U, ReadOrder::offset});
            client->send_message(fetch, 9'000);
            const FetchedData fetched = FetchedData::of(client->wait_for(9'000));
            const auto offsets = fetched.offsets();
            ASSERT_FALSE(offsets.empty());
            seen.insert(seen.end(), offsets.begin(), offsets.end());
            from = fetched.entries[0].next_offset;
        }
        EXPECT_EQ(seen.size(), 9U);
        EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
    }
}

TEST_F(ReactorsTest, a_reader_that_waits_is_woken_by_an_append_elsewhere) {
    Fetch fetch;
    fetch.wait_ms_max = 10'000;
    fetch.bytes_max = 1U << 20U;
    fetch.entries.push_back(
        {stream.stream, StreamletId(2), Offset(0), {}, 1U << 20U, ReadOrder::offset});
    two.send_message(fetch, 9'001);
    world.run_ms(5);
    const TestChunk chunk = ChunkFor{.streamlet = StreamletId(2)}.in(stream);
    ASSERT_EQ(zero.append({chunk.bytes()})[0].code, ErrorCode::ok);
    EXPECT_EQ(FetchedData::of(two.wait_for(9'001)).offsets().size(), 1U);
}

TEST_F(ReactorsTest, more_lanes_leave_producers_where_they_are) {
    const auto append = [this](std::int32_t round) {
        const TestChunk chunk =
            ChunkFor{.records = 1, .sequence = Sequence(round), .producer = ProducerId(300)}.in(
                stream);
        return zero.append({chunk.bytes()})[0];
    };
    EXPECT_EQ(append(0).code, ErrorCode::ok);
    AlterStream alter;
    alter.stream = stream.stream;
    alter.lanes = 8;
    const auto altered = two.ask<StreamAnswer>(alter);
    ASSERT_TRUE(altered.ok());
    EXPECT_EQ(altered->settings.lanes, 8);
    EXPECT_EQ(append(1).code, ErrorCode::ok);
    EXPECT_TRUE(append(1).duplicate);
    alter.lanes = 2;
    EXPECT_EQ(two.ask<StreamAnswer>(alter).error().code, ErrorCode::invalid_argument);
}

TEST_F(ReactorsTest, a_stream_deleted_on_one_is_gone_on_all) {
    ASSERT_TRUE(two.ask<DoneAnswer>(DeleteStream{stream.stream}).ok());
    for (RawClient* client : {&zero, &one, &two}) {
        const TestChunk chunk = ChunkFor{}.in(stream);
        EXPECT_EQ(client->append({chunk.bytes()})[0].code, ErrorCode::unknown_stream);
    }
}

TEST_F(ReactorsTest, groups_are_lent_to_one_reader_at_a_time_over_all_of_them) {
    const TestChunk chunk = ChunkFor{}.in(stream);
    ASSERT_EQ(zero.append({chunk.bytes()})[0].code, ErrorCode::ok);
    const AcquireGroup acquire{stream.stream, StreamletId(0), "readers"};
    const auto mine = one.ask<AcquireGroupAnswer>(acquire);
    ASSERT_TRUE(mine.ok());
    ASSERT_TRUE(mine->cursor.known());
    EXPECT_FALSE(two.ask<AcquireGroupAnswer>(acquire)->cursor.known());
    one.disconnect();
    EXPECT_TRUE(world.run_until(
        [&] { return two.ask<AcquireGroupAnswer>(acquire)->cursor.known(); }, 1'000));
}

// A chunk handed over meets the disk of the reactor that owns its lane, not of the one it came to.
class HandOverTest : public ::testing::Test {
  protected:
    static constexpr ReactorId kOwner{1};

    HandOverTest() {
        client.hello();
        StreamSettings settings;
        settings.streamlets = 16;
        stream = client.create("elsewhere", settings);
        const LaneOwners owners(2);
        while (owners.of(stream.stream, streamlet, LaneId(0)) != kOwner) {
            streamlet = streamlet.next();
        }
    }
    static CoreConfig two_disks() {
        CoreConfig config = BrokerWorld::disk_config();
        config.reactor_count = 2;
        return config;
    }
    TestChunk chunk(std::int32_t sequence, std::uint32_t bytes = 64) const {
        return ChunkFor{.records = 1,
                        .sequence = Sequence(sequence),
                        .producer = ProducerId(9),
                        .streamlet = streamlet,
                        .value_bytes = bytes}
            .in(stream);
    }

    BrokerWorld world{two_disks()};
    RawClient client{world, "client", "sim:broker"};
    StreamAnswer stream;
    StreamletId streamlet{0};
};

TEST_F(HandOverTest, a_chunk_for_a_reactor_whose_disk_is_full_is_refused) {
    world.disk(kOwner).fail_next(DiskAction::write, ErrorCode::disk_full, 1'000'000);
    world.disk(kOwner).fail_next(DiskAction::sync, ErrorCode::disk_full, 1'000'000);
    std::int32_t sequence = 0;
    EXPECT_TRUE(world.run_until(
        [&] {
            const AppendResult result = client.append({chunk(sequence).bytes()})[0];
            sequence += result.code == ErrorCode::ok ? 1 : 0;
            return result.code == ErrorCode::disk_full;
        },
        1'000))
        << sequence;
}

TEST_F(HandOverTest, chunks_for_a_reactor_whose_disk_is_behind_wait_and_keep_their_order) {
    constexpr std::int32_t kChunks = 24;
    constexpr std::uint32_t kBytes = 512 * 1024;
    world.disk(kOwner).options().operation_ns = 60 * kNanosPerSecond;
    std::vector<std::int64_t> ids;
    for (std::int32_t at = 0; at < kChunks; ++at) {
        ids.push_back(client.send_append({chunk(at, kBytes).bytes()}, AckLevel::leader, 600'000));
    }
    world.run_ms(100);
    // Of the backlog that one of two reactors may have, a quarter of the arena.
    std::int32_t answered = 0;
    Offset last(-1);
    const auto handle = [&](const ReceivedFrame& frame) {
        const AppendResult result = RawClient::results(frame)[0];
        EXPECT_EQ(result.code, ErrorCode::ok);
        EXPECT_GT(result.base_offset, last);
        last = result.base_offset;
    };
    while (client.has_frame()) {
        handle(client.wait_for(ids[static_cast<std::size_t>(answered++)]));
    }
    EXPECT_GT(answered, 8);
    EXPECT_LT(answered, 20);
    world.disk(kOwner).options().operation_ns = 50'000;
    for (; answered < kChunks; ++answered) {
        handle(client.wait_for(ids[static_cast<std::size_t>(answered)]));
    }
    EXPECT_EQ(last, Offset(kChunks - 1));
}

TEST_F(HandOverTest, a_chunk_that_waits_for_the_disk_hears_that_its_stream_was_deleted) {
    world.disk(kOwner).options().operation_ns = kNanosPerSecond;
    std::vector<std::int64_t> ids;
    for (std::int32_t at = 0; at < 24; ++at) {
        ids.push_back(
            client.send_append({chunk(at, 512 * 1024).bytes()}, AckLevel::leader, 600'000));
    }
    world.run_ms(100);
    ASSERT_TRUE(client.ask<DoneAnswer>(DeleteStream{stream.stream}).ok());
    world.disk(kOwner).options().operation_ns = 50'000;
    std::map<ErrorCode, int> heard;
    for (const std::int64_t id : ids) {
        ++heard[RawClient::results(client.wait_for(id))[0].code];
    }
    EXPECT_GT(heard[ErrorCode::ok], 0);
    EXPECT_GT(heard[ErrorCode::unknown_stream], 0);
    EXPECT_EQ(heard[ErrorCode::ok] + heard[ErrorCode::unknown_stream], 24);
}

TEST(LargeAnswerTest, is_refused_with_its_correlation_id_on_every_reactor) {
    CoreConfig config = three_reactors();
    config.limits.frame_bytes_max = 64 * 1024;
    config.limits.chunk_bytes_max = 32 * 1024;
    config.limits.fetch_entries_max = 16;
    BrokerWorld world(config);
    // Each of its streamlets has counters, and the answer tells all of them.
    StreamSettings wide;
    wide.streamlets = 300;
    RawClient creator(world, "creator", "sim:broker");
    creator.hello();
    creator.create("wide", wide);
    for (const char* uri : {"sim:broker", "sim:broker/1"}) {
        RawClient client(world, "client", uri);
        client.hello();
        const auto node = client.ask<DescribeNodeAnswer>(DescribeNode{});
        EXPECT_EQ(node.error().code, ErrorCode::limit_exceeded);
        EXPECT_EQ(node.error().limit, 64 * 1024);
        EXPECT_TRUE(client.ask<PingAnswer>(Ping{}).ok());
    }
}

TEST_F(ReactorsTest, producer_ids_are_never_given_twice) {
    std::set<ProducerId> ids;
    for (int i = 0; i < 100; ++i) {
        for (RawClient* client : {&zero, &one, &two}) {
            EXPECT_TRUE(
                ids.insert(client->ask<OpenProducerAnswer>(OpenProducer{})->producer).second);
        }
    }
}

}  // namespace
}  // namespace kera
