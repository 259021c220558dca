// Test fixture: rounds that count what they take, and a clock that stands still.
#pragma once

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>

#include "base/clock.hpp"
#include "base/file_descriptor.hpp"
#include "client/rounds/loop_rounds.hpp"

namespace kera {

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

}  // namespace kera
