#include "client/session/loop_rounds.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <functional>
#include <random>
#include <thread>
#include <vector>

namespace kera {
namespace {

// Goes on only where a test says so.
class StandingClock final : public Clock {
  public:
    std::int64_t now_ns() const noexcept override { return now_ns_; }
    std::int64_t epoch_ms() const noexcept override { return 0; }
    void advance_ns(std::int64_t by_ns) noexcept { now_ns_ += by_ns; }

  private:
    std::atomic<std::int64_t> now_ns_{kNanosPerSecond};
};

// Parcels come from threads, messages from outside. Both are taken in the next round.
class CountingWork final : public RoundWork {
  public:
    std::atomic<bool> awaited{true};
    std::atomic<int> threads_in_round{0};
    std::atomic<std::thread::id> last_thread;
    std::function<void()> on_round;

    int message_fd() const { return messages_.get(); }
    void send_message() {
        const std::uint64_t one = 1;
        EXPECT_EQ(::write(messages_.get(), &one, sizeof(one)), ssize_t{sizeof(one)});
    }
    int hand_over() { return handed_over_.fetch_add(1, std::memory_order_release) + 1; }
    int taken() const { return taken_.load(std::memory_order_acquire); }
    int messages_read() const { return messages_read_.load(std::memory_order_acquire); }

    int poll() override {
        EXPECT_EQ(threads_in_round.fetch_add(1), 0);
        last_thread = std::this_thread::get_id();
        if (on_round) {
            on_round();
        }
        int work = handed_over_.load(std::memory_order_acquire) - taken();
        taken_.fetch_add(work, std::memory_order_release);
        std::uint64_t count = 0;
        if (::read(messages_.get(), &count, sizeof(count)) == ssize_t{sizeof(count)}) {
            messages_read_.fetch_add(static_cast<int>(count), std::memory_order_release);
            ++work;
        }
        threads_in_round.fetch_sub(1);
        return work;
    }
    bool may_sleep() override { return handed_over_.load(std::memory_order_acquire) == taken(); }
    std::int64_t next_deadline_ns() const override { return Parker::kForEver; }
    bool awaits_messages() override { return awaited; }

  private:
    const FileDescriptor messages_{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    std::atomic<int> handed_over_{0};
    std::atomic<int> taken_{0};
    std::atomic<int> messages_read_{0};
};

class LoopRoundsTest : public testing::Test {
  protected:
    LoopRoundsTest() { rounds_.start(); }
    ~LoopRoundsTest() override { stop(); }

    void stop() {
        rounds_.stop_others();
        rounds_.end_waiting();
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
        EXPECT_TRUE(rounds_.wait_until(
            Parker::kForEver, [&] { return work_.messages_read() >= count; }, false));
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
        EXPECT_TRUE(rounds_.wait_until(Parker::kForEver, is_read, false));
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
    EXPECT_FALSE(rounds_.wait_until(clock_.now_ns() + kNanosPerMilli, never, false));
    std::atomic<int> waiting{0};
    std::vector<std::thread> threads;
    for (int number = 0; number < 3; ++number) {
        threads.emplace_back([&] {
            EXPECT_FALSE(rounds_.wait_until(
                Parker::kForEver,
                [&waiting] {
                    ++waiting;
                    return false;
                },
                false));
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

// By a clock that stands still but for what a test says.
class BusyLoopTest : public testing::Test {
  protected:
    void start() { rounds_.start(); }
    ~BusyLoopTest() override {
        rounds_.stop_others();
        rounds_.end_waiting();
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
        EXPECT_TRUE(rounds_.wait_until(
            Parker::kForEver,
            [&] {
                ++asked;
                return work_.messages_read() == message;
            },
            false));
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
                EXPECT_TRUE(rounds_.wait_until(
                    Parker::kForEver, [&] { return work_.taken() >= parcel; }, false));
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
                    rounds.wait_until(
                        Parker::kForEver, [&] { return work.taken() >= parcel; }, false);
                }
            });
        }
        while (work.taken() < round) {
            std::this_thread::yield();
        }
        rounds.stop_others();
        rounds.end_waiting();
        stopped = true;
        for (std::thread& thread : threads) {
            thread.join();
        }
    }
}

}  // namespace
}  // namespace kera
