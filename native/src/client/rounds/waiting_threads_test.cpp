#include "client/rounds/waiting_threads.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace kera {
namespace {

constexpr std::int64_t kNever = INT64_MAX;
// Nobody looks again by itself: a wake-up that is lost is never made up for.
constexpr std::chrono::hours kNoLookAgain{100};

class WaitingThreadsTest : public testing::Test {
  protected:
    const ManualClock clock_;
    std::atomic<bool> loop_stopped_{false};
    WaitingThreads waiting_{clock_, loop_stopped_, kNoLookAgain};
};

TEST_F(WaitingThreadsTest, do_not_wait_for_what_is_done) {
    EXPECT_EQ(waiting_.wait(kNever, [] { return true; }), WaitingThreads::End::done);
}

TEST_F(WaitingThreadsTest, give_up_at_the_deadline) {
    EXPECT_EQ(waiting_.wait(clock_.now_ns(), [] { return false; }), WaitingThreads::End::gave_up);
}

TEST_F(WaitingThreadsTest, give_up_when_the_loop_stops) {
    std::atomic<int> asked{0};
    std::thread waiting([&] {
        const auto never = [&asked] {
            ++asked;
            return false;
        };
        EXPECT_EQ(waiting_.wait(kNever, never), WaitingThreads::End::gave_up);
    });
    while (asked == 0) {
        std::this_thread::yield();
    }
    loop_stopped_ = true;
    waiting_.wake_all();
    waiting.join();
}

TEST_F(WaitingThreadsTest, lead_where_nobody_runs_the_loop) {
    EXPECT_FALSE(waiting_.ask_to_lead());
    EXPECT_EQ(waiting_.wait(
                  kNever, [] { return false; }, [] { return true; }),
              WaitingThreads::End::lead);
    std::thread waiting([this] {
        EXPECT_EQ(waiting_.wait(kNever, [] { return false; }), WaitingThreads::End::lead);
    });
    while (!waiting_.ask_to_lead()) {
        std::this_thread::yield();
    }
    waiting.join();
    EXPECT_FALSE(waiting_.any());
}

TEST_F(WaitingThreadsTest, are_each_woken_for_what_they_wait_for) {
    constexpr int kWaitingThreads = 2;
    constexpr int kRounds = 2'000;
    std::atomic<int> wanted[kWaitingThreads] = {0, 0};
    std::atomic<int> done[kWaitingThreads] = {0, 0};
    std::vector<std::thread> threads;
    for (int number = 0; number < kWaitingThreads; ++number) {
        threads.emplace_back([&, number] {
            for (int round = 1; round <= kRounds; ++round) {
                wanted[number].store(round, std::memory_order_release);
                const auto is_done = [&done, number, round] {
                    return done[number].load(std::memory_order_acquire) == round;
                };
                EXPECT_EQ(waiting_.wait(kNever, is_done), WaitingThreads::End::done);
            }
        });
    }
    // The loop: a round that did something tells those who wait, one that did nothing does not.
    while (done[0] < kRounds || done[1] < kRounds) {
        int work = 0;
        for (int number = 0; number < kWaitingThreads; ++number) {
            const int asked = wanted[number].load(std::memory_order_acquire);
            work += done[number].exchange(asked, std::memory_order_acq_rel) == asked ? 0 : 1;
        }
        if (work > 0) {
            waiting_.tell();
        } else {
            std::this_thread::yield();
        }
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
}

}  // namespace
}  // namespace kera
