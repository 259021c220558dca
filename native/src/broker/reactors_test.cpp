// Several reactors under one broker: whatever a client asks of one holds on all of them.
#include <gtest/gtest.h>

#include <set>

#include "broker/broker_fixture.hpp"

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
