#include "memory/lease.hpp"

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <thread>
#include <vector>

namespace kera {
namespace {

TEST(LeaseTest, counts_until_each_lease_is_dropped) {
    LeaseCount count;
    EXPECT_TRUE(count.idle());
    Lease first = count.acquire();
    {
        const Lease second = count.acquire();
        EXPECT_EQ(count.count(), 2);
    }
    EXPECT_FALSE(count.idle());
    first.reset();
    EXPECT_FALSE(first.held());
    EXPECT_TRUE(count.idle());
}

TEST(LeaseTest, moves_without_counting_twice) {
    LeaseCount count;
    Lease first = count.acquire();
    Lease second = std::move(first);
    EXPECT_EQ(count.count(), 1);
    EXPECT_TRUE(second.held());
    second = count.acquire();
    EXPECT_EQ(count.count(), 1);
}

TEST(LeaseDeathTest, aborts_when_the_memory_goes_under_a_lease) {
    std::optional<LeaseCount> count(std::in_place);
    const Lease lease = count->acquire();
    EXPECT_DEATH(count.reset(), "assertion failed");
}

// The protocol of lease.hpp: readers lease, then look; the owner marks, then asks idle(). Under
// TSan a reuse too early is a data race on the plain bytes.
TEST(LeaseTest, keeps_memory_from_being_reused_under_its_readers) {
    constexpr int kRounds = 200;
    constexpr int kReaders = 3;
    for (int round = 0; round < kRounds; ++round) {
        LeaseCount count;
        std::atomic<bool> present{true};
        std::array<int, 16> memory{};
        memory.fill(7);
        std::atomic<int> wrong{0};
        std::vector<std::thread> readers;
        for (int i = 0; i < kReaders; ++i) {
            readers.emplace_back([&] {
                for (;;) {
                    const Lease lease = count.acquire();
                    if (!present.load(std::memory_order_seq_cst)) {
                        return;
                    }
                    for (const int value : memory) {
                        wrong += value != 7 ? 1 : 0;
                    }
                }
            });
        }
        present.store(false, std::memory_order_seq_cst);
        while (!count.idle()) {
            std::this_thread::yield();
        }
        memory.fill(9);
        for (std::thread& reader : readers) {
            reader.join();
        }
        ASSERT_EQ(wrong.load(), 0);
    }
}

}  // namespace
}  // namespace kera
