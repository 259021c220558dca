#include "client/rounds/timed_parker.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/clock.hpp"

namespace kera {
namespace {

TEST(TimedParkerTest, sleeps_until_it_is_woken) {
    TimedParker parker;
    std::atomic<bool> wanted{false};
    std::thread other([&] {
        wanted = true;
        parker.wake();
    });
    parker.announce();
    while (!wanted) {
        parker.park();
        parker.announce();
    }
    parker.stay();
    other.join();
}

TEST(TimedParkerTest, sleeps_until_a_time_that_another_thread_chose) {
    const SystemClock clock;
    TimedParker parker;
    const std::int64_t began_ns = clock.now_ns();
    std::thread other([&] { parker.wake_after(kNanosPerMilli); });
    parker.announce();
    parker.park();
    parker.stay();
    other.join();
    EXPECT_GE(clock.now_ns() - began_ns, kNanosPerMilli);
}

TEST(TimedParkerTest, the_latest_time_counts) {
    const SystemClock clock;
    TimedParker parker;
    parker.wake_after(kNanosPerMilli);
    parker.wake_never();
    const std::int64_t began_ns = clock.now_ns();
    parker.wake_after(3 * kNanosPerMilli);
    parker.announce();
    parker.park();
    parker.stay();
    EXPECT_GE(clock.now_ns() - began_ns, 3 * kNanosPerMilli);
}

}  // namespace
}  // namespace kera
