// Who leads: what is served before and after the control plane says so, and when it gets its
// answer.
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "broker/control/control_client.hpp"
#include "broker/testing/broker_world.hpp"

namespace kera {
namespace {

class LeadershipTest : public ::testing::Test {
  protected:
    static CoreConfig led_config() {
        CoreConfig config = BrokerWorld::disk_config();
        config.authority = Authority::control;
        config.reactor_count = 2;
        return config;
    }

    void SetUp() override { connect(); }

    // To a node that has just started.
    void connect() {
        client_.reset();
        control_ = std::make_unique<ControlClient>(world_.core().control(), world_.net().clock());
        client_ = std::make_unique<RawClient>(world_, "client", "sim:broker/1");
        client_->hello();
    }

    template <class Message>
    ControlAnswer command(const Message& message) {
        FrameBuffer buffer;
        EXPECT_TRUE(encode_message(message, buffer, control_->next_correlation_id()).ok());
        return control_
            ->call(buffer.frame(), world_.net().now_ns() + 60 * kNanosPerSecond,
                   [this] { world_.turn(); })
            .value();
    }
    // Ok where the stream is new.
    ErrorCode open(std::int32_t term, std::int32_t streamlets = 1) {
        OpenStream open;
        open.stream = StreamId(12);
        open.term = Term(term);
        open.settings.streamlets = streamlets;
        open.name = "clicks";
        const ControlAnswer answer = command(open);
        const auto stream = StreamAnswer::decode(answer.frame());
        if (stream.ok()) {
            stream_ = *stream;
            return ErrorCode::ok;
        }
        return ErrorAnswer::decode(answer.frame())->code;
    }
    CommandDone set_term(std::int32_t term, bool leads) {
        return CommandDone::decode(
                   command(SetTerm{StreamId(12), StreamletId(0), Term(term), leads}).frame())
            .value();
    }

    AppendResult append(AckLevel level = AckLevel::leader) {
        return client_->append({ChunkFor{}.in(stream_).bytes()}, level)[0];
    }
    std::int64_t begin_fetch(std::uint32_t wait_ms) {
        Fetch fetch;
        fetch.wait_ms_max = wait_ms;
        fetch.bytes_max = 1U << 20U;
        fetch.entries.push_back(
            {stream_.stream, StreamletId(0), Offset(0), {}, 1U << 20U, ReadOrder::offset});
        client_->send_message(fetch, 5'000);
        return 5'000;
    }
    FetchAnswer::Entry fetched(std::int64_t id) {
        return FetchedData::of(client_->wait_for(id)).entries.at(0);
    }
    Result<ListOffsetsAnswer> latest() {
        return client_->ask<ListOffsetsAnswer>(
            ListOffsets{stream_.stream, StreamletId(0), ListOffsets::kLatest});
    }
    Result<DoneAnswer> subscribe(std::int64_t credit_bytes) {
        return client_->ask<DoneAnswer>(
            Subscribe{7, stream_.stream, StreamletId(0), Offset(0), credit_bytes});
    }
    Result<AcquireGroupAnswer> acquire() {
        return client_->ask<AcquireGroupAnswer>(
            AcquireGroup{stream_.stream, StreamletId(0), "reader"});
    }

    void expect_served() {
        EXPECT_EQ(append().code, ErrorCode::ok);
        EXPECT_EQ(fetched(begin_fetch(0)).code, ErrorCode::ok);
        EXPECT_TRUE(latest().ok());
        EXPECT_TRUE(acquire().ok());
    }
    void expect_refused() {
        EXPECT_EQ(append().code, ErrorCode::not_leader);
        EXPECT_EQ(fetched(begin_fetch(0)).code, ErrorCode::not_leader);
        EXPECT_EQ(latest().error().code, ErrorCode::not_leader);
        EXPECT_EQ(subscribe(100).error().code, ErrorCode::not_leader);
        EXPECT_EQ(acquire().error().code, ErrorCode::not_leader);
        EXPECT_EQ(client_->ask<DoneAnswer>(DeleteBefore{stream_.stream, StreamletId(0), Offset(1)})
                      .error()
                      .code,
                  ErrorCode::not_leader);
    }

    BrokerWorld world_{led_config()};
    std::unique_ptr<ControlClient> control_;
    std::unique_ptr<RawClient> client_;
    StreamAnswer stream_;
};

TEST_F(LeadershipTest, a_node_serves_nothing_that_it_found_before_it_was_told) {
    ASSERT_EQ(open(3), ErrorCode::ok);
    expect_served();
    world_.restart();
    connect();
    expect_refused();
    EXPECT_EQ(open(3), ErrorCode::stream_exists);
    expect_served();
}

TEST_F(LeadershipTest, nothing_is_served_once_another_node_leads_and_all_again_in_a_new_term) {
    ASSERT_EQ(open(3), ErrorCode::ok);
    expect_served();
    EXPECT_EQ(set_term(4, false).code, ErrorCode::ok);
    expect_refused();
    EXPECT_EQ(append().limit, 4) << "the latest term that the node knows";
    EXPECT_EQ(set_term(5, true).code, ErrorCode::ok);
    expect_served();
}

TEST_F(LeadershipTest, a_change_is_answered_only_when_every_reactor_has_seen_it) {
    ASSERT_EQ(open(3), ErrorCode::ok);
    FrameBuffer buffer;
    const std::int64_t id = control_->next_correlation_id();
    SetTerm{StreamId(12), StreamletId(0), Term(4), true}.encode(buffer, id);
    ASSERT_TRUE(control_->send(buffer.frame(), INT64_MAX).ok());
    // Once when the old term has ended, once when the new one has begun.
    for (int barrier = 0; barrier < 2; ++barrier) {
        for (int turns = 0; turns < 1'000; ++turns) {
            world_.core().reactor(ReactorId(0)).poll();
            world_.net().advance_ns(kNanosPerMilli);
            control_->poll();
        }
        EXPECT_FALSE(control_->take_answer(id).has_value()) << barrier;
        world_.core().reactor(ReactorId(1)).poll();
    }
    for (int turns = 0; turns < 1'000; ++turns) {
        world_.core().reactor(ReactorId(0)).poll();
    }
    control_->poll();
    EXPECT_TRUE(control_->take_answer(id).has_value());
}

TEST_F(LeadershipTest, those_who_wait_are_told_when_it_ends) {
    ASSERT_EQ(open(3), ErrorCode::ok);
    const std::int64_t waiting = begin_fetch(10'000);
    ASSERT_TRUE(subscribe(0).ok());
    world_.run_ms(5);
    EXPECT_EQ(set_term(3, false).code, ErrorCode::ok);
    EXPECT_EQ(fetched(waiting).code, ErrorCode::not_leader);
    const Push last = Push::decode(client_->wait_for(kNoCorrelation).view()).value();
    EXPECT_EQ(last.code, ErrorCode::not_leader) << "also without credit";
}

TEST_F(LeadershipTest, leases_of_groups_end_with_it) {
    ASSERT_EQ(open(3), ErrorCode::ok);
    ASSERT_EQ(append().code, ErrorCode::ok);
    const AcquireGroupAnswer lease = acquire().value();
    ASSERT_EQ(lease.cursor.lane, 0);
    EXPECT_EQ(set_term(3, false).code, ErrorCode::ok);
    EXPECT_EQ(set_term(4, true).code, ErrorCode::ok);
    EXPECT_EQ(client_->ask<DoneAnswer>(ReleaseGroup{lease.lease, lease.cursor, true}).error().code,
              ErrorCode::lease_lost);
    EXPECT_EQ(acquire()->cursor.lane, 0) << "and another one begins from the start";
}

TEST_F(LeadershipTest, appends_that_wait_for_the_disk_are_not_acknowledged_after_it) {
    ASSERT_EQ(open(3), ErrorCode::ok);
    ASSERT_EQ(append(AckLevel::disk).code, ErrorCode::ok);
    for (const std::int32_t reactor : {0, 1}) {
        world_.disk(ReactorId(reactor))
            .fail_next(DiskAction::sync, ErrorCode::disk_failed, 1'000'000);
    }
    const std::int64_t id = client_->send_append({ChunkFor{}.in(stream_).bytes()}, AckLevel::disk);
    world_.run_ms(20);
    ASSERT_FALSE(client_->has_frame());
    FrameBuffer buffer;
    const std::int64_t asked = control_->next_correlation_id();
    SetTerm{StreamId(12), StreamletId(0), Term(3), false}.encode(buffer, asked);
    ASSERT_TRUE(control_->send(buffer.frame(), INT64_MAX).ok());
    EXPECT_EQ(RawClient::results(client_->wait_for(id))[0].code, ErrorCode::not_leader);
    for (const std::int32_t reactor : {0, 1}) {
        world_.disk(ReactorId(reactor)).fail_next(DiskAction::sync, ErrorCode::disk_failed, 0);
    }
    ASSERT_TRUE(world_.run_until([&] {
        control_->poll();
        return control_->take_answer(asked).has_value();
    }));
    EXPECT_EQ(set_term(5, true).code, ErrorCode::ok);
    EXPECT_TRUE(world_.run_until([this] { return latest()->offset == Offset(6); }, 10'000))
        << "it was written all the same, and can be read";
}

TEST_F(LeadershipTest, a_take_over_needs_a_term_that_nobody_has_had) {
    ASSERT_EQ(open(3), ErrorCode::ok);
    for (const bool leads : {true, false}) {
        const CommandDone refused = set_term(2, leads);
        EXPECT_EQ(refused.code, ErrorCode::stale_term);
        EXPECT_EQ(refused.what, "term");
        EXPECT_EQ(refused.limit, 3);
        EXPECT_EQ(refused.value, 2);
    }
    expect_served();
    EXPECT_EQ(set_term(4, false).code, ErrorCode::ok);
    EXPECT_EQ(set_term(4, true).code, ErrorCode::stale_term);
    expect_refused();
    EXPECT_EQ(set_term(5, true).code, ErrorCode::ok);
    expect_served();
}

TEST_F(LeadershipTest, new_streamlets_are_led_like_the_first_one) {
    ASSERT_EQ(open(3), ErrorCode::ok);
    EXPECT_EQ(set_term(3, false).code, ErrorCode::ok);
    AlterStream alter;
    alter.stream = StreamId(12);
    alter.streamlets = 2;
    ASSERT_TRUE(StreamAnswer::decode(command(alter).frame()).ok());
    const TestChunk chunk = ChunkFor{.streamlet = StreamletId(1)}.in(stream_);
    EXPECT_EQ(client_->append({chunk.bytes()})[0].code, ErrorCode::not_leader);
    EXPECT_EQ(open(4, 2), ErrorCode::stream_exists);
    EXPECT_EQ(client_->append({chunk.bytes()})[0].code, ErrorCode::ok);
}

}  // namespace
}  // namespace kera
