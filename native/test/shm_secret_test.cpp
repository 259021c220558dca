// What a process on the same host can see of a node's memory, before and after it has sent the
// token.
#include <gtest/gtest.h>

#include <array>

#include "transport/shm/testing/raw_shm_client.hpp"
#include "whole_node.hpp"
#include "wire/message/session_messages.hpp"

namespace kera {
namespace {

class ShmSecretTest : public testing::Test {
  protected:
    ShmSecretTest() {
        CoreConfig config;
        config.arena_bytes = 64_MiB;
        config.touch_ahead = false;
        config.token = "secret";
        config.listen = {"shm:" + folder_.path() + "/node.sock"};
        core_ = Core::open(config).value();
    }

    // A reactor polls its sockets only from time to time.
    ShmDatagram poll_until_heard(RawShmClient& client, std::span<std::byte> into) {
        const SystemClock patience;
        const std::int64_t give_up_ns = patience.now_ns() + 60 * kNanosPerSecond;
        ShmDatagram datagram;
        while (datagram.kind == ShmDatagram::Kind::nothing && patience.now_ns() < give_up_ns) {
            core_->poll();
            datagram = client.receive(into);
        }
        return datagram;
    }

    std::unique_ptr<RawShmClient> welcomed_client() {
        auto client = std::make_unique<RawShmClient>(folder_.path() + "/node.sock");
        EXPECT_TRUE(client->send_hello());
        for (int count = 0; count < 5000; ++count) {
            core_->poll();
        }
        EXPECT_EQ(client->take_welcome().code, ErrorCode::ok);
        EXPECT_EQ(client->welcome_descriptors(), 2U) << "the memory of this connection alone";
        return client;
    }

    static void greet(RawShmClient& client, const std::string& token) {
        Hello hello;
        hello.token = token;
        FrameBuffer frame;
        EXPECT_TRUE(hello.encode(frame, 1).ok());
        client.put(RawShmClient::message(frame.frame().size()), {}, frame.frame());
    }

    TempFolder folder_;
    std::unique_ptr<Core> core_;
    std::array<std::byte, kShmRegionTableBytes> bytes_;
};

TEST_F(ShmSecretTest, shows_the_arena_to_who_knows_the_token) {
    const auto client = welcomed_client();
    greet(*client, "secret");
    const ShmDatagram shown = poll_until_heard(*client, bytes_);
    ASSERT_EQ(shown.size, kShmRegionTableBytes);
    EXPECT_GE(parse_shm_region_table(bytes_).value().count, 1U);
    EXPECT_GE(shown.descriptors.size(), 1U);
}

TEST_F(ShmSecretTest, shows_nothing_of_the_arena_to_who_does_not_know_the_token) {
    for (const char* token : {"", "secre", "secretsecret", "wrong!"}) {
        const auto client = welcomed_client();
        greet(*client, token);
        const ShmDatagram end = poll_until_heard(*client, bytes_);
        EXPECT_EQ(end.kind, ShmDatagram::Kind::end) << token;
        EXPECT_TRUE(end.descriptors.empty()) << token;
    }
}

}  // namespace
}  // namespace kera
