#include <gtest/gtest.h>

#include "broker/testing/broker_world.hpp"

namespace kera {
namespace {

class FetchesTest : public ::testing::Test {
  protected:
    FetchesTest() {
        client.hello();
        stream = client.create("clicks");
    }

    void append(int chunks) {
        for (int i = 0; i < chunks; ++i) {
            ASSERT_EQ(client.append({ChunkFor{}.in(stream).bytes()})[0].code, ErrorCode::ok);
        }
    }
    Fetch fetch(Offset offset, std::uint32_t wait_ms = 0, std::uint32_t bytes_max = 1U << 20U) {
        Fetch fetch;
        fetch.wait_ms_max = wait_ms;
        fetch.bytes_max = bytes_max;
        fetch.entries.push_back(
            {stream.stream, StreamletId(0), offset, {}, bytes_max, ReadOrder::offset});
        return fetch;
    }
    std::int64_t begin(const Fetch& asked) {
        const std::int64_t id = 1'000 + next_++;
        client.send_message(asked, id);
        return id;
    }
    FetchedData get(const Fetch& asked) { return FetchedData::of(client.wait_for(begin(asked))); }

    BrokerWorld world;
    RawClient client{world, "client", "sim:broker"};
    StreamAnswer stream;
    std::int64_t next_ = 0;
};

TEST_F(FetchesTest, reads_back_what_was_appended) {
    append(3);
    const FetchedData fetched = get(fetch(Offset(0)));
    EXPECT_EQ(fetched.offsets(), (std::vector{Offset(0), Offset(3), Offset(6)}));
    EXPECT_EQ(fetched.entries[0].next_offset, Offset(9));
    EXPECT_EQ(fetched.entries[0].readable_head, Offset(9));
    EXPECT_TRUE(fetched.entries[0].cursor.known());
}

TEST_F(FetchesTest, goes_on_from_the_cursor_of_the_last_answer) {
    append(4);
    Fetch asked = fetch(Offset(0), 0, 400);
    std::vector<Offset> seen;
    for (int i = 0; i < 10 && seen.size() < 4; ++i) {
        const FetchedData fetched = get(asked);
        const auto offsets = fetched.offsets();
        seen.insert(seen.end(), offsets.begin(), offsets.end());
        asked.entries[0].offset = fetched.entries[0].next_offset;
        asked.entries[0].cursor = fetched.entries[0].cursor;
    }
    EXPECT_EQ(seen, (std::vector{Offset(0), Offset(3), Offset(6), Offset(9)}));
}

TEST_F(FetchesTest, a_made_up_cursor_costs_a_look_up_and_nothing_else) {
    append(2);
    Fetch asked = fetch(Offset(3));
    for (const WireCursor& cursor : {WireCursor{0, 7, 9, 13}, WireCursor{0, 0, 0, 8},
                                     WireCursor{63, 0, 0, 0}, WireCursor{0, -1, -1, -1}}) {
        asked.entries[0].cursor = cursor;
        EXPECT_EQ(get(asked).offsets(), std::vector{Offset(3)});
    }
}

TEST_F(FetchesTest, waits_for_the_first_record_and_answers_at_once_when_it_comes) {
    const std::int64_t id = begin(fetch(Offset(0), 10'000));
    world.run_ms(50);
    EXPECT_FALSE(client.has_frame());
    append(1);
    EXPECT_EQ(FetchedData::of(client.wait_for(id)).offsets(), std::vector{Offset(0)});
}

TEST_F(FetchesTest, answers_empty_when_it_has_waited_long_enough) {
    const std::int64_t before_ns = world.net().now_ns();
    const FetchedData fetched = get(fetch(Offset(0), 100));
    EXPECT_TRUE(fetched.data.empty());
    EXPECT_EQ(fetched.entries[0].code, ErrorCode::ok);
    EXPECT_GE(world.net().now_ns() - before_ns, 100 * kNanosPerMilli);
}

TEST_F(FetchesTest, who_asks_for_more_than_fits_is_answered_when_half_of_it_is_there) {
    const std::int64_t before_ns = world.net().now_ns();
    Fetch asked = fetch(Offset(0), 50'000, 4'096);
    asked.bytes_min = 0xFFFF'FFFF;
    const std::int64_t id = begin(asked);
    append(2);
    world.run_ms(5);
    EXPECT_FALSE(client.has_frame());
    append(20);
    EXPECT_GE(FetchedData::of(client.wait_for(id)).data.size(), 2'048U);
    EXPECT_LT(world.net().now_ns() - before_ns, kNanosPerSecond);
}

TEST_F(FetchesTest, a_fetch_of_many_streamlets_counts_what_comes_to_any_of_them) {
    StreamSettings settings;
    settings.streamlets = 8;
    stream = client.create("many", settings);
    Fetch asked = fetch(Offset(0), 50'000);
    asked.bytes_min = 2'000;
    asked.entries.clear();
    for (std::int32_t at = 15; at >= 0; --at) {
        // Each of them twice, in no order.
        asked.entries.push_back(
            {stream.stream, StreamletId(at * 3 % 8), Offset(0), {}, 1U << 20U, ReadOrder::offset});
    }
    const std::int64_t id = begin(asked);
    std::int32_t streamlet = 0;
    EXPECT_TRUE(world.run_until(
        [&] {
            const TestChunk chunk = ChunkFor{.streamlet = StreamletId(streamlet++ % 8)}.in(stream);
            EXPECT_EQ(client.append({chunk.bytes()})[0].code, ErrorCode::ok);
            return client.has_frame();
        },
        32));
    const FetchedData fetched = FetchedData::of(client.wait_for(id));
    EXPECT_EQ(fetched.entries.size(), 16U);
    EXPECT_GE(fetched.data.size(), 2'000U);
    EXPECT_LT(fetched.data.size(), 4'000U);
}

TEST_F(FetchesTest, only_so_many_entries_of_a_connection_may_wait) {
    world.config().limits.connection_fetch_entries_waiting_max = 10;
    world.restart();
    RawClient other(world, "other", "sim:broker");
    other.hello();
    stream = other.create("waited_for");
    Fetch asked = fetch(Offset(0), 50'000);
    asked.entries.resize(4, asked.entries.front());
    for (std::int64_t id = 1; id <= 3; ++id) {
        other.send_message(asked, id);
    }
    const auto refused = RawClient::as<DoneAnswer>(other.wait_for(3));
    EXPECT_EQ(refused.error().code, ErrorCode::limit_exceeded);
    EXPECT_EQ(refused.error().limit, 10);
    EXPECT_EQ(refused.error().value, 12);
    ASSERT_EQ(other.append({ChunkFor{}.in(stream).bytes()})[0].code, ErrorCode::ok);
    for (std::int64_t id = 1; id <= 2; ++id) {
        EXPECT_FALSE(FetchedData::of(other.wait_for(id)).offsets().empty());
    }
    asked.entries.resize(10, asked.entries.front());
    for (Fetch::Entry& entry : asked.entries) {
        entry.offset = Offset(3);
    }
    asked.wait_ms_max = 100;
    other.send_message(asked, 4);
    EXPECT_EQ(FetchedData::of(other.wait_for(4)).entries.size(), 10U);
}

TEST_F(FetchesTest, names_the_bound_that_an_offset_exceeds) {
    append(1);
    const FetchedData fetched = get(fetch(Offset(77)));
    EXPECT_EQ(fetched.entries[0].code, ErrorCode::offset_out_of_range);
    EXPECT_EQ(fetched.entries[0].value, 77);
    EXPECT_EQ(fetched.entries[0].limit, 3);
}

TEST_F(FetchesTest, tells_waiting_readers_that_their_stream_was_deleted) {
    const std::int64_t id = begin(fetch(Offset(0), 10'000));
    ASSERT_TRUE(client.ask<DoneAnswer>(DeleteStream{stream.stream}).ok());
    EXPECT_EQ(FetchedData::of(client.wait_for(id)).entries[0].code, ErrorCode::unknown_stream);
}

TEST_F(FetchesTest, holds_segments_only_until_they_were_sent) {
    append(3);
    get(fetch(Offset(0)));
    EXPECT_TRUE(
        world.run_until([this] { return world.core().reactor(ReactorId(0)).quiet(); }, 10'000));
}

TEST_F(FetchesTest, a_reader_that_vanishes_leaves_nothing_behind) {
    {
        RawClient other(world, "other", "sim:broker");
        other.hello();
        other.send_message(fetch(Offset(0), 60'000), 5);
        world.run_ms(5);
        other.disconnect();
    }
    append(1);
    EXPECT_EQ(get(fetch(Offset(0))).offsets(), std::vector{Offset(0)});
}

TEST_F(FetchesTest, deleted_offsets_are_out_of_range) {
    append(3);
    ASSERT_TRUE(
        client.ask<DoneAnswer>(DeleteBefore{stream.stream, StreamletId(0), Offset(4)}).ok());
    EXPECT_EQ(get(fetch(Offset(0))).entries[0].code, ErrorCode::offset_out_of_range);
    const auto earliest = client.ask<ListOffsetsAnswer>(
        ListOffsets{stream.stream, StreamletId(0), ListOffsets::kEarliest});
    EXPECT_EQ(earliest->offset, Offset(4));
}

TEST_F(FetchesTest, finds_the_first_record_at_or_after_a_time) {
    for (const std::int64_t time_ms : {1'000, 2'000, 3'000}) {
        client.append({ChunkFor{.records = 1, .timestamp_ms = time_ms}.in(stream).bytes()});
    }
    const auto at = [this](std::int64_t time_ms) {
        return client.ask<ListOffsetsAnswer>(ListOffsets{stream.stream, StreamletId(0), time_ms})
            ->offset;
    };
    EXPECT_EQ(at(0), Offset(0));
    EXPECT_EQ(at(1'001), Offset(1));
    EXPECT_EQ(at(3'000), Offset(2));
    EXPECT_EQ(at(3'001), Offset(3));
}

// Frames of 64 KiB, and two streams whose chunks fill more than half of one.
class LargeValuesTest : public ::testing::Test {
  protected:
    static CoreConfig config() {
        CoreConfig config = BrokerWorld::small_config();
        config.limits.frame_bytes_max = 65'536;
        config.limits.chunk_bytes_max = 60'000;
        config.limits.fetch_entries_max = 16;
        return config;
    }
    LargeValuesTest() {
        client.hello();
        for (const char* name : {"one", "two"}) {
            streams.push_back(client.create(name));
            const TestChunk chunk =
                ChunkFor{.records = 1, .value_bytes = 59'000}.in(streams.back());
            EXPECT_EQ(client.append({chunk.bytes()})[0].code, ErrorCode::ok);
        }
        for (const StreamAnswer& stream : streams) {
            fetch.entries.push_back(
                {stream.stream, StreamletId(0), Offset(0), {}, 64U << 20U, ReadOrder::offset});
        }
        fetch.bytes_max = 64U << 20U;
    }
    FetchedData get() {
        client.send_message(fetch, 5);
        return FetchedData::of(client.wait_for(5));
    }

    BrokerWorld world{config()};
    RawClient client{world, "client", "sim:broker"};
    std::vector<StreamAnswer> streams;
    Fetch fetch;
};

TEST_F(LargeValuesTest, a_chunk_that_does_not_fit_behind_another_goes_into_the_next_answer) {
    const FetchedData first = get();
    EXPECT_EQ(first.offsets(), std::vector{Offset(0)});
    EXPECT_EQ(first.entries[0].next_offset, Offset(1));
    EXPECT_EQ(first.entries[1].code, ErrorCode::ok);
    EXPECT_EQ(first.entries[1].data_bytes, 0U);
    EXPECT_EQ(first.entries[1].next_offset, Offset(0));
    EXPECT_EQ(first.entries[1].readable_head, Offset(1));
    for (std::size_t at = 0; at < fetch.entries.size(); ++at) {
        fetch.entries[at].offset = first.entries[at].next_offset;
        fetch.entries[at].cursor = first.entries[at].cursor;
    }
    const FetchedData second = get();
    EXPECT_EQ(second.offsets(), std::vector{Offset(0)});
    EXPECT_EQ(second.entries[1].next_offset, Offset(1));
}

TEST_F(LargeValuesTest, whole_groups_are_held_to_the_frame_too) {
    for (Fetch::Entry& entry : fetch.entries) {
        entry.order = ReadOrder::group;
        entry.cursor = {0, 0, 0, 0};
    }
    const FetchedData first = get();
    EXPECT_GT(first.entries[0].data_bytes, 59'000U);
    EXPECT_EQ(first.entries[1].code, ErrorCode::ok);
    EXPECT_EQ(first.entries[1].data_bytes, 0U);
    EXPECT_EQ(first.entries[1].cursor, (WireCursor{0, 0, 0, 0}));
}

TEST(FetchLimitsTest, a_node_whose_frames_hold_no_whole_chunk_does_not_start) {
    CoreConfig config = BrokerWorld::small_config();
    config.limits.frame_bytes_max = 65'536;
    config.limits.fetch_entries_max = 16;
    config.limits.chunk_bytes_max = 65'536;
    EXPECT_EQ(config.check().error().code, ErrorCode::invalid_argument);
    EXPECT_STREQ(config.check().error().what, "chunk_bytes_max");
}

}  // namespace
}  // namespace kera
