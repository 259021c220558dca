#include "transport/tcp/tcp_transport.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/testing/lowered_limit.hpp"
#include "transport/testing/transport_recorder.hpp"

namespace kera {
namespace {

// Peers are plain sockets here, so that they can misbehave; time moves by hand.
class TcpTransportTest : public testing::Test {
  protected:
    void open(const TcpOptions& options) {
        transport_ = TcpTransport::open(options, clock_).value();
        const Uri bound = transport_->listen({"tcp", "127.0.0.1:0"}).value();
        port_ = parse_host_port(bound.address).value().port;
    }

    FileDescriptor raw_client() const {
        FileDescriptor client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port_);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(
            ::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
            0);
        return client;
    }

    // The endpoint of the last one accepted.
    EndpointId accepted(std::size_t count) {
        EXPECT_TRUE(poll_until([&] { return recorder_.connected.size() >= count; }));
        return recorder_.connected.back();
    }

    static void write(const FileDescriptor& client, std::span<const std::byte> bytes) {
        ASSERT_EQ(::send(client.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(bytes.size()));
    }

    bool poll_until(const std::function<bool()>& done) {
        const SystemClock patience;
        const std::int64_t give_up_ns = patience.now_ns() + 60 * kNanosPerSecond;
        while (!done()) {
            transport_->poll(recorder_, 64);
            if (patience.now_ns() > give_up_ns) {
                return false;
            }
        }
        return true;
    }

    // More polls than any of its shortcuts skips looking at sockets for.
    void poll_often() {
        for (int count = 0; count < 1000; ++count) {
            transport_->poll(recorder_, 64);
        }
    }

    const Error& why(EndpointId endpoint) { return recorder_.disconnected[endpoint.value()].at(0); }

    ManualClock clock_;
    std::unique_ptr<TcpTransport> transport_;
    TransportRecorder recorder_;
    std::uint16_t port_ = 0;
};

TEST_F(TcpTransportTest, ends_a_frame_that_does_not_end_in_time) {
    open({});
    const FileDescriptor loris = raw_client();
    const EndpointId endpoint = accepted(1);
    transport_->allow_large_frames(endpoint, 1 << 20);
    const ByteVector frame = make_frame(1000, 1);
    for (std::size_t at = 0; at < 300; ++at) {
        write(loris, std::span(frame).subspan(at, 1));
        poll_often();
        clock_.advance_ms(90);
        ASSERT_TRUE(recorder_.disconnected.empty()) << at;
    }
    clock_.advance_ms(4000);
    ASSERT_TRUE(poll_until([&] { return !recorder_.disconnected.empty(); }));
    EXPECT_EQ(why(endpoint), fail(ErrorCode::timed_out, "frame_ns", 30 * kNanosPerSecond));
    EXPECT_EQ(transport_->buffers().outstanding_bytes(), 0U);
}

TEST_F(TcpTransportTest, lets_an_idle_connection_be_and_holds_no_buffer_for_it) {
    open({});
    const FileDescriptor client = raw_client();
    const EndpointId endpoint = accepted(1);
    transport_->allow_large_frames(endpoint, 1 << 20);
    write(client, make_frame(4096, 1));
    ASSERT_TRUE(poll_until([&] { return recorder_.received.size() == 1; }));
    clock_.advance_ns(3600 * kNanosPerSecond);
    poll_often();
    EXPECT_TRUE(recorder_.disconnected.empty());
    EXPECT_EQ(transport_->buffers().outstanding_bytes(), 0U);
    EXPECT_EQ(transport_->next_deadline_ns(), kNoDeadline);
}

TEST_F(TcpTransportTest, ends_a_stranger_that_is_never_welcomed) {
    open({});
    const FileDescriptor client = raw_client();
    const EndpointId endpoint = accepted(1);
    EXPECT_EQ(transport_->next_deadline_ns(), clock_.now_ns() + 10 * kNanosPerSecond);
    clock_.advance_ns(10 * kNanosPerSecond);
    ASSERT_TRUE(poll_until([&] { return !recorder_.disconnected.empty(); }));
    EXPECT_EQ(why(endpoint).code, ErrorCode::timed_out);
}

TEST_F(TcpTransportTest, delivers_everything_before_a_half_close) {
    open({});
    const FileDescriptor client = raw_client();
    const EndpointId endpoint = accepted(1);
    for (std::uint32_t seed = 0; seed < 100; ++seed) {
        write(client, make_frame(1024, seed));
    }
    ::shutdown(client.get(), SHUT_WR);
    ASSERT_TRUE(poll_until([&] { return !recorder_.disconnected.empty(); }));
    EXPECT_EQ(recorder_.received.size(), 100U);
    EXPECT_EQ(why(endpoint), fail(ErrorCode::disconnected, "peer closed"));
}

TEST_F(TcpTransportTest, tells_when_a_peer_closes_inside_a_frame) {
    open({});
    FileDescriptor client = raw_client();
    const EndpointId endpoint = accepted(1);
    const ByteVector frame = make_frame(1024, 1);
    write(client, std::span(frame).first(1000));
    client.reset();
    ASSERT_TRUE(poll_until([&] { return !recorder_.disconnected.empty(); }));
    EXPECT_TRUE(recorder_.received.empty());
    EXPECT_EQ(why(endpoint), fail(ErrorCode::disconnected, "peer closed inside a frame"));
    EXPECT_EQ(transport_->buffers().outstanding_bytes(), 0U);
}

TEST_F(TcpTransportTest, survives_a_reset) {
    open({});
    FileDescriptor client = raw_client();
    const EndpointId endpoint = accepted(1);
    write(client, make_frame(64, 1));
    const linger now{1, 0};
    ASSERT_EQ(::setsockopt(client.get(), SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
    client.reset();
    ASSERT_TRUE(poll_until([&] { return !recorder_.disconnected.empty(); }));
    EXPECT_EQ(why(endpoint).code, ErrorCode::disconnected);
}

TEST_F(TcpTransportTest, refuses_garbage_and_leaves_the_others_alone) {
    open({});
    const FileDescriptor good = raw_client();
    const EndpointId good_endpoint = accepted(1);
    struct Case {
        std::uint32_t length;
        ErrorCode code;
        const char* what;
    };
    std::size_t count = 1;
    for (const Case& one : {Case{0, ErrorCode::malformed, "frame_bytes"},
                            Case{23, ErrorCode::malformed, "frame_bytes"},
                            Case{33, ErrorCode::malformed, "frame_bytes_unaligned"},
                            Case{0x20544547, ErrorCode::frame_too_large, "frame_bytes"}}) {
        const FileDescriptor bad = raw_client();
        const EndpointId endpoint = accepted(++count);
        ByteVector bytes(64, std::byte{0x5A});
        store_le(bytes.data(), one.length);
        write(bad, bytes);
        ASSERT_TRUE(poll_until([&] { return recorder_.disconnected.contains(endpoint.value()); }))
            << one.length;
        EXPECT_EQ(why(endpoint).code, one.code);
        EXPECT_STREQ(why(endpoint).what, one.what);
        EXPECT_EQ(why(endpoint).value, one.length);
    }
    EXPECT_EQ(recorder_.violations.size(), 4U);
    write(good, make_frame(128, 9));
    ASSERT_TRUE(poll_until([&] { return recorder_.received.size() == 1; }));
    EXPECT_EQ(recorder_.received[0].endpoint, good_endpoint);
}

TEST_F(TcpTransportTest, refuses_connections_beyond_its_limit_until_one_leaves) {
    TcpOptions options;
    options.connections_max = 3;
    open(options);
    std::vector<FileDescriptor> clients;
    for (int count = 0; count < 3; ++count) {
        clients.push_back(raw_client());
    }
    accepted(3);
    const FileDescriptor extra = raw_client();
    poll_often();
    std::byte byte{};
    EXPECT_EQ(::recv(extra.get(), &byte, 1, 0), 0) << "closed by the node";
    EXPECT_EQ(recorder_.connected.size(), 3U);
    clients.pop_back();
    ASSERT_TRUE(poll_until([&] { return !recorder_.disconnected.empty(); }));
    const FileDescriptor again = raw_client();
    accepted(4);
    EXPECT_EQ(transport_->connection_count(), 3U);
}

TEST_F(TcpTransportTest, waits_with_reading_when_its_buffers_are_held) {
    TcpOptions options;
    options.buffer_bytes_max = 600 * 1024;
    open(options);
    const FileDescriptor client = raw_client();
    const EndpointId endpoint = accepted(1);
    transport_->allow_large_frames(endpoint, 1 << 20);
    std::vector<Inbound> held;
    recorder_.respond = [&](EndpointId, Inbound&& message) { held.push_back(std::move(message)); };
    for (std::uint32_t seed = 0; seed < 12; ++seed) {
        write(client, make_frame(100'000, seed));
        poll_often();
    }
    EXPECT_LT(held.size(), 12U);
    clock_.advance_ns(60 * kNanosPerSecond);
    poll_often();
    EXPECT_TRUE(recorder_.disconnected.empty()) << "it is not the peer that is slow";
    std::size_t total = held.size();
    held.clear();
    ASSERT_TRUE(poll_until([&] {
        total += held.size();
        held.clear();
        return total == 12;
    }));
}

TEST_F(TcpTransportTest, pauses_accepting_when_the_process_has_no_descriptors_left) {
    open({});
    FileDescriptor client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    std::optional<LoweredLimit> descriptors;
    descriptors.emplace(RLIMIT_NOFILE, static_cast<rlim_t>(client.get()) + 1);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int connected =
        ::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
    poll_often();
    const bool parks = transport_->prepare_park();
    descriptors.reset();
    ASSERT_EQ(connected, 0);
    EXPECT_TRUE(recorder_.connected.empty());
    EXPECT_TRUE(parks) << "a listener that cannot accept must not keep it awake";
    EXPECT_EQ(transport_->next_deadline_ns(), 100 * kNanosPerMilli);
    clock_.advance_ms(100);
    accepted(1);
}

TEST_F(TcpTransportTest, closes_even_if_the_peer_never_reads_nor_ends) {
    open({});
    const FileDescriptor client = raw_client();
    const EndpointId endpoint = accepted(1);
    const ByteVector frame = make_frame(1 << 20, 1);
    Token last = 0;
    while (send_frame(*transport_, endpoint, frame, 24, last + 1) == SendOutcome::sent) {
        ++last;
    }
    transport_->close(endpoint, fail(ErrorCode::closed, "node"));
    poll_often();
    EXPECT_TRUE(recorder_.disconnected.empty()) << "what was taken is still being sent";
    clock_.advance_ns(kNanosPerSecond);
    ASSERT_TRUE(poll_until([&] { return !recorder_.disconnected.empty(); }));
    EXPECT_EQ(why(endpoint).code, ErrorCode::timed_out);
    EXPECT_EQ(recorder_.released.size(), last);
    EXPECT_EQ(transport_->connection_count(), 0U);
}

TEST_F(TcpTransportTest, lingers_after_close_no_longer_than_it_may) {
    open({});
    const FileDescriptor client = raw_client();
    const EndpointId endpoint = accepted(1);
    transport_->close(endpoint, fail(ErrorCode::closed, "node"));
    ASSERT_TRUE(poll_until([&] { return !recorder_.disconnected.empty(); }));
    EXPECT_EQ(why(endpoint).code, ErrorCode::closed);
    EXPECT_EQ(transport_->connection_count(), 1U);
    clock_.advance_ns(kNanosPerSecond);
    ASSERT_TRUE(poll_until([&] { return transport_->connection_count() == 0; }));
    EXPECT_EQ(recorder_.disconnected[endpoint.value()].size(), 1U);
}

TEST_F(TcpTransportTest, keeps_small_frames_back_until_flushed_when_told_so) {
    TcpOptions options;
    options.sends_when_flushed = true;
    open(options);
    const FileDescriptor client = raw_client();
    const EndpointId endpoint = accepted(1);
    transport_->allow_large_frames(endpoint, 1 << 20);
    poll_often();
    const ByteVector frame = make_frame(64, 1);
    ASSERT_EQ(send_frame(*transport_, endpoint, frame, frame.size(), kNoToken), SendOutcome::sent);
    transport_->poll(recorder_, 64);
    ASSERT_EQ(send_frame(*transport_, endpoint, frame, frame.size(), kNoToken), SendOutcome::sent);
    EXPECT_FALSE(transport_->prepare_park());
    ByteVector received(256);
    EXPECT_EQ(::recv(client.get(), received.data(), received.size(), MSG_DONTWAIT), -1);
    transport_->flush();
    EXPECT_EQ(::recv(client.get(), received.data(), received.size(), MSG_WAITALL | MSG_DONTWAIT),
              static_cast<ssize_t>(2 * frame.size()));
}

TEST_F(TcpTransportTest, shares_a_port_with_another_transport) {
    TcpOptions options;
    options.reuse_port = true;
    open(options);
    const auto other = TcpTransport::open(options, clock_).value();
    const std::string address = "127.0.0.1:" + std::to_string(port_);
    EXPECT_TRUE(other->listen({"tcp", address}).ok());
    const auto stranger = TcpTransport::open({}, clock_).value();
    EXPECT_EQ(stranger->listen({"tcp", address}).error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace kera
