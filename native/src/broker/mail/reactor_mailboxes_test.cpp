#include "broker/mail/reactor_mailboxes.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace kera {
namespace {

constexpr ReactorId kFrom{0};
constexpr ReactorId kTo{1};

SessionClosed parcel(std::int64_t number) {
    return {ConnectionId(number)};
}

class ReactorMailboxesTest : public ::testing::Test {
  protected:
    ReactorMailboxesTest() {
        mailboxes.set_wake(kTo, [this] { awake = true; });
    }
    // As a reactor does before it sleeps: it looks once more, then only a wake brings it back.
    bool sleeps() {
        if (mailboxes.has_work_for(kTo)) {
            return false;
        }
        awake = false;
        return true;
    }
    void read() {
        mailboxes.drain(kTo, [this](ReactorMessage&& message) {
            seen.push_back(std::get<SessionClosed>(message).connection.value());
        });
    }

    ReactorMailboxes mailboxes{2, 2};
    bool awake = true;
    std::vector<std::int64_t> seen;
};

TEST_F(ReactorMailboxesTest, a_message_wakes_its_reader) {
    ASSERT_TRUE(sleeps());
    mailboxes.send(kFrom, kTo, parcel(1));
    EXPECT_TRUE(awake);
}

TEST_F(ReactorMailboxesTest, what_waited_for_room_wakes_a_reader_that_has_gone_to_sleep_since) {
    for (const std::int64_t number : {1, 2, 3, 4, 5}) {
        mailboxes.send(kFrom, kTo, parcel(number));
    }
    while (seen.size() < 5) {
        read();
        ASSERT_TRUE(sleeps());
        // The sender's next duty cycle.
        mailboxes.drain(kFrom, [](ReactorMessage&&) {});
        ASSERT_TRUE(awake || seen.size() == 5) << seen.size();
    }
    EXPECT_EQ(seen, (std::vector<std::int64_t>{1, 2, 3, 4, 5}));
}

TEST_F(ReactorMailboxesTest, a_sender_that_has_nothing_waiting_wakes_nobody) {
    ASSERT_TRUE(sleeps());
    mailboxes.drain(kFrom, [](ReactorMessage&&) {});
    EXPECT_FALSE(awake);
}

}  // namespace
}  // namespace kera
