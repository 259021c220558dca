// Streams that get more streamlets: on every reactor, for clients that are there, and on the disk.
#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "broker/testing/broker_world.hpp"

namespace kera {
namespace {

CoreConfig growing_on_three_reactors() {
    CoreConfig config = BrokerWorld::disk_config();
    config.reactor_count = 3;
    return config;
}

AlterStream more_streamlets(StreamId stream, std::int32_t streamlets) {
    AlterStream alter;
    alter.stream = stream;
    alter.streamlets = streamlets;
    return alter;
}

class GrowthTest : public ::testing::Test {
  protected:
    GrowthTest() { client.hello(); }

    Result<StreamAnswer> grow(StreamId stream, std::int32_t streamlets) {
        return client.ask<StreamAnswer>(more_streamlets(stream, streamlets));
    }
    // After a restart connections are made anew.
    RawClient& reconnect() {
        again = std::make_unique<RawClient>(world, "again", "sim:broker");
        again->hello();
        return *again;
    }
    static ErrorCode append(RawClient& by, const StreamAnswer& stream, std::int32_t streamlet,
                            AckLevel level = AckLevel::disk) {
        const TestChunk chunk = ChunkFor{.streamlet = StreamletId(streamlet)}.in(stream);
        return by.append({chunk.bytes()}, level)[0].code;
    }
    static Offset head_of(RawClient& by, StreamId stream, std::int32_t streamlet) {
        const auto answer = by.ask<ListOffsetsAnswer>(
            ListOffsets{stream, StreamletId(streamlet), ListOffsets::kLatest});
        return answer.ok() ? answer->offset : Offset(-1);
    }

    BrokerWorld world{growing_on_three_reactors()};
    RawClient client{world, "client", "sim:broker"};
    std::unique_ptr<RawClient> again;
};

TEST_F(GrowthTest, every_reactor_takes_and_serves_chunks_of_new_streamlets) {
    const StreamAnswer stream = client.create("wider");
    ASSERT_EQ(grow(stream.stream, 40)->settings.streamlets, 40);
    for (int at = 0; at < 6; ++at) {
        RawClient other(world, "c" + std::to_string(at), "sim:broker");
        other.hello();
        for (std::int32_t streamlet = at; streamlet < 40; streamlet += 6) {
            EXPECT_EQ(append(other, stream, streamlet), ErrorCode::ok) << streamlet;
        }
    }
    for (std::int32_t streamlet = 0; streamlet < 40; ++streamlet) {
        EXPECT_EQ(head_of(client, stream.stream, streamlet), Offset(3)) << streamlet;
    }
    EXPECT_EQ(append(client, stream, 40), ErrorCode::unknown_stream);
    EXPECT_EQ(client.ask<StreamListAnswer>(ListStreams{})->streams[0].streamlets, 40);
}

TEST_F(GrowthTest, what_is_not_more_is_refused_with_value_and_limit_or_changes_nothing) {
    StreamSettings settings;
    settings.streamlets = 8;
    const StreamAnswer stream = client.create("wide", settings);
    EXPECT_EQ(grow(stream.stream, 3).error(), fail(ErrorCode::invalid_argument, "", 8, 3));
    EXPECT_EQ(grow(stream.stream, -1).error(), fail(ErrorCode::invalid_argument, "", 1, -1));
    EXPECT_EQ(grow(stream.stream, std::numeric_limits<std::int32_t>::min()).error().code,
              ErrorCode::invalid_argument);
    EXPECT_EQ(grow(stream.stream, kStreamletsMax + 1).error(),
              fail(ErrorCode::invalid_argument, "", kStreamletsMax, kStreamletsMax + 1));
    EXPECT_EQ(grow(StreamId(999), 9).error().code, ErrorCode::unknown_stream);
    EXPECT_EQ(grow(stream.stream, 0)->settings, settings);
    EXPECT_EQ(grow(stream.stream, 8)->settings, settings);
    EXPECT_EQ(client.ask<StreamAnswer>(DescribeStream{stream.stream, ""})->settings, settings);
    EXPECT_EQ(append(client, stream, 8), ErrorCode::unknown_stream);
}

TEST_F(GrowthTest, only_sessions_that_want_to_know_are_told_wherever_they_are) {
    const StreamAnswer stream = client.create("told");
    std::vector<std::unique_ptr<RawClient>> asking;
    for (int at = 0; at < 6; ++at) {
        asking.push_back(
            std::make_unique<RawClient>(world, "asks" + std::to_string(at), "sim:broker"));
        Hello hello;
        hello.features = kFeatureStreamGrown | 0x80U;
        EXPECT_EQ(asking.back()->ask<HelloAnswer>(hello)->features, kFeatureStreamGrown);
    }
    ASSERT_TRUE(grow(stream.stream, 1).ok());
    ASSERT_TRUE(grow(stream.stream, 5).ok());
    for (const std::unique_ptr<RawClient>& one : asking) {
        const ReceivedFrame frame = one->wait_for(kNoCorrelation);
        const auto grown = RawClient::as<StreamGrown>(frame);
        ASSERT_TRUE(grown.ok());
        EXPECT_EQ(grown->stream, stream.stream);
        EXPECT_EQ(grown->streamlets, 5);
        EXPECT_TRUE(one->ask<PingAnswer>(Ping{}).ok());
        EXPECT_FALSE(one->has_frame());
    }
    EXPECT_TRUE(client.ask<PingAnswer>(Ping{}).ok());
    EXPECT_FALSE(client.has_frame());
}

TEST_F(GrowthTest, who_waits_for_a_streamlet_still_does_after_growth) {
    const StreamAnswer stream = client.create("awaited");
    RawClient reader(world, "reader", "sim:broker");
    reader.hello();
    ASSERT_TRUE(
        reader.ask<DoneAnswer>(Subscribe{1, stream.stream, StreamletId(0), Offset(0), 1 << 20})
            .ok());
    ASSERT_TRUE(grow(stream.stream, 200).ok());
    ASSERT_TRUE(
        reader.ask<DoneAnswer>(Subscribe{2, stream.stream, StreamletId(199), Offset(0), 1 << 20})
            .ok());
    ASSERT_EQ(append(client, stream, 0), ErrorCode::ok);
    ASSERT_EQ(append(client, stream, 199), ErrorCode::ok);
    std::set<std::int64_t> pushed;
    while (pushed.size() < 2) {
        const auto push = RawClient::as<Push>(reader.wait_for(kNoCorrelation));
        ASSERT_TRUE(push.ok());
        if (push->data_bytes > 0) {
            EXPECT_EQ(push->next_offset, Offset(3));
            pushed.insert(push->subscription);
        }
    }
    EXPECT_EQ(pushed, (std::set<std::int64_t>{1, 2}));
}

TEST_F(GrowthTest, new_streamlets_have_all_settings_groups_and_starts_of_their_own) {
    const StreamAnswer stream = client.create("rich");
    AlterStream both = more_streamlets(stream.stream, 3);
    both.lanes = 4;
    const auto altered = client.ask<StreamAnswer>(both);
    EXPECT_EQ(altered->settings.streamlets, 3);
    EXPECT_EQ(altered->settings.lanes, 4);
    for (std::int32_t at = 0; at < 4; ++at) {
        ASSERT_EQ(append(client, stream, 2), ErrorCode::ok);
    }
    const auto group =
        client.ask<AcquireGroupAnswer>(AcquireGroup{stream.stream, StreamletId(2), "readers"});
    EXPECT_TRUE(group.ok());
    EXPECT_EQ(client.ask<DoneAnswer>(DeleteBefore{stream.stream, StreamletId(2), Offset(6)})->value,
              6);
    world.restart();
    const auto start = reconnect().ask<ListOffsetsAnswer>(
        ListOffsets{stream.stream, StreamletId(2), ListOffsets::kEarliest});
    EXPECT_EQ(start->offset, Offset(6));
    EXPECT_EQ(head_of(*again, stream.stream, 2), Offset(12));
    EXPECT_EQ(again->ask<StreamAnswer>(DescribeStream{stream.stream, ""})->settings.lanes, 4);
}

TEST_F(GrowthTest, a_power_cut_finds_the_old_number_or_the_new_and_never_less_than_was_answered) {
    int old_found = 0;
    int new_found = 0;
    for (int turns = 0; turns < 40; ++turns) {
        RawClient& admin = turns == 0 ? client : *again;
        const StreamAnswer stream =
            admin.create_with_chunk("cut" + std::to_string(turns), AckLevel::disk);
        admin.send_message(more_streamlets(stream.stream, 6), 77);
        for (int turn = 0; turn < turns; ++turn) {
            world.turn();
        }
        const bool answered = admin.has_frame();
        bool wrote = false;
        if (answered) {
            ASSERT_TRUE(RawClient::as<StreamAnswer>(admin.wait_for(77)).ok());
            wrote = append(admin, stream, 5) == ErrorCode::ok;
            EXPECT_TRUE(wrote);
        }
        world.crash();
        const auto found = reconnect().ask<StreamAnswer>(DescribeStream{stream.stream, ""});
        ASSERT_TRUE(found.ok());
        const std::int32_t streamlets = found->settings.streamlets;
        EXPECT_TRUE(streamlets == 6 || (streamlets == 1 && !answered)) << streamlets;
        EXPECT_EQ(head_of(*again, stream.stream, 0), Offset(3));
        EXPECT_EQ(head_of(*again, stream.stream, 5),
                  wrote ? Offset(3) : Offset(streamlets == 6 ? 0 : -1));
        // What was cut short can be asked again.
        ASSERT_TRUE(again->ask<StreamAnswer>(more_streamlets(stream.stream, 6)).ok());
        EXPECT_EQ(append(*again, stream, 4), ErrorCode::ok);
        ++(streamlets == 6 ? new_found : old_found);
    }
    EXPECT_GT(old_found, 0);
    EXPECT_GT(new_found, 0);
}

TEST_F(GrowthTest, growth_that_the_disk_refuses_changes_nothing_and_may_be_asked_again) {
    const StreamAnswer stream = client.create("stubborn");
    world.disk().fail_next(DiskAction::replace, ErrorCode::disk_failed);
    EXPECT_EQ(grow(stream.stream, 3).error().code, ErrorCode::disk_failed);
    EXPECT_EQ(client.ask<StreamAnswer>(DescribeStream{stream.stream, ""})->settings.streamlets, 1);
    EXPECT_EQ(append(client, stream, 2), ErrorCode::unknown_stream);
    EXPECT_EQ(grow(stream.stream, 3)->settings.streamlets, 3);
    EXPECT_EQ(append(client, stream, 2), ErrorCode::ok);
}

TEST_F(GrowthTest, a_stream_that_grew_can_be_deleted_while_others_still_read_it) {
    const StreamAnswer stream = client.create("brief");
    ASSERT_TRUE(grow(stream.stream, 30).ok());
    RawClient reader(world, "reader", "sim:broker");
    reader.hello();
    ASSERT_TRUE(
        reader.ask<DoneAnswer>(Subscribe{1, stream.stream, StreamletId(29), Offset(0), 1 << 20})
            .ok());
    ASSERT_TRUE(client.ask<DoneAnswer>(DeleteStream{stream.stream}).ok());
    EXPECT_EQ(RawClient::as<Push>(reader.wait_for(kNoCorrelation))->code,
              ErrorCode::unknown_stream);
    EXPECT_EQ(append(client, stream, 29), ErrorCode::unknown_stream);
    EXPECT_TRUE(world.media().list("streams").empty());
}

}  // namespace
}  // namespace kera
