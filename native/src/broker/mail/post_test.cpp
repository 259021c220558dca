#include "broker/mail/post.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace kera {
namespace {

constexpr ReactorId kFrom{0};
constexpr ReactorId kTo{1};

SessionClosed parcel(std::int64_t number) {
    return {ConnectionId(number)};
}

class PostTest : public ::testing::Test {
  protected:
    PostTest() {
        post.set_wake(kTo, [this] { awake = true; });
    }
    // As a reactor does before it sleeps: it looks once more, then only a wake brings it back.
    bool sleeps() {
        if (post.anything_for(kTo)) {
            return false;
        }
        awake = false;
        return true;
    }
    void read() {
        post.drain(kTo, [this](ReactorMessage&& message) {
            seen.push_back(std::get<SessionClosed>(message).connection.value());
        });
    }

    Post post{2, 2};
    bool awake = true;
    std::vector<std::int64_t> seen;
};

TEST_F(PostTest, a_message_wakes_its_reader) {
    ASSERT_TRUE(sleeps());
    post.send(kFrom, kTo, parcel(1));
    EXPECT_TRUE(awake);
}

TEST_F(PostTest, what_waited_for_room_wakes_a_reader_that_has_gone_to_sleep_since) {
    for (const std::int64_t number : {1, 2, 3, 4, 5}) {
        post.send(kFrom, kTo, parcel(number));
    }
    while (seen.size() < 5) {
        read();
        ASSERT_TRUE(sleeps());
        // The sender's next duty cycle.
        post.drain(kFrom, [](ReactorMessage&&) {});
        ASSERT_TRUE(awake || seen.size() == 5) << seen.size();
    }
    EXPECT_EQ(seen, (std::vector<std::int64_t>{1, 2, 3, 4, 5}));
}

TEST_F(PostTest, a_sender_that_has_nothing_waiting_wakes_nobody) {
    ASSERT_TRUE(sleeps());
    post.drain(kFrom, [](ReactorMessage&&) {});
    EXPECT_FALSE(awake);
}

}  // namespace
}  // namespace kera
