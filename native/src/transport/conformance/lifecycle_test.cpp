// Conformance of every transport: how connections begin and end, and that tokens come back once.
#include <algorithm>

#include "transport/testing/conformance_kinds.hpp"

namespace kera {
namespace {

using LifecycleTest = ConformanceFixture;

TEST_P(LifecycleTest, tells_both_sides_of_a_connection) {
    TestClient& client = connect_client();
    ASSERT_EQ(client.recorder.connected.size(), 1U);
    EXPECT_EQ(client.recorder.connected[0], client.endpoint);
    EXPECT_FALSE(client.recorder.peers[client.endpoint.value()].accepted);
    EXPECT_TRUE(server_recorder_.peers[client.server_endpoint.value()].accepted);
    EXPECT_FALSE(server_recorder_.peers[client.server_endpoint.value()].address.empty());
    EXPECT_EQ(world_->server_uri().scheme, GetParam().scheme);
}

TEST_P(LifecycleTest, reports_a_refused_connection_as_a_disconnect) {
    clients_.push_back(std::make_unique<TestClient>());
    TestClient& client = *clients_.back();
    client.transport = world_->make_client();
    const auto endpoint = client.transport->connect(world_->nowhere());
    if (!endpoint.ok()) {
        EXPECT_EQ(endpoint.error().code, ErrorCode::disconnected);
        return;
    }
    ASSERT_TRUE(pump_until([&] { return !client.recorder.disconnected.empty(); }));
    EXPECT_TRUE(client.recorder.connected.empty());
    EXPECT_EQ(client.recorder.disconnected[endpoint.value().value()][0].code,
              ErrorCode::disconnected);
}

TEST_P(LifecycleTest, refuses_addresses_of_other_transports) {
    const auto client = world_->make_client();
    const Uri other{"carrier-pigeon", "loft"};
    EXPECT_EQ(client->connect(other).error().code, ErrorCode::unsupported);
    EXPECT_EQ(client->listen(other).error().code, ErrorCode::unsupported);
}

TEST_P(LifecycleTest, tells_the_server_when_a_client_closes) {
    TestClient& client = connect_client();
    client.transport->close(client.endpoint, fail(ErrorCode::closed, "client done"));
    ASSERT_TRUE(pump_until([&] {
        return !server_recorder_.disconnected.empty() && !client.recorder.disconnected.empty();
    }));
    const auto& here = client.recorder.disconnected[client.endpoint.value()];
    ASSERT_EQ(here.size(), 1U);
    EXPECT_EQ(here[0], fail(ErrorCode::closed, "client done"));
    const auto& there = server_recorder_.disconnected[client.server_endpoint.value()];
    ASSERT_EQ(there.size(), 1U);
    EXPECT_EQ(there[0].code, ErrorCode::disconnected);
}

TEST_P(LifecycleTest, delivers_what_was_taken_before_close) {
    TestClient& client = connect_client();
    for (std::uint32_t seed = 0; seed < 8; ++seed) {
        ASSERT_EQ(send_frame(world_->server(), client.server_endpoint, make_frame(3000, seed), 24,
                             kNoToken),
                  SendOutcome::sent);
    }
    world_->server().close(client.server_endpoint, fail(ErrorCode::shutting_down, "node"));
    ASSERT_TRUE(pump_until([&] {
        return !server_recorder_.disconnected.empty() && !client.recorder.disconnected.empty();
    }));
    EXPECT_EQ(client.recorder.received.size(), 8U);
    EXPECT_EQ(server_recorder_.disconnected[client.server_endpoint.value()][0].code,
              ErrorCode::shutting_down);
}

TEST_P(LifecycleTest, tells_the_server_when_a_client_dies) {
    TestClient& dying = connect_client();
    TestClient& other = connect_client();
    dying.transport.reset();
    ASSERT_TRUE(pump_until([&] { return !server_recorder_.disconnected.empty(); }));
    EXPECT_TRUE(server_recorder_.disconnected.contains(dying.server_endpoint.value()));
    echo();
    ASSERT_EQ(send_frame(*other.transport, other.endpoint, make_frame(800, 1), 24, kNoToken),
              SendOutcome::sent);
    EXPECT_TRUE(pump_until([&] { return other.recorder.received.size() == 1; }));
}

TEST_P(LifecycleTest, releases_every_token_once_when_the_peer_dies) {
    TestClient& client = connect_client();
    const ByteVector frame = make_frame(65536, 1);
    Token last = 0;
    while (send_frame(world_->server(), client.server_endpoint, frame, 24, last + 1) ==
           SendOutcome::sent) {
        ++last;
        ASSERT_LT(last, 100'000U);
    }
    client.transport.reset();
    ASSERT_TRUE(pump_until([&] {
        return !server_recorder_.disconnected.empty() && server_recorder_.released.size() == last;
    }));
    for (const auto& [token, times] : server_recorder_.released) {
        EXPECT_EQ(times, 1) << token;
    }
    EXPECT_EQ(send_frame(world_->server(), client.server_endpoint, frame, 24, 1),
              SendOutcome::gone);
}

TEST_P(LifecycleTest, never_reuses_an_endpoint_id) {
    std::vector<EndpointId> seen;
    for (int round = 0; round < 5; ++round) {
        TestClient& client = connect_client();
        seen.push_back(client.server_endpoint);
        client.transport.reset();
        ASSERT_TRUE(pump_until([&] {
            return server_recorder_.disconnected.contains(client.server_endpoint.value());
        }));
    }
    std::ranges::sort(seen);
    EXPECT_EQ(std::ranges::adjacent_find(seen), seen.end());
}

TEST_P(LifecycleTest, lets_a_message_outlive_its_connection) {
    TestClient& client = connect_client();
    Inbound held;
    server_recorder_.respond = [&](EndpointId, Inbound&& message) { held = std::move(message); };
    const ByteVector frame = make_frame(30000, 3);
    ASSERT_EQ(send_frame(*client.transport, client.endpoint, frame, 24, kNoToken),
              SendOutcome::sent);
    ASSERT_TRUE(pump_until([&] { return !held.empty(); }));
    client.transport.reset();
    ASSERT_TRUE(pump_until([&] { return !server_recorder_.disconnected.empty(); }));
    EXPECT_EQ(joined(held), frame);
    held.release();
    pump(4);
}

TEST_P(LifecycleTest, refuses_a_large_frame_before_it_is_allowed) {
    TestClient& stranger = connect_stranger();
    TestClient& other = connect_client();
    stranger.transport->allow_large_frames(stranger.endpoint, kLarge);
    const ByteVector last_words = make_frame(64, 99);
    server_recorder_.last_words = [&](EndpointId endpoint) {
        EXPECT_EQ(endpoint, stranger.server_endpoint);
        EXPECT_EQ(send_frame(world_->server(), endpoint, last_words, 24, kNoToken),
                  SendOutcome::sent);
    };
    ASSERT_EQ(send_frame(*stranger.transport, stranger.endpoint, make_frame(4096, 1), 24, kNoToken),
              SendOutcome::sent);
    ASSERT_TRUE(pump_until([&] { return server_recorder_.received.size() == 1; }));
    ASSERT_EQ(send_frame(*stranger.transport, stranger.endpoint, make_frame(4104, 2), 24, kNoToken),
              SendOutcome::sent);
    ASSERT_TRUE(pump_until([&] {
        return !server_recorder_.disconnected.empty() && !stranger.recorder.disconnected.empty();
    }));
    ASSERT_EQ(server_recorder_.violations.size(), 1U);
    EXPECT_EQ(server_recorder_.violations[0],
              fail(ErrorCode::frame_too_large, "frame_bytes", 4096, 4104));
    EXPECT_EQ(server_recorder_.disconnected[stranger.server_endpoint.value()][0].code,
              ErrorCode::frame_too_large);
    ASSERT_EQ(stranger.recorder.received.size(), 1U);
    EXPECT_EQ(stranger.recorder.received[0].frame, last_words);
    EXPECT_EQ(server_recorder_.received.size(), 1U);
    EXPECT_TRUE(other.recorder.disconnected.empty());
}

TEST_P(LifecycleTest, refuses_a_frame_above_what_was_allowed) {
    TestClient& client = connect_stranger();
    client.transport->allow_large_frames(client.endpoint, kLarge);
    world_->server().allow_large_frames(client.server_endpoint, 1024 * 1024);
    ASSERT_EQ(
        send_frame(*client.transport, client.endpoint, make_frame(1024 * 1024, 1), 24, kNoToken),
        SendOutcome::sent);
    ASSERT_TRUE(pump_until([&] { return server_recorder_.received.size() == 1; }));
    ASSERT_EQ(send_frame(*client.transport, client.endpoint, make_frame(1024 * 1024 + 8, 2), 24,
                         kNoToken),
              SendOutcome::sent);
    ASSERT_TRUE(pump_until([&] { return !server_recorder_.disconnected.empty(); }));
    EXPECT_EQ(server_recorder_.violations[0].code, ErrorCode::frame_too_large);
    EXPECT_EQ(server_recorder_.violations[0].limit, 1024 * 1024);
    EXPECT_EQ(server_recorder_.violations[0].value, 1024 * 1024 + 8);
}

INSTANTIATE_TEST_SUITE_P(Transports, LifecycleTest, conformance_kinds(), kind_name);

}  // namespace
}  // namespace kera
