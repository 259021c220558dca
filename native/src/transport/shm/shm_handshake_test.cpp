#include "transport/shm/shm_handshake.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "transport/shm/shm_node_fixture.hpp"

namespace kera {
namespace {

TEST(ShmHandshakeTest, reads_what_it_writes) {
    const ShmHello hello = parse_shm_hello(encode(ShmHello{65536, 1 << 20})).value();
    EXPECT_EQ(hello.ring_bytes, 65536U);
    EXPECT_EQ(hello.send_bytes, 1U << 20);
    ShmWelcome welcome;
    welcome.ring_bytes = 32768;
    welcome.send_bytes = 4096;
    welcome.region_count = 2;
    welcome.regions[1] = {8192, 1 << 30};
    welcome.regions[0] = {0, 64};
    const ShmWelcome read = parse_shm_welcome(encode(welcome)).value();
    EXPECT_EQ(read.ring_bytes, 32768U);
    EXPECT_EQ(read.send_bytes, 4096U);
    EXPECT_EQ(read.region_count, 2U);
    EXPECT_EQ(read.regions[1].offset, 8192U);
    EXPECT_EQ(read.regions[1].bytes, 1U << 30);
    ShmWelcome refusal;
    refusal.code = ErrorCode::memory_exhausted;
    refusal.limit = 5;
    refusal.value = 6;
    const ShmWelcome refused = parse_shm_welcome(encode(refusal)).value();
    EXPECT_EQ(refused.code, ErrorCode::memory_exhausted);
    EXPECT_EQ(refused.limit, 5);
    EXPECT_EQ(refused.value, 6);
}

TEST(ShmHandshakeTest, refuses_hellos_that_lie) {
    struct Case {
        std::size_t at;
        std::uint64_t value;
        std::size_t bytes;
        ErrorCode code;
    };
    for (const Case& one :
         {Case{0, 0x12345678, 4, ErrorCode::malformed}, Case{4, 2, 2, ErrorCode::unsupported},
          Case{4, 0, 2, ErrorCode::unsupported}, Case{8, 0, 4, ErrorCode::invalid_argument},
          Case{8, 8192, 4, ErrorCode::invalid_argument},
          Case{8, 65537, 4, ErrorCode::invalid_argument},
          Case{8, 1U << 31, 4, ErrorCode::invalid_argument},
          Case{16, ~0ULL, 8, ErrorCode::invalid_argument},
          Case{16, 4, 8, ErrorCode::invalid_argument}}) {
        auto bytes = encode(ShmHello{65536, 65536});
        std::memcpy(bytes.data() + one.at, &one.value, one.bytes);
        const auto hello = parse_shm_hello(bytes);
        ASSERT_FALSE(hello.ok()) << one.at << " " << one.value;
        EXPECT_EQ(hello.error().code, one.code) << one.at << " " << one.value;
    }
    const auto bytes = encode(ShmHello{65536, 65536});
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_EQ(parse_shm_hello(std::span(bytes).first(size)).error().code, ErrorCode::malformed);
    }
}

TEST(ShmHandshakeTest, refuses_welcomes_that_lie) {
    ShmWelcome welcome;
    welcome.ring_bytes = 65536;
    welcome.region_count = 5;
    EXPECT_FALSE(parse_shm_welcome(encode(welcome)).ok());
    welcome.region_count = 1;
    EXPECT_FALSE(parse_shm_welcome(encode(welcome)).ok()) << "a region without bytes";
    welcome.regions[0] = {100, 4096};
    EXPECT_FALSE(parse_shm_welcome(encode(welcome)).ok()) << "offset within a page";
    welcome.regions[0] = {~0ULL << 12, 4096};
    EXPECT_FALSE(parse_shm_welcome(encode(welcome)).ok());
    auto bytes = encode(ShmWelcome{});
    bytes[6] = std::byte{200};
    EXPECT_EQ(parse_shm_welcome(bytes).error().code, ErrorCode::malformed);
}

std::size_t open_descriptors() {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator("/proc/self/fd")) {
        ++count;
    }
    return count;
}

using ShmHandshakeNodeTest = ShmNodeTest;

TEST_F(ShmHandshakeNodeTest, answers_a_bad_hello_with_the_reason) {
    open({});
    struct Case {
        std::vector<std::byte> hello;
        ErrorCode code;
        std::int64_t value;
    };
    auto version = encode(ShmHello{65536, 0});
    version[4] = std::byte{9};
    const auto ring = encode(ShmHello{100, 0});
    for (const Case& one : {Case{std::vector<std::byte>(3), ErrorCode::malformed, 3},
                            Case{std::vector<std::byte>(500), ErrorCode::malformed, 33},
                            Case{{version.begin(), version.end()}, ErrorCode::unsupported, 9},
                            Case{{ring.begin(), ring.end()}, ErrorCode::invalid_argument, 100}}) {
        RawShmClient client(path());
        ASSERT_TRUE(client.say(one.hello));
        ASSERT_TRUE(poll_until([&] { return node_->connection_count() == 1; }));
        ASSERT_TRUE(poll_until([&] { return node_->connection_count() == 0; }));
        const ShmWelcome refusal = client.take_welcome();
        EXPECT_EQ(refusal.code, one.code);
        EXPECT_EQ(refusal.value, one.value);
    }
    EXPECT_TRUE(recorder_.connected.empty());
    EXPECT_TRUE(recorder_.disconnected.empty()) << "nobody was ever told of them";
}

TEST_F(ShmHandshakeNodeTest, ends_whoever_says_nothing) {
    open({});
    const RawShmClient silent(path());
    ASSERT_TRUE(poll_until([&] { return node_->connection_count() == 1; }));
    clock_.advance_ns(5 * kNanosPerSecond);
    EXPECT_TRUE(poll_until([&] { return node_->connection_count() == 0; }));
}

TEST_F(ShmHandshakeNodeTest, ends_a_stranger_that_is_never_welcomed) {
    open({});
    RawShmClient client(path());
    ASSERT_TRUE(client.say_hello());
    ASSERT_TRUE(poll_until([&] { return recorder_.connected.size() == 1; }));
    clock_.advance_ns(10 * kNanosPerSecond);
    ASSERT_TRUE(poll_until([&] { return !recorder_.disconnected.empty(); }));
    EXPECT_EQ(why(recorder_.connected[0]).code, ErrorCode::timed_out);
}

TEST_F(ShmHandshakeNodeTest, keeps_no_descriptor_of_clients_that_come_and_go) {
    open({});
    const std::size_t before = open_descriptors();
    const std::array sent_along{STDIN_FILENO, STDIN_FILENO, STDIN_FILENO};
    for (int round = 0; round < 10; ++round) {
        RawShmClient client(path());
        ASSERT_TRUE(client.say(encode(ShmHello{65536, 65536}), sent_along));
        const std::size_t known = recorder_.connected.size();
        ASSERT_TRUE(poll_until([&] { return recorder_.connected.size() > known; }));
        ASSERT_EQ(client.take_welcome().code, ErrorCode::ok);
        client.die();
        ASSERT_TRUE(poll_until([&] { return node_->connection_count() == 0; }));
    }
    EXPECT_EQ(open_descriptors(), before);
    EXPECT_EQ(node_->shared_bytes(), 0U);
}

TEST_F(ShmHandshakeNodeTest, grants_no_more_memory_than_it_has) {
    ShmOptions options;
    options.send_bytes_max = 1 << 20;
    options.shared_bytes_max = 4 << 20;
    open(options);
    std::vector<std::unique_ptr<RawShmClient>> clients;
    ShmWelcome welcome;
    while (clients.size() < 10) {
        clients.push_back(std::make_unique<RawShmClient>(path()));
        ASSERT_TRUE(clients.back()->say_hello(65536, 1ULL << 39));
        poll_often();
        welcome = clients.back()->take_welcome();
        if (welcome.code != ErrorCode::ok) {
            break;
        }
        EXPECT_EQ(welcome.send_bytes, 1U << 20);
    }
    EXPECT_EQ(clients.size(), 4U);
    EXPECT_EQ(welcome.code, ErrorCode::memory_exhausted);
    EXPECT_EQ(welcome.limit, 4 << 20);
    EXPECT_GT(welcome.value, welcome.limit);
    clients.clear();
    ASSERT_TRUE(poll_until([&] { return node_->connection_count() == 0; }));
    EXPECT_EQ(node_->shared_bytes(), 0U);
}

TEST_F(ShmHandshakeNodeTest, refuses_connections_beyond_its_limit) {
    ShmOptions options;
    options.connections_max = 2;
    open(options);
    const auto one = raw_client();
    const auto two = raw_client();
    RawShmClient three(path());
    poll_often();
    std::array<std::byte, 8> bytes;
    EXPECT_EQ(three.hear(bytes).kind, ShmDatagram::Kind::end);
    EXPECT_EQ(node_->connection_count(), 2U);
}

TEST_F(ShmHandshakeNodeTest, a_client_refuses_a_node_that_lies) {
    auto listener = open_shm_listener(folder_.file("liar.sock")).value();
    client_ = ShmTransport::open({}, clock_).value();
    ShmWelcome welcome;
    welcome.ring_bytes = 65536;
    const auto small = SharedMemory::create(4096, ShmWriter::creator).value();
    node_ = ShmTransport::open({}, clock_).value();
    for (const std::size_t descriptors : {std::size_t{0}, std::size_t{2}, std::size_t{3}}) {
        client_endpoint_ = client_->connect({"shm", folder_.file("liar.sock")}).value();
        const FileDescriptor accepted(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
        ASSERT_TRUE(accepted.open());
        const std::vector<int> sent(descriptors, small.fd());
        ASSERT_TRUE(send_shm(accepted.get(), encode(welcome), sent));
        const auto& ends = client_recorder_.disconnected;
        ASSERT_TRUE(poll_until([&] { return ends.contains(client_endpoint_.value()); }));
        EXPECT_EQ(ends.at(client_endpoint_.value())[0].code, ErrorCode::malformed);
        EXPECT_STREQ(ends.at(client_endpoint_.value())[0].what,
                     descriptors == 2 ? "shared_memory_bytes" : "handshake_descriptors");
    }
}

TEST_F(ShmHandshakeNodeTest, replaces_the_socket_of_a_dead_node_but_not_of_a_living_one) {
    open({});
    const auto second = ShmTransport::open({}, clock_).value();
    EXPECT_EQ(second->listen({"shm", path()}).error().code, ErrorCode::invalid_argument);
    const std::string left_behind = folder_.file("dead.sock");
    open_shm_listener(left_behind).value().reset();
    EXPECT_TRUE(std::filesystem::exists(left_behind));
    EXPECT_TRUE(second->listen({"shm", left_behind}).ok());
    const std::string file = folder_.file("file");
    std::ofstream(file) << "not a socket";
    EXPECT_FALSE(second->listen({"shm", file}).ok());
    EXPECT_TRUE(std::filesystem::exists(file));
}

TEST_F(ShmHandshakeNodeTest, removes_its_socket_and_refuses_long_paths) {
    open({});
    EXPECT_TRUE(std::filesystem::exists(path()));
    node_.reset();
    EXPECT_FALSE(std::filesystem::exists(path()));
    const auto transport = ShmTransport::open({}, clock_).value();
    const auto refused = transport->listen({"shm", "/tmp/" + std::string(200, 'x')});
    EXPECT_EQ(refused.error(), fail(ErrorCode::invalid_argument, "socket_path_bytes", 107, 205));
}

}  // namespace
}  // namespace kera
