// Rounds of a loop that has much to do, and the threads that would run them.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "client/testing/counting_work.hpp"

namespace kera {
namespace {

// By a clock that stands still but for what a test says.
class BusyLoopTest : public testing::Test {
  protected:
    void start() { rounds_.start(); }
    ~BusyLoopTest() override {
        rounds_.stop_others();
        rounds_.wake_waiting();
    }

    bool helped() const { return work_.last_thread.load() == std::this_thread::get_id(); }
    void await_rest() {
        while (!rounds_.parker().parked()) {
            std::this_thread::yield();
        }
    }
    void await_own_thread() {
        while (helped()) {
            std::this_thread::yield();
        }
        await_rest();
    }
    // Whether this thread leads. The message comes when it has asked twice, and sleeps where it
    // runs rounds.
    bool leads_to_a_message() {
        std::atomic<int> asked{0};
        const int message = work_.messages_read() + 1;
        std::thread outside([&] {
            while (asked < 2 || !rounds_.parker().parked()) {
                std::this_thread::yield();
            }
            work_.send_message();
        });
        EXPECT_TRUE(rounds_.wait_until(Parker::kForEver,
                                       [&] {
                                           ++asked;
                                           return work_.messages_read() == message;
                                       },
                                       {}));
        outside.join();
        return helped();
    }
    // Another thread may hold the loop for a moment.
    void lead_to_a_message() {
        do {
            await_rest();
        } while (!leads_to_a_message());
    }

    StandingClock clock_;
    CountingWork work_;
    LoopRounds rounds_{work_, clock_, {true, 0}, work_.message_fd()};
};

TEST_F(BusyLoopTest, keeps_to_its_own_thread_after_leaders_did_not_come_back) {
    start();
    for (int leader = 0; leader < 3; ++leader) {
        lead_to_a_message();
        clock_.advance_ns(kNanosPerMilli);
        await_own_thread();
    }
    EXPECT_FALSE(leads_to_a_message());
    await_rest();
    EXPECT_FALSE(leads_to_a_message());
    clock_.advance_ns(20 * kNanosPerMilli);
    lead_to_a_message();
}

TEST_F(BusyLoopTest, a_wait_wakes_the_own_thread_for_what_nobody_was_woken_for) {
    start();
    for (int leader = 0; leader < 3; ++leader) {
        lead_to_a_message();
        clock_.advance_ns(kNanosPerMilli);
        await_own_thread();
    }
    const int parcel = work_.hand_over();
    EXPECT_TRUE(rounds_.wait_until(Parker::kForEver, [&] { return work_.taken() >= parcel; },
                                   {.handed_over = true}));
    EXPECT_FALSE(helped());
}

TEST_F(BusyLoopTest, lends_to_leaders_that_mostly_come_back) {
    start();
    for (int leader = 0; leader < 10; ++leader) {
        lead_to_a_message();
        lead_to_a_message();
        clock_.advance_ns(kNanosPerMilli);
        await_own_thread();
    }
}

TEST_F(BusyLoopTest, keeps_to_its_own_thread_while_its_rounds_take_much_of_the_time) {
    work_.on_round = [this] {
        if (!work_.may_sleep()) {
            clock_.advance_ns(5 * kNanosPerMilli);
        }
    };
    start();
    for (int parcel = 1; parcel <= 10; ++parcel) {
        await_rest();
        work_.hand_over();
        rounds_.help();
        while (work_.taken() < parcel) {
            std::this_thread::yield();
        }
        EXPECT_TRUE(parcel <= 2 || !helped());
    }
}

}  // namespace
}  // namespace kera
