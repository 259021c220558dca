#include "ring/parker.hpp"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

#include "base/testing/lowered_limit.hpp"
#include "ring/value_queue.hpp"

namespace kera {
namespace {

constexpr std::int64_t kLongNs = 60 * kNanosPerSecond;

std::unique_ptr<Parker> make_parker() {
    return Parker::create().value();
}

TEST(ParkerTest, ends_at_the_deadline) {
    const auto parker = make_parker();
    parker->announce();
    EXPECT_TRUE(parker->parked());
    EXPECT_EQ(parker->park(10, 20), ParkEnd::deadline);
    EXPECT_FALSE(parker->parked());
}

TEST(ParkerTest, keeps_a_wake_that_comes_between_announcement_and_sleep) {
    const auto parker = make_parker();
    parker->announce();
    parker->wake();
    EXPECT_EQ(parker->park(Parker::kForEver, 0), ParkEnd::woken);

    parker->announce();
    EXPECT_EQ(parker->park(0, 0), ParkEnd::deadline) << "the wake was used up";
}

TEST(ParkerTest, writes_nothing_while_the_owner_works) {
    const auto parker = make_parker();
    parker->wake();
    parker->announce();
    parker->stay();
    parker->wake();
    parker->announce();
    EXPECT_EQ(parker->park(0, 0), ParkEnd::deadline);
}

TEST(ParkerTest, ends_when_a_watched_descriptor_is_readable) {
    const auto parker = make_parker();
    const int fd = ::eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC);
    ASSERT_GE(fd, 0);
    parker->watch(-1);
    parker->watch(fd);
    parker->announce();
    EXPECT_EQ(parker->park(Parker::kForEver, 0), ParkEnd::ready);
    parker->unwatch(fd);
    ::close(fd);
    parker->announce();
    EXPECT_EQ(parker->park(0, 0), ParkEnd::deadline);
}

TEST(ParkerTest, looks_again_where_the_system_cannot_let_it_sleep) {
    const auto parker = make_parker();
    parker->announce();
    // Fewer than it watches: the system refuses the call.
    const LoweredLimit descriptors(RLIMIT_NOFILE, 0);
    EXPECT_EQ(parker->park(kLongNs, 0), ParkEnd::woken);
    EXPECT_FALSE(parker->parked());
}

TEST(ParkerTest, is_woken_once_by_many_wakers) {
    const auto parker = make_parker();
    parker->announce();
    parker->wake();
    EXPECT_FALSE(parker->parked()) << "the next waker has nothing to do";
    parker->wake();
    EXPECT_EQ(parker->park(Parker::kForEver, 0), ParkEnd::woken);
}

TEST(ParkerTest, shows_other_languages_whether_it_must_be_woken) {
    const auto parker = make_parker();
    const volatile std::uint8_t* const flag = parker->parked_flag();
    EXPECT_EQ(*flag, 0);
    parker->announce();
    EXPECT_NE(*flag, 0);
    parker->stay();
    EXPECT_EQ(*flag, 0);
    parker->announce();
    parker->wake();
    EXPECT_EQ(*flag, 0);
    EXPECT_EQ(parker->park(Parker::kForEver, 0), ParkEnd::woken);
}

// How a thread wakes the owner after it has published work.
void wake_by_call(Parker& parker) {
    parker.wake();
}
void wake_by_flag(Parker& parker) {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    std::atomic_ref flag(const_cast<std::uint8_t&>(*parker.parked_flag()));
    if (flag.load(std::memory_order_relaxed) != 0) {
        parker.wake();
    }
}

class ParkerThreadsTest : public testing::TestWithParam<void (*)(Parker&)> {};

TEST_P(ParkerThreadsTest, lose_no_wake) {
    constexpr int kProducers = 2;
    constexpr int kParcels = 5'000;
    const auto parker = make_parker();
    std::vector<std::unique_ptr<ValueQueue<int>>> queues;
    std::vector<std::thread> producers;
    for (int number = 0; number < kProducers; ++number) {
        ValueQueue<int>& queue = *queues.emplace_back(std::make_unique<ValueQueue<int>>(16));
        producers.emplace_back([&queue, &parker, wake = GetParam()] {
            for (int parcel = 1; parcel <= kParcels; ++parcel) {
                while (!queue.push(int{parcel})) {
                    std::this_thread::yield();
                }
                wake(*parker);
            }
        });
    }

    int drained = 0;
    int slept_through = 0;
    while (drained < kProducers * kParcels && slept_through == 0) {
        int work = 0;
        for (const auto& queue : queues) {
            work += queue->drain([](int) {}, 8);
        }
        drained += work;
        if (work > 0) {
            continue;
        }
        parker->announce();
        if (queues[0]->empty() && queues[1]->empty()) {
            slept_through += parker->park(kLongNs, 0) == ParkEnd::deadline ? 1 : 0;
        } else {
            parker->stay();
        }
    }
    // A lost wake leaves the owner asleep for the whole minute with work before it.
    EXPECT_EQ(slept_through, 0);
    while (drained < kProducers * kParcels) {
        for (const auto& queue : queues) {
            drained += queue->drain([](int) {}, 8);
        }
    }
    for (std::thread& producer : producers) {
        producer.join();
    }
}

INSTANTIATE_TEST_SUITE_P(All, ParkerThreadsTest, testing::Values(&wake_by_call, &wake_by_flag));

}  // namespace
}  // namespace kera
