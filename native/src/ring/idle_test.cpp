#include "ring/idle.hpp"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "base/testing/lowered_limit.hpp"
#include "ring/mailbox.hpp"

namespace kera {
namespace {

constexpr std::int64_t kLongNs = 60 * kNanosPerSecond;

// One that took no time worth mentioning.
DutyCycle cycle(int work, std::int64_t now_ns) {
    return {work, now_ns, now_ns};
}

std::unique_ptr<Parker> make_parker() {
    return Parker::create().value();
}

TEST(IdleTest, works_on_while_there_is_work) {
    for (const IdleKind kind : {IdleKind::spin, IdleKind::backoff, IdleKind::park}) {
        Idle idle(kind);
        EXPECT_EQ(idle.step(cycle(1, 0)), IdleAction::again) << to_string(kind);
        EXPECT_EQ(idle.step(cycle(17, kNanosPerSecond)), IdleAction::again) << to_string(kind);
    }
}

TEST(IdleTest, spins_for_ever_when_told_to) {
    Idle idle(IdleKind::spin);
    EXPECT_EQ(idle.step(cycle(0, 0)), IdleAction::pause);
    EXPECT_EQ(idle.step(cycle(0, 1'000 * kNanosPerSecond)), IdleAction::pause);
}

TEST(IdleTest, parks_at_once_when_told_to) {
    Idle idle(IdleKind::park);
    EXPECT_EQ(idle.step(cycle(0, 0)), IdleAction::park);
}

TEST(IdleTest, backs_off_from_spinning_over_yielding_to_parking) {
    ManualClock clock(1'000);
    Idle idle(IdleKind::backoff, {.spin_ns = 500, .yields = 2});
    EXPECT_EQ(idle.step(cycle(3, clock.now_ns())), IdleAction::again);
    EXPECT_EQ(idle.step(cycle(0, clock.now_ns())), IdleAction::pause);
    clock.advance_ns(499);
    EXPECT_EQ(idle.step(cycle(0, clock.now_ns())), IdleAction::pause);
    clock.advance_ns(1);
    EXPECT_EQ(idle.step(cycle(0, clock.now_ns())), IdleAction::yield);
    EXPECT_EQ(idle.step(cycle(0, clock.now_ns())), IdleAction::yield);
    EXPECT_EQ(idle.step(cycle(0, clock.now_ns())), IdleAction::park);
}

TEST(IdleTest, parks_again_after_a_sleep_that_brought_no_work) {
    ManualClock clock;
    Idle idle(IdleKind::backoff, {.spin_ns = 500, .yields = 0});
    EXPECT_EQ(idle.step(cycle(0, clock.now_ns())), IdleAction::pause);
    clock.advance_ns(500);
    EXPECT_EQ(idle.step(cycle(0, clock.now_ns())), IdleAction::park);
    clock.advance_ms(1);
    EXPECT_EQ(idle.step(cycle(0, clock.now_ns())), IdleAction::park);
}

TEST(IdleTest, spins_anew_after_work) {
    ManualClock clock;
    Idle idle(IdleKind::backoff, {.spin_ns = 500, .yields = 1});
    EXPECT_EQ(idle.step(cycle(0, clock.now_ns())), IdleAction::pause);
    clock.advance_ns(600);
    EXPECT_EQ(idle.step(cycle(0, clock.now_ns())), IdleAction::yield);
    EXPECT_EQ(idle.step(cycle(0, clock.now_ns())), IdleAction::park);
    EXPECT_EQ(idle.step(cycle(1, clock.now_ns())), IdleAction::again);
    clock.advance_ms(5);
    EXPECT_EQ(idle.step(cycle(0, clock.now_ns())), IdleAction::pause);
    clock.advance_ns(500);
    EXPECT_EQ(idle.step(cycle(0, clock.now_ns())), IdleAction::yield);
}

TEST(IdleTest, parks_at_once_after_much_work) {
    Idle idle(IdleKind::backoff, {.spin_ns = 500, .yields = 1, .batch_ns = 1'000});
    EXPECT_EQ(idle.step({1, 0, 600}), IdleAction::again);
    EXPECT_EQ(idle.step({1, 600, 1'000}), IdleAction::again);
    EXPECT_EQ(idle.step({0, 1'000, 1'010}), IdleAction::park);
    EXPECT_EQ(idle.step({0, 5'000, 5'010}), IdleAction::park);
    // Little work follows: whoever sent it may be waiting.
    EXPECT_EQ(idle.step({1, 6'000, 6'999}), IdleAction::again);
    EXPECT_EQ(idle.step({0, 6'999, 7'000}), IdleAction::pause);
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

TEST(ParkerTest, loses_no_wake_between_threads) {
    constexpr int kProducers = 2;
    constexpr int kParcels = 5'000;
    const auto parker = make_parker();
    std::vector<std::unique_ptr<Mailbox<int>>> mailboxes;
    std::vector<std::thread> producers;
    for (int number = 0; number < kProducers; ++number) {
        Mailbox<int>& mailbox = *mailboxes.emplace_back(std::make_unique<Mailbox<int>>(16));
        producers.emplace_back([&mailbox, &parker] {
            for (int parcel = 1; parcel <= kParcels; ++parcel) {
                while (!mailbox.push(int{parcel})) {
                    std::this_thread::yield();
                }
                parker->wake();
            }
        });
    }

    int drained = 0;
    int slept_through = 0;
    while (drained < kProducers * kParcels && slept_through == 0) {
        int work = 0;
        for (const auto& mailbox : mailboxes) {
            work += mailbox->drain([](int) {}, 8);
        }
        drained += work;
        if (work > 0) {
            continue;
        }
        parker->announce();
        if (mailboxes[0]->empty() && mailboxes[1]->empty()) {
            slept_through += parker->park(kLongNs, 0) == ParkEnd::deadline ? 1 : 0;
        } else {
            parker->stay();
        }
    }
    // A lost wake leaves the owner asleep for the whole minute with work before it.
    EXPECT_EQ(slept_through, 0);
    while (drained < kProducers * kParcels) {
        for (const auto& mailbox : mailboxes) {
            drained += mailbox->drain([](int) {}, 8);
        }
    }
    for (std::thread& producer : producers) {
        producer.join();
    }
}

}  // namespace
}  // namespace kera
