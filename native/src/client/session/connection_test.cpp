// Sessions as the client lives them: greeting, loss, back-off, deadlines.
#include "client/session/connection.hpp"

#include <gtest/gtest.h>

#include <new>

#include "client/testing/scripted_world.hpp"

namespace kera {
namespace {

TEST(ConnectionTest, becomes_ready_once_the_broker_has_greeted) {
    ScriptedWorld world;
    world.broker->greeting.requests_in_flight_max = 7;
    ASSERT_TRUE(world.client->await_session(kNanosPerSecond).ok());
    EXPECT_TRUE(world.client->loop().connection().ready());
    EXPECT_EQ(world.client->loop().connection().request_room(), 7U);
    EXPECT_EQ(world.transport->large_frame_bytes, world.broker->greeting.frame_bytes_max);
}

// Room for a request's head, and more, is what a client counts on.
TEST(ConnectionTest, does_not_take_a_greeting_that_allows_no_frames) {
    ScriptedWorld world;
    world.broker->greeting.frame_bytes_max = 8;
    const Result<void> waited = world.client->await_session(kNanosPerSecond);
    ASSERT_FALSE(waited.ok());
    EXPECT_EQ(waited.error(),
              (Error{ErrorCode::malformed, "greeting_frame_bytes_max", kFrameBytesBeforeHello, 8}));
    EXPECT_FALSE(world.client->loop().connection().ready());
}

TEST(ConnectionTest, waits_for_ages_without_counting_too_far) {
    Random random(7);
    ReconnectBackoff backoff({INT64_MAX / 2, INT64_MAX, 100}, random);
    for (std::uint32_t attempt = 0; attempt < 100; ++attempt) {
        EXPECT_GE(backoff.next_delay_ns(), 0);
        EXPECT_GE(backoff.delay_ns(attempt), 0);
    }
}

TEST(ConnectionTest, ends_for_good_with_the_reason_when_something_is_thrown) {
    ScriptedWorld world;
    ASSERT_TRUE(world.client->await_session(kNanosPerSecond).ok());
    world.transport->on_round = [] { throw std::bad_alloc(); };
    EXPECT_NO_THROW(world.poll(3));
    world.transport->on_round = nullptr;
    world.poll(3);
    const Result<void> waited = world.client->await_session(kNanosPerSecond);
    ASSERT_FALSE(waited.ok());
    EXPECT_EQ(waited.error(), (Error{ErrorCode::memory_exhausted, "heap", 0, 0}));
}

TEST(ConnectionTest, says_which_versions_and_name_it_has) {
    ClientOptions options;
    options.loop.connection.client_name = "somebody";
    options.loop.connection.token = "secret";
    ScriptedWorld world(options);
    Hello heard;
    world.broker->on_request = [&heard](const FrameView& frame) {
        heard = Hello::decode(frame).value();
        return false;
    };
    ASSERT_TRUE(world.client->await_session(kNanosPerSecond).ok());
    EXPECT_EQ(heard.client_name, "somebody");
    EXPECT_EQ(heard.token, "secret");
    EXPECT_EQ(heard.version_min, kProtocolVersionMin);
    EXPECT_EQ(heard.version_max, kProtocolVersionMax);
}

TEST(ConnectionTest, gives_up_waiting_at_the_deadline_with_the_reason) {
    ScriptedWorld world;
    world.transport->accepts_connections = false;
    const std::int64_t before_ns = world.clock.now_ns();
    const Result<void> waited = world.client->await_session(kNanosPerSecond);
    ASSERT_FALSE(waited.ok());
    EXPECT_EQ(waited.error().code, ErrorCode::disconnected);
    EXPECT_STREQ(waited.error().what, "refused_by_test");
    EXPECT_LE(world.clock.now_ns() - before_ns, kNanosPerSecond + 2 * kNanosPerMilli);
}

TEST(ConnectionTest, stops_trying_when_it_is_not_authorized) {
    ScriptedWorld world;
    world.broker->refuses_hello = Error{ErrorCode::unauthorized, "token", 0, 0};
    const Result<void> waited = world.client->await_session(60 * kNanosPerSecond);
    ASSERT_FALSE(waited.ok());
    EXPECT_EQ(waited.error(), (Error{ErrorCode::unauthorized, "token", 0, 0}));
    world.poll(100);
    EXPECT_EQ(world.transport->connects_at_ns.size(), 1U);
}

TEST(ConnectionTest, waits_longer_after_each_failure_within_the_jitter) {
    ClientOptions options;
    options.loop.connection.backoff = {100 * kNanosPerMilli, kNanosPerSecond, 20};
    ScriptedWorld world(options);
    world.transport->accepts_connections = false;
    ASSERT_FALSE(world.client->await_session(20 * kNanosPerSecond).ok());
    const std::vector<std::int64_t>& at = world.transport->connects_at_ns;
    ASSERT_GT(at.size(), 8U);
    std::int64_t step_ns = 100 * kNanosPerMilli;
    for (std::size_t attempt = 1; attempt < at.size(); ++attempt) {
        const std::int64_t delay_ns = at[attempt] - at[attempt - 1];
        EXPECT_GE(delay_ns, step_ns * 8 / 10) << attempt;
        EXPECT_LE(delay_ns, step_ns * 12 / 10 + 4 * kNanosPerMilli) << attempt;
        step_ns = std::min(step_ns * 2, kNanosPerSecond);
    }
}

TEST(ConnectionTest, scatters_the_delays_of_different_clients) {
    Random first(1);
    Random second(2);
    ReconnectBackoff one({100 * kNanosPerMilli, kNanosPerSecond, 20}, first);
    ReconnectBackoff other({100 * kNanosPerMilli, kNanosPerSecond, 20}, second);
    EXPECT_NE(one.next_delay_ns(), other.next_delay_ns());
}

TEST(ConnectionTest, starts_with_short_delays_again_after_a_session) {
    ClientOptions options;
    options.loop.connection.backoff = {100 * kNanosPerMilli, 10 * kNanosPerSecond, 0};
    ScriptedWorld world(options);
    world.transport->accepts_connections = false;
    ASSERT_FALSE(world.client->await_session(5 * kNanosPerSecond).ok());
    world.transport->accepts_connections = true;
    ASSERT_TRUE(world.client->await_session(20 * kNanosPerSecond).ok());
    const std::size_t attempts = world.transport->connects_at_ns.size();
    world.transport->cut();
    const std::int64_t cut_at_ns = world.clock.now_ns();
    world.poll(2);
    ASSERT_TRUE(world.client->await_session(20 * kNanosPerSecond).ok());
    ASSERT_EQ(world.transport->connects_at_ns.size(), attempts + 1);
    EXPECT_LE(world.transport->connects_at_ns.back() - cut_at_ns, 110 * kNanosPerMilli);
}

TEST(ConnectionTest, abandons_a_connect_that_nobody_answers) {
    ClientOptions options;
    options.loop.connection.connect_timeout_ns = kNanosPerSecond;
    ScriptedWorld world(options);
    world.transport->answers_connects = false;
    ASSERT_FALSE(world.client->await_session(3 * kNanosPerSecond).ok());
    EXPECT_EQ(world.client->loop().connection().last_error().code, ErrorCode::timed_out);
    EXPECT_GE(world.transport->connects_at_ns.size(), 2U);
}

TEST(ConnectionTest, asks_a_silent_broker_whether_it_is_there_and_leaves_if_not) {
    ClientOptions options;
    options.loop.connection.keep_alive_ns = kNanosPerSecond;
    ScriptedWorld world(options);
    ASSERT_TRUE(world.client->await_session(kNanosPerSecond).ok());
    world.poll(1100);
    EXPECT_EQ(world.broker->requests[Template::ping], 1);
    EXPECT_TRUE(world.client->loop().connection().ready());
    bool mute = true;
    world.broker->on_request = [&mute](const FrameView&) { return mute; };
    world.poll(2200);
    EXPECT_FALSE(world.client->loop().connection().ready());
    EXPECT_EQ(world.client->loop().connection().last_error().code, ErrorCode::timed_out);
    mute = false;
    EXPECT_TRUE(world.client->await_session(10 * kNanosPerSecond).ok());
}

TEST(ConnectionTest, refuses_a_broker_of_another_protocol_version) {
    ScriptedWorld world;
    world.broker->greeting.version = kProtocolVersionMax + 1;
    const Result<void> waited = world.client->await_session(kNanosPerSecond);
    ASSERT_FALSE(waited.ok());
    EXPECT_EQ(waited.error().code, ErrorCode::unsupported);
}

TEST(ConnectionTest, leaves_a_broker_that_sends_what_is_not_a_frame) {
    ScriptedWorld world;
    ASSERT_TRUE(world.client->await_session(kNanosPerSecond).ok());
    std::vector<std::byte> nonsense(32, std::byte{0xFF});
    world.transport->answer(world.transport->connected(), nonsense);
    world.poll(1);
    EXPECT_FALSE(world.client->loop().connection().ready());
    EXPECT_EQ(world.transport->inbounds_lent, 0);
}

TEST(ConnectionTest, can_be_closed_twice) {
    ScriptedWorld world;
    ASSERT_TRUE(world.client->await_session(kNanosPerSecond).ok());
    world.client->close();
    world.client->close();
    EXPECT_FALSE(world.client->open_producer({}).ok());
}

struct RecordingOwner final : RequestOwner {
    void on_answer(std::uint64_t cookie, const FrameView&, Inbound&) override {
        answered.push_back(cookie);
    }
    void on_request_failed(std::uint64_t cookie, const Error& why, std::uint32_t) override {
        failed.emplace_back(cookie, why.code);
    }
    std::vector<std::uint64_t> answered;
    std::vector<std::pair<std::uint64_t, ErrorCode>> failed;
};

TEST(RequestTableTest, fails_each_request_at_its_own_deadline) {
    RequestTable table(4);
    RecordingOwner owner;
    table.open({&owner, 1, 100});
    table.open({&owner, 2, 50});
    EXPECT_EQ(table.next_deadline_ns(), 50);
    EXPECT_EQ(table.expire(49), 0);
    EXPECT_EQ(table.expire(50), 1);
    EXPECT_EQ(table.next_deadline_ns(), 100);
    EXPECT_EQ(table.expire(1000), 1);
    ASSERT_EQ(owner.failed.size(), 2U);
    EXPECT_EQ(owner.failed[0], (std::pair<std::uint64_t, ErrorCode>{2, ErrorCode::timed_out}));
    EXPECT_EQ(owner.failed[1].first, 1U);
}

TEST(RequestTableTest, does_not_take_a_late_answer_for_a_newer_request) {
    RequestTable table(1);
    RecordingOwner owner;
    RequestTable::Request out;
    const std::int64_t old = table.open({&owner, 1, 10});
    table.expire(10);
    const std::int64_t fresh = table.open({&owner, 2, 20});
    EXPECT_FALSE(table.close(old, out));
    ASSERT_TRUE(table.close(fresh, out));
    EXPECT_EQ(out.cookie, 2U);
    EXPECT_FALSE(table.close(fresh, out));
    EXPECT_FALSE(table.close(-1, out));
    EXPECT_FALSE(table.close(1 << 15, out));
}

TEST(RequestTableTest, fails_everything_when_the_session_is_lost) {
    RequestTable table(3);
    RecordingOwner owner;
    for (std::uint64_t cookie = 0; cookie < 3; ++cookie) {
        table.open({&owner, cookie, 10});
    }
    EXPECT_EQ(table.room(), 0U);
    table.fail_all({ErrorCode::disconnected, "", 0, 0});
    EXPECT_EQ(owner.failed.size(), 3U);
    EXPECT_EQ(table.room(), 3U);
}

}  // namespace
}  // namespace kera
