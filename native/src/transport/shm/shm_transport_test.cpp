#include "transport/shm/shm_transport.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "memory/arena.hpp"
#include "transport/shm/testing/shm_node_fixture.hpp"

namespace kera {
namespace {

constexpr std::uint32_t kBodyBytes = 4096;

class ShmTransportTest : public ShmNodeFixture {
  protected:
    // A node whose bodies lie in an arena that its clients see.
    void open_with_arena(const ShmOptions& options) {
        node_ = ShmTransport::open(options, clock_).value();
        arena_ = std::make_unique<Arena>(
            Arena::reserve({.bytes = 4_MiB, .pages = PagePreference::small}).value());
        ASSERT_TRUE(
            node_->register_memory({arena_->base(), arena_->bytes(), arena_->fd(), 0}).ok());
        ASSERT_TRUE(node_->listen({"shm", path()}).ok());
        for (std::size_t at = 0; at < arena_->bytes(); ++at) {
            arena_->base()[at] = static_cast<std::byte>(at % 251);
        }
    }

    SendOutcome send_from_arena(std::size_t offset, std::uint32_t bytes, Token token) {
        ByteVector head = make_frame(32, 1);
        store_le(head.data(), 32 + bytes);
        const IoSpan body{arena_->base() + offset, bytes};
        return node_->send(endpoint_, head, {&body, 1}, token);
    }

    void hold_at_client() {
        client_recorder_.respond = [this](EndpointId, Inbound&& message) {
            held_.push_back(std::move(message));
        };
    }

    std::unique_ptr<Arena> arena_;
    std::vector<Inbound> held_;  // destroyed before the transports they come from
};

TEST_F(ShmTransportTest, lends_segment_memory_until_the_reader_lets_go) {
    open_with_arena({});
    connect_client({});
    hold_at_client();
    ASSERT_EQ(send_from_arena(8192, kBodyBytes, 77), SendOutcome::sent);
    ASSERT_EQ(send_from_arena(16384, kBodyBytes, 78), SendOutcome::sent);
    ASSERT_TRUE(poll_until([&] { return held_.size() == 2; }));
    ASSERT_EQ(held_[0].fragments().size(), 2U);
    EXPECT_FALSE(held_[0].unstable()) << "a client trusts its node";
    const Fragment body = held_[0].fragments()[1];
    EXPECT_TRUE(std::equal(body.begin(), body.end(), arena_->base() + 8192));
    EXPECT_NE(body.data(), arena_->base() + 8192) << "a mapping of its own";
    arena_->base()[8192] = std::byte{0xEE};
    EXPECT_EQ(body[0], std::byte{0xEE}) << "the very memory, not a copy";
    EXPECT_TRUE(recorder_.released.empty());
    held_.pop_back();
    ASSERT_TRUE(poll_until([&] { return recorder_.released.size() == 1; }));
    EXPECT_EQ(recorder_.released[78], 1) << "in whatever order they are let go";
    held_.clear();
    ASSERT_TRUE(poll_until([&] { return recorder_.released.size() == 2; }));
}

TEST_F(ShmTransportTest, sends_copies_beyond_the_bytes_that_one_client_may_hold) {
    ShmOptions options;
    options.lease_bytes_max = 2 * kBodyBytes;
    open_with_arena(options);
    connect_client({});
    hold_at_client();
    for (Token token = 1; token <= 4; ++token) {
        ASSERT_EQ(send_from_arena(token * 8192, kBodyBytes, token), SendOutcome::sent);
    }
    ASSERT_TRUE(poll_until([&] { return held_.size() == 4; }));
    EXPECT_EQ(held_[1].fragments().size(), 2U);
    EXPECT_EQ(held_[2].fragments().size(), 1U);
    for (std::size_t index = 0; index < 4; ++index) {
        const ByteVector frame = joined(held_[index]);
        EXPECT_TRUE(
            std::equal(frame.begin() + 32, frame.end(), arena_->base() + (index + 1) * 8192));
    }
    ASSERT_TRUE(poll_until([&] { return recorder_.released.size() == 2; }));
    EXPECT_EQ(recorder_.released[3] + recorder_.released[4], 2);
    held_.clear();
}

TEST_F(ShmTransportTest, takes_its_memory_back_when_the_reader_dies) {
    open_with_arena({});
    connect_client({});
    hold_at_client();
    for (Token token = 1; token <= 10; ++token) {
        ASSERT_EQ(send_from_arena(token * 8192, kBodyBytes, token), SendOutcome::sent);
    }
    ASSERT_TRUE(poll_until([&] { return held_.size() == 10; }));
    held_.clear();
    client_.reset();
    ASSERT_TRUE(poll_until([&] { return ended(endpoint_); }));
    ASSERT_TRUE(poll_until([&] { return recorder_.released.size() == 10; }));
    for (const auto& [token, times] : recorder_.released) {
        EXPECT_EQ(times, 1) << token;
    }
}

TEST_F(ShmTransportTest, ends_a_reader_that_never_lets_go) {
    ShmOptions options;
    options.lease_ns_max = 60 * kNanosPerSecond;
    open_with_arena(options);
    connect_client({});
    hold_at_client();
    ASSERT_EQ(send_from_arena(8192, kBodyBytes, 1), SendOutcome::sent);
    ASSERT_TRUE(poll_until([&] { return held_.size() == 1; }));
    clock_.advance_ns(59 * kNanosPerSecond);
    poll_often();
    EXPECT_FALSE(ended(endpoint_));
    clock_.advance_ns(2 * kNanosPerSecond);
    ASSERT_TRUE(poll_until([&] { return ended(endpoint_); }));
    EXPECT_EQ(why(endpoint_), fail(ErrorCode::lease_lost, "lease_ns", 60 * kNanosPerSecond));
    EXPECT_EQ(recorder_.released[1], 1);
    EXPECT_EQ(held_[0].fragments()[1].size(), kBodyBytes) << "still mapped, if no longer promised";
    held_.clear();
}

TEST_F(ShmTransportTest, copies_what_is_small_or_lies_elsewhere_or_has_no_token) {
    open_with_arena({});
    connect_client({});
    hold_at_client();
    const ByteVector elsewhere = make_frame(kBodyBytes, 1);
    ASSERT_EQ(send_from_arena(8192, 256, 1), SendOutcome::sent);
    ASSERT_EQ(send_from_arena(8192, kBodyBytes, kNoToken), SendOutcome::sent);
    ASSERT_EQ(send_frame(*node_, endpoint_, elsewhere, 24, 2), SendOutcome::sent);
    ASSERT_TRUE(poll_until([&] { return held_.size() == 3 && recorder_.released.size() == 2; }));
    for (const Inbound& message : held_) {
        EXPECT_EQ(message.fragments().size(), 1U);
    }
    held_.clear();
}

TEST_F(ShmTransportTest, lets_a_client_build_messages_where_the_node_reads_them) {
    open({});
    ShmOptions options;
    options.send_bytes = 1 << 20;
    connect_client(options);
    const std::span<std::byte> memory = client_->send_memory(client_endpoint_);
    ASSERT_EQ(memory.size(), 1U << 20);
    EXPECT_TRUE(node_->send_memory(endpoint_).empty());
    std::vector<Inbound> at_node;
    recorder_.respond = [&](EndpointId, Inbound&& message) {
        at_node.push_back(std::move(message));
    };
    ByteVector head = make_frame(32, 1);
    store_le(head.data(), 32 + 2 * kBodyBytes);
    std::ranges::fill(memory.first(3 * kBodyBytes), std::byte{0x42});
    const std::vector<IoSpan> body = {{memory.data() + 2 * kBodyBytes, kBodyBytes},
                                      {memory.data(), kBodyBytes}};
    ASSERT_EQ(client_->send(client_endpoint_, head, body, 5), SendOutcome::sent);
    ASSERT_TRUE(poll_until([&] { return at_node.size() == 1; }));
    ASSERT_EQ(at_node[0].fragments().size(), 3U);
    EXPECT_TRUE(at_node[0].unstable());
    EXPECT_EQ(at_node[0].fragments()[1][0], std::byte{0x42});
    EXPECT_TRUE(client_recorder_.released.empty());
    at_node.clear();
    ASSERT_TRUE(poll_until([&] { return client_recorder_.released.size() == 1; }));
}

TEST_F(ShmTransportTest, keeps_send_memory_of_a_dead_connection_until_it_is_dropped) {
    open({});
    connect_client({});
    const std::span<std::byte> memory = client_->send_memory(client_endpoint_);
    node_->close(endpoint_, fail(ErrorCode::shutting_down, "node"));
    ASSERT_TRUE(poll_until([&] { return !client_recorder_.disconnected.empty(); }));
    const std::span<std::byte> kept = client_->send_memory(client_endpoint_);
    ASSERT_EQ(kept.data(), memory.data());
    kept[0] = std::byte{1};
    client_->drop_send_memory(client_endpoint_);
    EXPECT_TRUE(client_->send_memory(client_endpoint_).empty());
}

TEST_F(ShmTransportTest, moves_large_values_both_ways_through_small_rings) {
    open({});
    ShmOptions options;
    options.ring_bytes = kShmRingBytesMin;
    options.send_bytes = 0;
    connect_client(options);
    const ByteVector frame = make_frame(3 << 20, 5);
    ASSERT_EQ(send_frame(*client_, client_endpoint_, frame, 24, 1), SendOutcome::sent);
    EXPECT_EQ(send_frame(*client_, client_endpoint_, frame, 24, 2), SendOutcome::again);
    ASSERT_TRUE(poll_until([&] { return recorder_.received.size() == 1; }));
    EXPECT_EQ(recorder_.received[0].frame, frame);
    EXPECT_EQ(client_recorder_.released[1], 1);
    ASSERT_TRUE(poll_until([&] { return client_recorder_.writable.size() == 1; }));
    ASSERT_EQ(send_frame(*node_, endpoint_, frame, 24, kNoToken), SendOutcome::sent);
    ASSERT_TRUE(poll_until([&] { return client_recorder_.received.size() == 1; }));
    EXPECT_EQ(client_recorder_.received[0].frame, frame);
}

TEST_F(ShmTransportTest, ends_a_frame_that_does_not_end_in_time) {
    open({});
    const auto client = raw_client();
    const ByteVector frame = make_frame(1 << 20, 1);
    ShmRecordHeader begin = RawShmClient::message(64);
    begin.kind = ShmRecordKind::begin;
    begin.frame_bytes = 1 << 20;
    client->put(begin, {}, std::span(frame).first(64));
    poll_often();
    EXPECT_LE(node_->buffers().outstanding_bytes(), 1U << 20);
    clock_.advance_ns(30 * kNanosPerSecond);
    ASSERT_TRUE(poll_until([&] { return ended(endpoint_); }));
    EXPECT_EQ(why(endpoint_), fail(ErrorCode::timed_out, "frame_ns", 30 * kNanosPerSecond));
    EXPECT_EQ(node_->buffers().outstanding_bytes(), 0U);
}

TEST_F(ShmTransportTest, closes_even_if_the_peer_never_ends) {
    open_with_arena({});
    const auto client = raw_client();
    ASSERT_EQ(send_from_arena(8192, kBodyBytes, 3), SendOutcome::sent);
    node_->close(endpoint_, fail(ErrorCode::closed, "node"));
    poll_often();
    EXPECT_FALSE(ended(endpoint_)) << "it may still be reading";
    EXPECT_TRUE(recorder_.released.empty());
    clock_.advance_ns(kNanosPerSecond);
    ASSERT_TRUE(poll_until([&] { return ended(endpoint_); }));
    EXPECT_EQ(recorder_.released[3], 1);
    EXPECT_EQ(node_->connection_count(), 0U);
}

// Runs in a child process: connects, sends three messages by reference, then waits to be killed.
[[noreturn]] void run_client_process(const std::string& path) {
    const SystemClock clock;
    auto client = ShmTransport::open({}, clock).value();
    TransportRecorder recorder;
    const EndpointId endpoint = client->connect({"shm", path}).value();
    while (recorder.connected.empty()) {
        client->poll(recorder, 64);
    }
    const std::span<std::byte> memory = client->send_memory(endpoint);
    std::ranges::fill(memory.first(kBodyBytes), std::byte{0x17});
    ByteVector head = make_frame(32, 1);
    store_le(head.data(), 32 + kBodyBytes);
    const IoSpan body{memory.data(), kBodyBytes};
    for (Token token = 1; token <= 3; ++token) {
        if (client->send(endpoint, head, {&body, 1}, token) != SendOutcome::sent) {
            ::_exit(1);
        }
    }
    for (;;) {
        ::pause();
    }
}

TEST_F(ShmTransportTest, outlives_the_client_process_that_is_killed) {
    open({});
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        run_client_process(path());
    }
    std::vector<Inbound> held;
    recorder_.respond = [&](EndpointId endpoint, Inbound&& message) {
        node_->allow_large_frames(endpoint, 1 << 20);
        held.push_back(std::move(message));
    };
    const auto welcome = [&] {
        for (const EndpointId endpoint : recorder_.connected) {
            node_->allow_large_frames(endpoint, 1 << 20);
        }
        return held.size() == 3;
    };
    const bool came = poll_until(welcome);
    ::kill(child, SIGKILL);
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(came);
    EXPECT_EQ(recorder_.peers[recorder_.connected[0].value()].pid, child);
    EXPECT_EQ(recorder_.peers[recorder_.connected[0].value()].uid,
              static_cast<std::int64_t>(::geteuid()));
    ASSERT_TRUE(poll_until([&] { return ended(recorder_.connected[0]); }));
    for (const Inbound& message : held) {
        EXPECT_EQ(message.fragments()[1][kBodyBytes - 1], std::byte{0x17});
    }
    held.clear();
    EXPECT_EQ(node_->connection_count(), 0U);
}

TEST_F(ShmTransportTest, refuses_other_users) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "only root can become somebody else";
    }
    open({});
    const std::string socket = path();
    ASSERT_EQ(::chmod(socket.c_str(), 0777), 0);
    ASSERT_EQ(::chmod(socket.substr(0, socket.rfind('/')).c_str(), 0711), 0);
    int answer[2] = {};
    ASSERT_EQ(::pipe(answer), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        std::uint16_t code = 0;
        if (::setuid(65534) == 0) {
            const SystemClock clock;
            TransportRecorder recorder;
            auto client = ShmTransport::open({}, clock).value();
            const auto endpoint = client->connect({"shm", socket});
            while (endpoint.ok() && recorder.disconnected.empty() && recorder.connected.empty()) {
                client->poll(recorder, 1);
            }
            if (!recorder.disconnected.empty()) {
                code = static_cast<std::uint16_t>(recorder.disconnected.begin()->second[0].code);
            }
        }
        ::_exit(::write(answer[1], &code, sizeof(code)) == sizeof(code) ? 0 : 1);
    }
    const FileDescriptor ours(answer[0]);
    ::close(answer[1]);
    int status = 0;
    EXPECT_TRUE(poll_until([&] { return ::waitpid(child, &status, WNOHANG) == child; }));
    std::uint16_t code = 0;
    ASSERT_EQ(::read(ours.get(), &code, sizeof(code)), static_cast<ssize_t>(sizeof(code)));
    EXPECT_EQ(static_cast<ErrorCode>(code), ErrorCode::unauthorized);
    EXPECT_TRUE(recorder_.connected.empty());
}

TEST_F(ShmTransportTest, shares_regions_that_begin_within_a_page_and_only_so_many) {
    node_ = ShmTransport::open({}, clock_).value();
    Arena arena = Arena::reserve({.bytes = 1_MiB, .pages = PagePreference::small}).value();
    std::byte* base = arena.base();
    for (const std::uint64_t at : {8U, 8192U, 16384U + 4088U, 65536U}) {
        ASSERT_TRUE(node_->register_memory({base + at, 4096, arena.fd(), at}).ok());
        std::ranges::fill(std::span(base + at, 4096), static_cast<std::byte>(at >> 3));
    }
    EXPECT_EQ(node_->register_memory({base, 4096, arena.fd(), 0}).error(),
              fail(ErrorCode::limit_exceeded, "regions", 4, 5));
    ASSERT_TRUE(node_->listen({"shm", path()}).ok());
    connect_client({});
    hold_at_client();
    ByteVector head = make_frame(32, 1);
    store_le(head.data(), 32U + 4096U);
    Token token = 0;
    for (const std::uint64_t at : {8U, 8192U, 16384U + 4088U, 65536U}) {
        const IoSpan body{base + at, 4096};
        ASSERT_EQ(node_->send(endpoint_, head, {&body, 1}, ++token), SendOutcome::sent);
        ASSERT_TRUE(poll_until([&] { return held_.size() == token; }));
        const Fragment got = held_.back().fragments()[1];
        EXPECT_TRUE(std::equal(got.begin(), got.end(), base + at)) << at;
    }
    held_.clear();
}

TEST_F(ShmTransportTest, shows_clients_no_region_that_has_no_descriptor) {
    node_ = ShmTransport::open({}, clock_).value();
    const ByteVector memory(8192);
    ASSERT_TRUE(node_->register_memory({memory.data(), memory.size(), -1, 0}).ok());
    ASSERT_TRUE(node_->listen({"shm", path()}).ok());
    connect_client({});
    ASSERT_EQ(send_frame(*node_, endpoint_, make_frame(8192, 1), 24, 1), SendOutcome::sent);
    ASSERT_TRUE(poll_until([&] { return client_recorder_.received.size() == 1; }));
}

}  // namespace
}  // namespace kera
