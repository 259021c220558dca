// Changes of streams that overlap: pipelined on one connection, over several, and with disks that
// fail in between. What is stored is never older than what lanes already take.
#include <gtest/gtest.h>

#include "broker/testing/broker_world.hpp"

namespace kera {
namespace {

CoreConfig three_reactors_with_a_disk() {
    CoreConfig config = BrokerWorld::disk_config();
    config.reactor_count = 3;
    return config;
}

class CatalogTest : public ::testing::Test {
  protected:
    CatalogTest() { client.hello(); }

    template <class Message>
    std::int64_t begin(const Message& message) {
        const std::int64_t id = next_++;
        client.send_message(message, id);
        return id;
    }
    template <class Answer>
    Result<Answer> end(std::int64_t id) {
        return RawClient::as<Answer>(client.wait_for(id));
    }
    // After a restart connections are made anew.
    void reconnect() {
        again = std::make_unique<RawClient>(world, "again", "sim:broker");
        again->hello();
    }

    BrokerWorld world{three_reactors_with_a_disk()};
    RawClient client{world, "client", "sim:broker"};
    std::unique_ptr<RawClient> again;
    std::int64_t next_ = 10'000;
};

AlterStream more_lanes(StreamId stream, std::uint16_t lanes) {
    AlterStream alter;
    alter.stream = stream;
    alter.lanes = lanes;
    return alter;
}

TEST_F(CatalogTest, a_delete_right_behind_a_create_waits_until_the_stream_is_made) {
    const auto created = begin(CreateStream{StreamId(7), {}, "brief"});
    const auto deleted = begin(DeleteStream{StreamId(7)});
    const auto described = begin(DescribeStream{StreamId(7), ""});
    EXPECT_EQ(end<StreamAnswer>(created)->stream, StreamId(7));
    EXPECT_TRUE(end<DoneAnswer>(deleted).ok());
    EXPECT_EQ(end<StreamAnswer>(described).error().code, ErrorCode::unknown_stream);
    EXPECT_TRUE(client.ask<StreamListAnswer>(ListStreams{})->streams.empty());
}

TEST_F(CatalogTest, whatever_is_asked_of_a_stream_right_behind_its_create_finds_it) {
    begin(CreateStream{StreamId(7), {}, "eager"});
    const auto by_id = begin(DescribeStream{StreamId(7), ""});
    const auto by_name = begin(DescribeStream{kAnyStream, "eager"});
    const auto altered = begin(more_lanes(StreamId(7), 4));
    const auto before = begin(DeleteBefore{StreamId(7), StreamletId(0), Offset(0)});
    const auto twice = begin(CreateStream{kAnyStream, {}, "eager"});
    EXPECT_EQ(end<StreamAnswer>(by_id)->name, "eager");
    EXPECT_EQ(end<StreamAnswer>(by_name)->stream, StreamId(7));
    EXPECT_EQ(end<StreamAnswer>(altered)->settings.lanes, 4);
    EXPECT_TRUE(end<DoneAnswer>(before).ok());
    EXPECT_EQ(end<StreamAnswer>(twice).error().code, ErrorCode::stream_exists);
}

TEST_F(CatalogTest, an_alter_before_a_delete_and_one_behind_it_are_both_answered) {
    const StreamAnswer stream = client.create("altered");
    const auto before = begin(more_lanes(stream.stream, 4));
    const auto deleted = begin(DeleteStream{stream.stream});
    const auto behind = begin(more_lanes(stream.stream, 8));
    EXPECT_EQ(end<StreamAnswer>(before)->settings.lanes, 4);
    EXPECT_TRUE(end<DoneAnswer>(deleted).ok());
    EXPECT_EQ(end<StreamAnswer>(behind).error().code, ErrorCode::unknown_stream);
}

TEST_F(CatalogTest, a_name_is_free_again_when_the_files_are_gone_and_an_id_is_not) {
    ASSERT_TRUE(client.ask<StreamAnswer>(CreateStream{StreamId(7), {}, "phoenix"}).ok());
    const auto deleted = begin(DeleteStream{StreamId(7)});
    const auto refused = begin(CreateStream{StreamId(7), {}, "phoenix"});
    const auto created = begin(CreateStream{StreamId(8), {}, "phoenix"});
    EXPECT_TRUE(end<DoneAnswer>(deleted).ok());
    EXPECT_EQ(end<StreamAnswer>(refused).error().code, ErrorCode::stream_exists);
    const Result<StreamAnswer> stream = end<StreamAnswer>(created);
    ASSERT_TRUE(stream.ok());
    ASSERT_EQ(client.append({ChunkFor{}.in(*stream).bytes()}, AckLevel::disk)[0].code,
              ErrorCode::ok);
    world.restart();
    reconnect();
    EXPECT_EQ(again->ask<StreamAnswer>(DescribeStream{kAnyStream, "phoenix"})->stream, StreamId(8));
}

TEST_F(CatalogTest, two_quick_alterations_are_both_kept) {
    const StreamAnswer stream = client.create("twice");
    AlterStream shorter;
    shorter.stream = stream.stream;
    shorter.retention_ms = 77'000;
    const auto lanes = begin(more_lanes(stream.stream, 4));
    const auto retention = begin(shorter);
    const auto start = begin(DeleteBefore{stream.stream, StreamletId(0), Offset(0)});
    EXPECT_EQ(end<StreamAnswer>(lanes)->settings.lanes, 4);
    const Result<StreamAnswer> both = end<StreamAnswer>(retention);
    EXPECT_EQ(both->settings.lanes, 4);
    EXPECT_EQ(both->settings.retention_ms, 77'000);
    EXPECT_TRUE(end<DoneAnswer>(start).ok());
    world.restart();
    reconnect();
    const auto found = again->ask<StreamAnswer>(DescribeStream{stream.stream, ""});
    EXPECT_EQ(found->settings.lanes, 4);
    EXPECT_EQ(found->settings.retention_ms, 77'000);
}

TEST_F(CatalogTest, chunks_in_lanes_that_came_with_a_quick_alteration_are_found_again) {
    const StreamAnswer stream = client.create("wide");
    const auto lanes = begin(more_lanes(stream.stream, 4));
    const auto start = begin(DeleteBefore{stream.stream, StreamletId(0), Offset(0)});
    ASSERT_TRUE(end<StreamAnswer>(lanes).ok());
    ASSERT_TRUE(end<DoneAnswer>(start).ok());
    for (std::int32_t at = 0; at < 8; ++at) {
        // Each over a connection, and in the lane, of its own.
        RawClient other(world, "c" + std::to_string(at), "sim:broker");
        other.hello();
        const TestChunk chunk = ChunkFor{.records = 1, .producer = ProducerId(100 + at)}.in(stream);
        ASSERT_EQ(other.append({chunk.bytes()}, AckLevel::disk)[0].code, ErrorCode::ok);
    }
    world.crash();
    reconnect();
    Fetch fetch;
    fetch.bytes_max = 1U << 20U;
    fetch.entries.push_back(
        {stream.stream, StreamletId(0), Offset(0), {}, 1U << 20U, ReadOrder::offset});
    again->send_message(fetch, 5);
    const FetchedData fetched = FetchedData::of(again->wait_for(5));
    EXPECT_EQ(fetched.entries[0].readable_head, Offset(8));
}

TEST_F(CatalogTest, a_create_that_the_disk_refuses_leaves_its_name_free_for_who_waits) {
    world.disk().fail_next(DiskAction::replace, ErrorCode::disk_failed);
    const auto refused = begin(CreateStream{kAnyStream, {}, "unlucky"});
    const auto lucky = begin(CreateStream{kAnyStream, {}, "unlucky"});
    EXPECT_EQ(end<StreamAnswer>(refused).error().code, ErrorCode::disk_failed);
    EXPECT_TRUE(end<StreamAnswer>(lucky).ok());
}

TEST_F(CatalogTest, a_create_that_the_disk_takes_in_part_leaves_nothing) {
    const auto refused = begin(CreateStream{kAnyStream, {}, "half"});
    world.run_until([this] { return !world.media().list("streams").empty(); });
    world.disk().fail_next(DiskAction::replace, ErrorCode::disk_failed);
    EXPECT_EQ(end<StreamAnswer>(refused).error().code, ErrorCode::disk_failed);
    EXPECT_TRUE(world.media().list("streams").empty());
    EXPECT_TRUE(world.media().list("catalog").empty());
}

TEST_F(CatalogTest, an_alteration_that_the_disk_refuses_changes_nothing) {
    const StreamAnswer stream = client.create("stubborn");
    world.disk().fail_next(DiskAction::replace, ErrorCode::disk_failed);
    const auto refused = begin(more_lanes(stream.stream, 4));
    const auto taken = begin(more_lanes(stream.stream, 2));
    EXPECT_EQ(end<StreamAnswer>(refused).error().code, ErrorCode::disk_failed);
    EXPECT_EQ(end<StreamAnswer>(taken)->settings.lanes, 2);
}

TEST_F(CatalogTest, a_delete_that_cannot_be_marked_changes_nothing) {
    const StreamAnswer stream = client.create("spared");
    world.disk().fail_next(DiskAction::replace, ErrorCode::disk_failed);
    EXPECT_EQ(client.ask<DoneAnswer>(DeleteStream{stream.stream}).error().code,
              ErrorCode::disk_failed);
    EXPECT_EQ(client.append({ChunkFor{}.in(stream).bytes()}, AckLevel::disk)[0].code,
              ErrorCode::ok);
    world.restart();
    reconnect();
    EXPECT_TRUE(again->ask<StreamAnswer>(DescribeStream{stream.stream, ""}).ok());
    EXPECT_TRUE(again->ask<DoneAnswer>(DeleteStream{stream.stream}).ok());
}

TEST_F(CatalogTest, a_delete_that_the_disk_refuses_keeps_the_name_and_may_be_asked_again) {
    for (const DiskAction action : {DiskAction::remove_tree, DiskAction::remove}) {
        const StreamAnswer stream = client.create("sticky");
        world.disk().fail_next(action, ErrorCode::disk_failed);
        EXPECT_EQ(client.ask<DoneAnswer>(DeleteStream{stream.stream}).error().code,
                  ErrorCode::disk_failed);
        EXPECT_EQ(client.ask<StreamAnswer>(DescribeStream{stream.stream, ""}).error().code,
                  ErrorCode::unknown_stream);
        EXPECT_EQ(client.ask<StreamAnswer>(CreateStream{kAnyStream, {}, "sticky"}).error().code,
                  ErrorCode::stream_exists);
        EXPECT_TRUE(client.ask<StreamListAnswer>(ListStreams{})->streams.empty());
        EXPECT_TRUE(client.ask<DoneAnswer>(DeleteStream{stream.stream}).ok());
    }
    world.restart();
    reconnect();
    EXPECT_TRUE(again->ask<StreamListAnswer>(ListStreams{})->streams.empty());
}

TEST_F(CatalogTest, changes_beyond_the_limit_are_refused_and_those_before_it_done) {
    world.config().limits.stream_changes_max = 8;
    world.restart();
    reconnect();
    const StreamAnswer stream = again->create("busy");
    std::vector<std::int64_t> ids;
    for (std::int64_t id = 100; id < 140; ++id) {
        again->send_message(DeleteBefore{stream.stream, StreamletId(0), Offset(0)}, id);
        ids.push_back(id);
    }
    int done = 0;
    int refused = 0;
    for (const std::int64_t id : ids) {
        const auto answer = RawClient::as<DoneAnswer>(again->wait_for(id));
        done += answer.ok() ? 1 : 0;
        refused += !answer.ok() && answer.error().code == ErrorCode::would_block &&
                           answer.error().limit == 8
                       ? 1
                       : 0;
    }
    EXPECT_GE(done, 8);
    EXPECT_GT(refused, 0);
    EXPECT_EQ(done + refused, 40);
    EXPECT_TRUE(
        again->ask<DoneAnswer>(DeleteBefore{stream.stream, StreamletId(0), Offset(0)}).ok());
}

// Any order of changes of a few streams, many under way at once: each is answered, and what is
// described at the end is what a restart finds.
TEST_F(CatalogTest, any_order_of_changes_ends_as_if_they_had_come_one_by_one) {
    Random random(11);
    std::vector<std::int64_t> ids;
    for (int round = 0; round < 400; ++round) {
        const StreamId stream(random.between(1, 3));
        const std::string name = "s" + std::to_string(random.between(1, 3));
        switch (random.between(0, 5)) {
            case 0:
                ids.push_back(begin(CreateStream{stream, {}, name}));
                break;
            case 1:
                ids.push_back(begin(DeleteStream{stream}));
                break;
            case 2:
                ids.push_back(
                    begin(more_lanes(stream, static_cast<std::uint16_t>(random.between(1, 16)))));
                break;
            case 3:
                ids.push_back(begin(DeleteBefore{stream, StreamletId(0), Offset(0)}));
                break;
            case 4:
                ids.push_back(begin(DescribeStream{stream, ""}));
                break;
            default:
                ids.push_back(begin(DescribeStream{kAnyStream, name}));
        }
        for (std::int64_t turns = random.between(0, 6); turns > 0; --turns) {
            world.turn();
        }
        if (ids.size() == 32) {
            for (const std::int64_t id : ids) {
                client.wait_for(id);
            }
            ids.clear();
        }
    }
    for (const std::int64_t id : ids) {
        client.wait_for(id);
    }
    const auto listed = client.ask<StreamListAnswer>(ListStreams{});
    std::vector<StreamAnswer> before;
    for (const auto& one : listed->streams) {
        before.push_back(client.ask<StreamAnswer>(DescribeStream{one.stream, ""}).value());
    }
    world.restart();
    reconnect();
    EXPECT_EQ(again->ask<StreamListAnswer>(ListStreams{})->streams.size(), before.size());
    for (const StreamAnswer& one : before) {
        const auto found = again->ask<StreamAnswer>(DescribeStream{one.stream, ""});
        ASSERT_TRUE(found.ok());
        EXPECT_EQ(found->name, one.name);
        EXPECT_EQ(found->settings.lanes, one.settings.lanes);
    }
}

}  // namespace
}  // namespace kera
