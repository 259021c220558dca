// Conformance of every transport: messages arrive whole, aligned, in order, once.
#include <algorithm>
#include <array>

#include "transport/testing/conformance_kinds.hpp"

namespace kera {
namespace {

using MessagesTest = ConformanceFixture;

TEST_P(MessagesTest, echoes_frames_of_every_size) {
    TestClient& client = connect_client();
    echo();
    std::uint32_t seed = 0;
    for (const std::uint32_t bytes :
         {24U, 32U, 40U, 104U, 1000U, 4096U, 4104U, 16416U, 65536U + 32U, 262144U, 262152U,
          1048576U + 8U, 8U * 1024 * 1024}) {
        const ByteVector frame = make_frame(bytes, ++seed);
        ASSERT_EQ(send_frame(*client.transport, client.endpoint, frame, 32, kNoToken),
                  SendOutcome::sent);
        ASSERT_TRUE(pump_until([&] { return client.recorder.received.size() == seed; })) << bytes;
        EXPECT_EQ(client.recorder.received.back().frame, frame) << bytes;
    }
}

TEST_P(MessagesTest, keeps_the_order_of_many_in_flight) {
    TestClient& client = connect_client();
    constexpr std::uint32_t kFrames = 5000;
    constexpr std::array<std::uint32_t, 5> kSizes = {24, 128, 1024, 40, 20000};
    std::uint32_t next = 0;
    ASSERT_TRUE(pump_until([&] {
        while (next < kFrames) {
            const ByteVector frame = make_frame(kSizes[next % kSizes.size()], next);
            if (send_frame(*client.transport, client.endpoint, frame, 24, kNoToken) !=
                SendOutcome::sent) {
                break;
            }
            ++next;
        }
        return server_recorder_.received.size() == kFrames;
    }));
    for (std::uint32_t index = 0; index < kFrames; ++index) {
        const ByteVector& frame = server_recorder_.received[index].frame;
        ASSERT_EQ(seed_of(frame), index);
        ASSERT_EQ(frame, make_frame(kSizes[index % kSizes.size()], index));
    }
}

TEST_P(MessagesTest, gathers_a_body_of_many_spans) {
    TestClient& client = connect_client();
    const ByteVector frame = make_frame(24 + 300 * 64, 7);
    std::vector<IoSpan> body;
    for (std::uint32_t at = 24; at < frame.size(); at += 64) {
        body.push_back({frame.data() + at, 64});
    }
    const std::size_t spans =
        std::min<std::size_t>(body.size(), client.transport->capabilities().segments_max);
    ByteVector head(frame.begin(), frame.begin() + 24);
    const auto bytes = static_cast<std::uint32_t>(24 + spans * 64);
    store_le<std::uint32_t>(head.data(), bytes);
    ASSERT_EQ(client.transport->send(client.endpoint, head, std::span(body).first(spans), 5),
              SendOutcome::sent);
    ASSERT_TRUE(pump_until(
        [&] { return server_recorder_.received.size() == 1 && client.recorder.released[5] == 1; }));
    const ByteVector& got = server_recorder_.received[0].frame;
    ASSERT_EQ(got.size(), bytes);
    EXPECT_TRUE(std::equal(got.begin() + 24, got.end(), frame.begin() + 24));
}

TEST_P(MessagesTest, takes_a_body_without_token_at_once) {
    TestClient& client = connect_client();
    std::vector<ByteVector> sent;
    for (std::uint32_t seed = 0; seed < 1000; ++seed) {
        ByteVector frame = make_frame(8192, seed);
        if (send_frame(*client.transport, client.endpoint, frame, 24, kNoToken) !=
            SendOutcome::sent) {
            break;
        }
        sent.push_back(frame);
        std::ranges::fill(frame, std::byte{0xEE});
    }
    ASSERT_FALSE(sent.empty());
    ASSERT_TRUE(pump_until([&] { return server_recorder_.received.size() == sent.size(); }));
    for (std::size_t index = 0; index < sent.size(); ++index) {
        ASSERT_EQ(server_recorder_.received[index].frame, sent[index]);
    }
}

TEST_P(MessagesTest, says_again_when_the_peer_does_not_read_and_writable_when_it_does) {
    TestClient& client = connect_client();
    const ByteVector frame = make_frame(65536, 1);
    Token last = 0;
    while (send_frame(*client.transport, client.endpoint, frame, 24, last + 1) ==
           SendOutcome::sent) {
        ++last;
        client.transport->poll(client.recorder, 64);
        world_->step();
        ASSERT_LT(last, 100'000U) << "nothing bounds what is taken";
    }
    ASSERT_GT(last, 0U);
    EXPECT_TRUE(client.recorder.writable.empty());
    ASSERT_TRUE(pump_until([&] { return server_recorder_.received.size() == last; }));
    ASSERT_TRUE(pump_until([&] { return client.recorder.writable.size() == 1; }));
    EXPECT_EQ(client.recorder.writable[0], client.endpoint);
    ASSERT_TRUE(pump_until([&] { return client.recorder.released.size() == last; }));
    for (const auto& [token, times] : client.recorder.released) {
        EXPECT_EQ(times, 1) << token;
    }
    EXPECT_EQ(send_frame(*client.transport, client.endpoint, frame, 24, kNoToken),
              SendOutcome::sent);
}

TEST_P(MessagesTest, delivers_no_more_messages_than_the_budget) {
    TestClient& client = connect_client();
    for (std::uint32_t seed = 0; seed < 10; ++seed) {
        ASSERT_EQ(
            send_frame(*client.transport, client.endpoint, make_frame(64, seed), 24, kNoToken),
            SendOutcome::sent);
    }
    const std::int64_t give_up_ns = system_clock_.now_ns() + kPatienceNs;
    std::size_t before = 0;
    while (server_recorder_.message_count < 10 && system_clock_.now_ns() < give_up_ns) {
        client.transport->poll(client.recorder, 64);
        world_->server().poll(server_recorder_, 1);
        world_->step();
        ASSERT_LE(server_recorder_.message_count - before, 1U);
        before = server_recorder_.message_count;
    }
    EXPECT_EQ(server_recorder_.message_count, 10U);
}

TEST_P(MessagesTest, keeps_what_a_handler_holds_while_more_arrives) {
    TestClient& client = connect_client();
    std::vector<Inbound> held;
    server_recorder_.respond = [&](EndpointId, Inbound&& message) {
        if (held.size() < 20) {
            held.push_back(std::move(message));
        }
    };
    std::vector<ByteVector> frames;
    for (std::uint32_t seed = 0; seed < 200; ++seed) {
        frames.push_back(make_frame(40000 + 8 * seed, seed));
    }
    std::size_t next = 0;
    ASSERT_TRUE(pump_until([&] {
        while (next < frames.size() && send_frame(*client.transport, client.endpoint, frames[next],
                                                  24, kNoToken) == SendOutcome::sent) {
            ++next;
        }
        return server_recorder_.message_count == frames.size();
    }));
    ASSERT_EQ(held.size(), 20U);
    for (std::size_t index = 0; index < held.size(); ++index) {
        EXPECT_EQ(joined(held[index]), frames[index]);
        EXPECT_EQ(held[index].bytes(), frames[index].size());
        EXPECT_GE(held[index].head().size(), 24U);
    }
    held.clear();
}

TEST_P(MessagesTest, serves_a_hundred_connections) {
    echo();
    for (int count = 0; count < 100; ++count) {
        connect_client();
    }
    for (std::uint32_t round = 0; round < 3; ++round) {
        for (std::uint32_t index = 0; index < clients_.size(); ++index) {
            const ByteVector frame = make_frame(2048, round * 1000 + index);
            ASSERT_EQ(send_frame(*clients_[index]->transport, clients_[index]->endpoint, frame, 24,
                                 kNoToken),
                      SendOutcome::sent);
        }
        ASSERT_TRUE(pump_until([&] {
            return std::ranges::all_of(clients_, [&](const auto& client) {
                return client->recorder.received.size() == round + 1;
            });
        }));
    }
    for (std::uint32_t index = 0; index < clients_.size(); ++index) {
        EXPECT_EQ(seed_of(clients_[index]->recorder.received[2].frame), 2000 + index);
    }
}

INSTANTIATE_TEST_SUITE_P(Transports, MessagesTest, conformance_kinds(), kind_name);

}  // namespace
}  // namespace kera
