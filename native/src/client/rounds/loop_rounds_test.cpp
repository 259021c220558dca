#include "client/rounds/loop_rounds.hpp"

#include <gtest/gtest.h>

#include <random>
#include <thread>
#include <vector>

#include "client/testing/counting_work.hpp"

namespace kera {
namespace {

class LoopRoundsTest : public testing::Test {
  protected:
    LoopRoundsTest() { rounds_.start(); }
    ~LoopRoundsTest() override { stop(); }

    void stop() {
        rounds_.stop_others();
        rounds_.wake_waiting();
    }
    // The own thread sleeps in the parker, or nobody runs rounds.
    void await_rest() {
        while (!rounds_.parker().parked()) {
            std::this_thread::yield();
        }
    }
    void let_pass(std::int64_t ns) const {
        for (const std::int64_t until_ns = clock_.now_ns() + ns; clock_.now_ns() < until_ns;) {
            std::this_thread::yield();
        }
    }
    // A caller's round after a rest.
    void help_after_rest() {
        await_rest();
        let_pass(200 * kNanosPerMicro);
        work_.hand_over();
        rounds_.help();
    }
    bool helped() const { return work_.last_thread.load() == std::this_thread::get_id(); }
    void await_message(int count) {
        EXPECT_TRUE(rounds_.wait_until(Parker::kForEver,
                                       [&] { return work_.messages_read() >= count; }, {}));
    }

    const SystemClock clock_;
    CountingWork work_;
    LoopRounds rounds_{work_, clock_, {true, 0}, work_.message_fd()};
};

TEST_F(LoopRoundsTest, the_own_thread_takes_what_is_handed_over) {
    const int parcel = work_.hand_over();
    rounds_.wake();
    while (work_.taken() < parcel) {
        std::this_thread::yield();
    }
    EXPECT_FALSE(helped());
}

TEST_F(LoopRoundsTest, the_own_thread_reads_what_arrives) {
    await_rest();
    work_.send_message();
    while (work_.messages_read() < 1) {
        std::this_thread::yield();
    }
    EXPECT_FALSE(helped());
}

// On a busy machine the own thread may be quicker; without leaders it always is.
TEST_F(LoopRoundsTest, a_thread_that_waits_runs_the_rounds) {
    int message = 0;
    do {
        ++message;
        std::atomic<int> asked{0};
        std::thread outside([&] {
            while (asked < 2) {
                std::this_thread::yield();
            }
            work_.send_message();
        });
        const auto is_read = [&] {
            ++asked;
            return work_.messages_read() == message;
        };
        EXPECT_TRUE(rounds_.wait_until(Parker::kForEver, is_read, {}));
        outside.join();
    } while (!helped());
}

TEST_F(LoopRoundsTest, a_helper_takes_what_it_hands_over) {
    for (int round = 1; round <= 100; ++round) {
        help_after_rest();
        while (work_.taken() < round) {
            std::this_thread::yield();
        }
    }
}

TEST_F(LoopRoundsTest, a_message_that_nobody_awaits_is_read_with_the_next_work_or_late) {
    work_.awaited = false;
    for (int round = 0; round < 20; ++round) {
        help_after_rest();
    }
    work_.send_message();
    // Nobody hands over anything: the own thread comes by itself.
    while (work_.messages_read() < 1) {
        std::this_thread::yield();
    }
    EXPECT_FALSE(helped());
    await_rest();
    work_.send_message();
    await_message(2);
}

TEST_F(LoopRoundsTest, wakes_the_own_thread_also_where_the_loop_was_left_alone) {
    work_.awaited = false;
    for (int round = 0; round < 20; ++round) {
        help_after_rest();
        const int parcel = work_.hand_over();
        rounds_.wake();
        while (work_.taken() < parcel) {
            std::this_thread::yield();
        }
    }
}

TEST_F(LoopRoundsTest, a_wait_ends_at_its_deadline_and_when_the_loop_stops) {
    const auto never = [] { return false; };
    EXPECT_FALSE(rounds_.wait_until(clock_.now_ns() + kNanosPerMilli, never, {}));
    std::atomic<int> waiting{0};
    std::vector<std::thread> threads;
    for (int number = 0; number < 3; ++number) {
        threads.emplace_back([&] {
            EXPECT_FALSE(rounds_.wait_until(Parker::kForEver,
                                            [&waiting] {
                                                ++waiting;
                                                return false;
                                            },
                                            {}));
        });
    }
    while (waiting < 10) {
        std::this_thread::yield();
    }
    stop();
    for (std::thread& thread : threads) {
        thread.join();
    }
}

TEST_F(LoopRoundsTest, stops_where_it_was_left_alone) {
    work_.awaited = false;
    for (int round = 0; round < 5; ++round) {
        help_after_rest();
    }
    stop();
}

TEST_F(LoopRoundsTest, is_kept_to_its_own_thread) {
    rounds_.keep_to_own_thread();
    help_after_rest();
    await_rest();
    EXPECT_FALSE(helped());
    std::thread outside([this] { work_.send_message(); });
    await_message(1);
    outside.join();
    EXPECT_FALSE(helped());
}

TEST_F(LoopRoundsTest, a_leader_leaves_when_the_loop_is_kept_to_its_own_thread) {
    std::thread leader([this] { await_message(1); });
    const std::thread::id leader_id = leader.get_id();
    const auto leads = [&] { return work_.last_thread.load() == leader_id; };
    while (!leads() || !rounds_.parker().parked()) {
        std::this_thread::yield();
    }
    rounds_.keep_to_own_thread();
    while (leads()) {
        std::this_thread::yield();
    }
    work_.send_message();
    leader.join();
    EXPECT_FALSE(leads());
    EXPECT_EQ(work_.messages_read(), 1);
}

TEST_F(LoopRoundsTest, a_wait_ends_also_where_a_helper_came_just_before_the_stop) {
    for (int round = 0; round < 300; ++round) {
        CountingWork work;
        work.awaited = false;
        LoopRounds rounds(work, clock_, {true, 0}, work.message_fd());
        rounds.start();
        for (int help = 0; help < 4; ++help) {
            while (!rounds.parker().parked()) {
                std::this_thread::yield();
            }
            let_pass(50 * kNanosPerMicro);
            work.hand_over();
            rounds.help();
        }
        rounds.stop_others();
        rounds.wake_waiting();
        EXPECT_FALSE(rounds.wait_until(Parker::kForEver, [] { return false; }, {}));
    }
}

// Threads hand over in each way, and wait; one round at a time is run, and none of them waits in
// vain.
TEST_F(LoopRoundsTest, threads_take_turns) {
    constexpr int kThreads = 4;
    constexpr int kSteps = 2'000;
    std::vector<std::thread> threads;
    for (int number = 0; number < kThreads; ++number) {
        threads.emplace_back([this, number] {
            std::minstd_rand random(static_cast<unsigned>(number + 1));
            for (int step = 0; step < kSteps; ++step) {
                const int parcel = work_.hand_over();
                work_.awaited = random() % 4 != 0;
                if (random() % 2 == 0) {
                    rounds_.wake();
                } else {
                    rounds_.help();
                }
                if (random() % 8 == 0) {
                    work_.send_message();
                }
                if (random() % 4 == 0) {
                    let_pass(static_cast<std::int64_t>(random() % 200) * kNanosPerMicro);
                }
                EXPECT_TRUE(rounds_.wait_until(Parker::kForEver,
                                               [&] { return work_.taken() >= parcel; }, {}));
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(work_.taken(), kThreads * kSteps);
}

TEST_F(LoopRoundsTest, stops_while_threads_take_turns) {
    for (int round = 0; round < 100; ++round) {
        CountingWork work;
        LoopRounds rounds(work, clock_, {true, 0}, work.message_fd());
        rounds.start();
        std::atomic<bool> stopped{false};
        std::vector<std::thread> threads;
        for (int number = 0; number < 2; ++number) {
            threads.emplace_back([&] {
                while (!stopped) {
                    work.awaited = !work.awaited;
                    const int parcel = work.hand_over();
                    rounds.help();
                    rounds.wait_until(Parker::kForEver, [&] { return work.taken() >= parcel; }, {});
                }
            });
        }
        while (work.taken() < round) {
            std::this_thread::yield();
        }
        rounds.stop_others();
        rounds.wake_waiting();
        stopped = true;
        for (std::thread& thread : threads) {
            thread.join();
        }
    }
}

}  // namespace
}  // namespace kera
