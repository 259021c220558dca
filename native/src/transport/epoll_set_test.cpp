#include "transport/epoll_set.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <utility>
#include <vector>

namespace kera {
namespace {

class EpollSetTest : public testing::Test {
  protected:
    // A pair of connected sockets; what is written to `far` can be read from `near`.
    struct Sockets {
        Sockets() {
            std::array<int, 2> both{};
            EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, both.data()), 0);
            near = FileDescriptor(both[0]);
            far = FileDescriptor(both[1]);
        }
        void write() const { EXPECT_EQ(::send(far.get(), "x", 1, MSG_NOSIGNAL), 1); }

        FileDescriptor near;
        FileDescriptor far;
    };

    std::uint32_t collect() {
        listeners_.clear();
        connections_.clear();
        return set_.collect(
            [this](std::size_t listener) { listeners_.push_back(listener); },
            [this](EndpointId endpoint, std::uint32_t) { connections_.push_back(endpoint); });
    }

    EpollSet set_ = EpollSet::open().value();
    std::vector<std::size_t> listeners_;
    std::vector<EndpointId> connections_;
};

TEST_F(EpollSetTest, tells_listeners_from_connections) {
    const Sockets listener;
    const Sockets connection;
    const EndpointId endpoint(std::int64_t{7} << 20);
    ASSERT_TRUE(set_.watch_listener(listener.near.get(), 3).ok());
    ASSERT_TRUE(set_.watch_connection(connection.near.get(), endpoint, EPOLLIN).ok());
    EXPECT_EQ(collect(), 0U);
    listener.write();
    connection.write();
    EXPECT_EQ(collect(), 2U);
    EXPECT_EQ(listeners_, std::vector<std::size_t>{3});
    EXPECT_EQ(connections_, std::vector<EndpointId>{endpoint});
}

TEST_F(EpollSetTest, says_nothing_of_a_listener_that_is_not_watched) {
    const Sockets listener;
    ASSERT_TRUE(set_.watch_listener(listener.near.get(), 0).ok());
    listener.write();
    set_.set_listener_watched(listener.near.get(), 0, false);
    EXPECT_EQ(collect(), 0U);
    set_.set_listener_watched(listener.near.get(), 0, true);
    EXPECT_EQ(collect(), 1U);
}

TEST_F(EpollSetTest, knows_that_it_was_woken_until_it_collects) {
    EXPECT_FALSE(set_.woken());
    set_.wake();
    set_.wake();
    EXPECT_TRUE(set_.woken());
    EXPECT_EQ(collect(), 1U);
    EXPECT_FALSE(set_.woken());
    EXPECT_TRUE(listeners_.empty() && connections_.empty());
    EXPECT_EQ(collect(), 0U);
}

TEST_F(EpollSetTest, forgets_a_socket_that_was_closed) {
    Sockets connection;
    ASSERT_TRUE(set_.watch_connection(connection.near.get(), EndpointId(1), EPOLLIN).ok());
    connection.write();
    connection.near.reset();
    EXPECT_EQ(collect(), 0U);
}

}  // namespace
}  // namespace kera
