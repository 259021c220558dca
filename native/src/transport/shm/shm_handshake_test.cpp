// Both sides of the handshake: its messages as bytes, and what a node and a client make of bad
// ones.
#include "transport/channel/shm_handshake.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "memory/arena.hpp"
#include "transport/shm/testing/shm_node_fixture.hpp"

namespace kera {
namespace {

TEST(ShmHandshakeTest, reads_what_it_writes) {
    const ShmHello hello = parse_shm_hello(encode(ShmHello{65536, 1 << 20})).value();
    EXPECT_EQ(hello.ring_bytes, 65536U);
    EXPECT_EQ(hello.send_bytes, 1U << 20);
    ShmWelcome welcome;
    welcome.ring_bytes = 32768;
    welcome.send_bytes = 4096;
    const ShmWelcome read = parse_shm_welcome(encode(welcome)).value();
    EXPECT_EQ(read.ring_bytes, 32768U);
    EXPECT_EQ(read.send_bytes, 4096U);
    ShmRegionTable table;
    table.count = 2;
    table.regions[1] = {8192, 1 << 30};
    table.regions[0] = {0, 64};
    const ShmRegionTable shown = parse_shm_region_table(encode(table)).value();
    EXPECT_EQ(shown.count, 2U);
    EXPECT_EQ(shown.regions[1].offset, 8192U);
    EXPECT_EQ(shown.regions[1].bytes, 1U << 30);
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
         {Case{0, 0x12345678, 4, ErrorCode::malformed}, Case{4, 1, 2, ErrorCode::unsupported},
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
    welcome.ring_bytes = 100;
    EXPECT_FALSE(parse_shm_welcome(encode(welcome)).ok());
    ShmRegionTable table;
    EXPECT_FALSE(parse_shm_region_table(encode(table)).ok()) << "a table of nothing";
    table.count = 5;
    EXPECT_FALSE(parse_shm_region_table(encode(table)).ok());
    table.count = 1;
    EXPECT_FALSE(parse_shm_region_table(encode(table)).ok()) << "a region without bytes";
    table.regions[0] = {100, 4096};
    EXPECT_FALSE(parse_shm_region_table(encode(table)).ok()) << "offset within a page";
    table.regions[0] = {~0ULL << 12, 4096};
    EXPECT_FALSE(parse_shm_region_table(encode(table)).ok());
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

using ShmHandshakeNodeTest = ShmNodeFixture;

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
        ASSERT_TRUE(client.send(one.hello));
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
    ASSERT_TRUE(client.send_hello());
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
        ASSERT_TRUE(client.send(encode(ShmHello{65536, 65536}), sent_along));
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
        ASSERT_TRUE(clients.back()->send_hello(65536, 1ULL << 39));
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
    EXPECT_EQ(three.receive(bytes).kind, ShmDatagram::Kind::end);
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

TEST_F(ShmHandshakeNodeTest, shows_its_regions_only_to_who_was_welcomed) {
    Arena arena = Arena::reserve({.bytes = 1_MiB, .pages = PagePreference::small}).value();
    node_ = ShmTransport::open({}, clock_).value();
    ASSERT_TRUE(node_->register_memory({arena.base(), arena.bytes(), arena.fd(), 0}).ok());
    ASSERT_TRUE(node_->listen({"shm", path()}).ok());
    RawShmClient client(path());
    ASSERT_TRUE(client.send_hello());
    ASSERT_TRUE(poll_until([&] { return recorder_.connected.size() == 1; }));
    ASSERT_EQ(client.take_welcome().code, ErrorCode::ok);
    EXPECT_EQ(client.welcome_descriptors(), 2U) << "the memory of this connection alone";
    ByteVector head = make_frame(32, 1);
    store_le(head.data(), 32U + 4096U);
    const IoSpan body{arena.base(), 4096};
    ASSERT_EQ(node_->send(recorder_.connected[0], head, {&body, 1}, 7), SendOutcome::sent);
    ASSERT_TRUE(poll_until([&] { return recorder_.released[7] == 1; })) << "copied, not lent";
    std::array<std::byte, kShmRegionTableBytes> bytes;
    EXPECT_EQ(client.receive(bytes).kind, ShmDatagram::Kind::nothing);

    node_->allow_large_frames(recorder_.connected[0], 1 << 20);
    node_->allow_large_frames(recorder_.connected[0], 1 << 21);
    const ShmDatagram shown = client.receive(bytes);
    EXPECT_EQ(shown.descriptors.size(), 1U);
    EXPECT_EQ(parse_shm_region_table(std::span(bytes).first(shown.size)).value().count, 1U);
    EXPECT_EQ(client.receive(bytes).kind, ShmDatagram::Kind::nothing) << "once";
}

TEST_F(ShmHandshakeNodeTest, a_client_refuses_regions_that_lie) {
    auto listener = open_shm_listener(folder_.file("liar.sock")).value();
    client_ = ShmTransport::open({}, clock_).value();
    node_ = ShmTransport::open({}, clock_).value();
    const ShmLayout down{65536, 0};
    const ShmLayout up{65536, 65536};
    const auto node = SharedMemory::create(down.memory_bytes(), ShmWriter::creator).value();
    const auto own = SharedMemory::create(up.memory_bytes(), ShmWriter::peer).value();
    ShmWelcome welcome;
    welcome.ring_bytes = 65536;
    welcome.send_bytes = 65536;
    ShmRegionTable small;
    small.count = 1;
    small.regions[0] = {0, down.memory_bytes()};
    ShmRegionTable large = small;
    large.regions[0].bytes = 1 << 30;
    const auto fine = encode(small);
    const auto beyond = encode(large);
    const std::array<std::byte, 9> noise{};
    struct Case {
        std::vector<std::span<const std::byte>> said;
        std::size_t descriptors;
        const char* what;
    };
    for (const Case& one :
         {Case{{fine}, 0, "handshake_descriptors"}, Case{{fine}, 2, "handshake_descriptors"},
          Case{{beyond}, 1, "shared_memory_bytes"}, Case{{noise}, 0, "handshake_bytes"},
          Case{{fine, fine}, 1, "handshake_regions_again"}}) {
        client_endpoint_ = client_->connect({"shm", folder_.file("liar.sock")}).value();
        const FileDescriptor accepted(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
        ASSERT_TRUE(accepted.open());
        ASSERT_TRUE(send_shm(accepted.get(), encode(welcome), std::array{node.fd(), own.fd()}));
        for (const auto& said : one.said) {
            ASSERT_TRUE(send_shm(accepted.get(), said, std::vector(one.descriptors, node.fd())));
        }
        const auto& ends = client_recorder_.disconnected;
        ASSERT_TRUE(poll_until([&] { return ends.contains(client_endpoint_.value()); }));
        EXPECT_EQ(ends.at(client_endpoint_.value())[0].code, ErrorCode::malformed);
        EXPECT_STREQ(ends.at(client_endpoint_.value())[0].what, one.what);
    }
}

TEST_F(ShmHandshakeNodeTest, only_its_own_user_may_open_its_socket) {
    const mode_t mask = ::umask(0);
    open({});
    ::umask(mask);
    struct stat status{};
    ASSERT_EQ(::stat(path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(ShmHandshakeNodeTest, a_client_talks_to_no_node_of_another_user) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "only root can become somebody else";
    }
    const std::string socket = folder_.file("node.sock");
    ASSERT_EQ(::chmod(socket.substr(0, socket.rfind('/')).c_str(), 0777), 0);
    ASSERT_EQ(::seteuid(65534), 0);
    const auto listener = open_shm_listener(socket);
    ASSERT_EQ(::seteuid(0), 0);
    ASSERT_TRUE(listener.ok());
    client_ = ShmTransport::open({}, clock_).value();
    const auto refused = client_->connect({"shm", socket});
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::unauthorized);
    EXPECT_EQ(refused.error().value, 65534);
    EXPECT_FALSE(client_->connect({"shm", socket + "?uid=65533"}).ok());
    EXPECT_TRUE(client_->connect({"shm", socket + "?uid=65534"}).ok()) << "it was told to";
}

TEST(ShmSocketTest, trusts_its_own_user_and_root_and_who_was_named) {
    EXPECT_TRUE(check_shm_owner({1, 1000}, 1000, std::nullopt).ok());
    EXPECT_TRUE(check_shm_owner({1, 0}, 1000, std::nullopt).ok());
    EXPECT_TRUE(check_shm_owner({1, 998}, 1000, 998).ok());
    EXPECT_FALSE(check_shm_owner({1, 998}, 1000, std::nullopt).ok());
    EXPECT_FALSE(check_shm_owner({1, 998}, 0, std::nullopt).ok()) << "root trusts root alone";
    EXPECT_FALSE(check_shm_owner({-1, -1}, 1000, std::nullopt).ok()) << "the system did not say";
}

TEST(ShmSocketTest, reads_the_owner_behind_a_path) {
    EXPECT_EQ(parse_shm_address("/run/a.sock").value().path, "/run/a.sock");
    EXPECT_FALSE(parse_shm_address("/run/a.sock").value().owner.has_value());
    EXPECT_EQ(parse_shm_address("/run/a?b.sock?uid=998").value().path, "/run/a?b.sock");
    EXPECT_EQ(parse_shm_address("/run/a.sock?uid=998").value().owner, 998);
    for (const char* bad : {"/a?uid=", "/a?uid=-1", "/a?uid=x", "/a?uid=1x", "/a?uid=4294967296"}) {
        EXPECT_EQ(parse_shm_address(bad).error().code, ErrorCode::invalid_argument) << bad;
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
