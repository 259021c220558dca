#include "ring/value_queue.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace kera {
namespace {

using Parcel = std::unique_ptr<int>;

TEST(ValueQueueTest, hands_over_in_order_and_leaves_nothing_behind) {
    ValueQueue<Parcel> queue(4);
    EXPECT_TRUE(queue.empty());
    for (int number = 0; number < 3; ++number) {
        ASSERT_TRUE(queue.push(std::make_unique<int>(number)));
    }
    EXPECT_EQ(queue.depth(), 3U);

    std::vector<int> seen;
    EXPECT_EQ(queue.drain([&](Parcel&& parcel) { seen.push_back(*parcel); }, 10), 3);
    EXPECT_EQ(seen, (std::vector<int>{0, 1, 2}));
    EXPECT_TRUE(queue.empty());
    EXPECT_EQ(queue.drain([](Parcel&&) { FAIL(); }, 10), 0);
}

TEST(ValueQueueTest, refuses_when_full_and_leaves_the_value_to_the_producer) {
    ValueQueue<Parcel> queue(2);
    ASSERT_TRUE(queue.push(std::make_unique<int>(1)));
    ASSERT_TRUE(queue.push(std::make_unique<int>(2)));
    Parcel third = std::make_unique<int>(3);
    EXPECT_FALSE(queue.push(std::move(third)));
    ASSERT_NE(third, nullptr);

    EXPECT_EQ(queue.drain([](Parcel&&) {}, 1), 1);
    EXPECT_TRUE(queue.push(std::move(third)));
    EXPECT_EQ(third, nullptr);
}

TEST(ValueQueueTest, stops_at_the_budget) {
    ValueQueue<int> queue(8);
    for (int number = 0; number < 5; ++number) {
        ASSERT_TRUE(queue.push(int{number}));
    }
    int sum = 0;
    EXPECT_EQ(queue.drain([&](int number) { sum += number; }, 2), 2);
    EXPECT_EQ(sum, 1);
    EXPECT_EQ(queue.drain([&](int number) { sum += number; }, 0), 0);
    EXPECT_EQ(queue.drain([&](int number) { sum += number; }, 100), 3);
    EXPECT_EQ(sum, 10);
}

TEST(ValueQueueTest, has_room_for_at_least_what_was_asked_for) {
    EXPECT_EQ(ValueQueue<int>(0).capacity(), 1U);
    EXPECT_EQ(ValueQueue<int>(1).capacity(), 1U);
    EXPECT_EQ(ValueQueue<int>(64).capacity(), 64U);
    ValueQueue<int> queue(5);
    ASSERT_EQ(queue.capacity(), 8U);
    for (int number = 0; number < 8; ++number) {
        EXPECT_TRUE(queue.push(number));
    }
    EXPECT_FALSE(queue.push(8));
}

TEST(ValueQueueTest, pops_one_value_after_the_other) {
    ValueQueue<Parcel> queue(4);
    Parcel parcel = std::make_unique<int>(7);
    EXPECT_FALSE(queue.pop(parcel));
    EXPECT_EQ(*parcel, 7) << "nothing came, so nothing was touched";
    ASSERT_TRUE(queue.push(std::make_unique<int>(1)));
    ASSERT_TRUE(queue.push(std::make_unique<int>(2)));
    ASSERT_TRUE(queue.pop(parcel));
    EXPECT_EQ(*parcel, 1);
    EXPECT_EQ(queue.depth(), 1U);
    ASSERT_TRUE(queue.pop(parcel));
    EXPECT_EQ(*parcel, 2);
    EXPECT_TRUE(queue.empty());
    EXPECT_FALSE(queue.pop(parcel));
}

TEST(ValueQueueTest, copies_what_can_be_copied_and_leaves_it_to_the_producer) {
    ValueQueue<const int*> queue(1);
    const int number = 3;
    const int* const kept = &number;
    ASSERT_TRUE(queue.push(kept));
    EXPECT_FALSE(queue.push(kept));
    const int* popped = nullptr;
    ASSERT_TRUE(queue.pop(popped));
    EXPECT_EQ(popped, &number);
    EXPECT_TRUE(queue.push(kept)) << "a value that was popped has left room";
}

TEST(ValueQueueTest, pops_and_drains_in_turn) {
    ValueQueue<int> queue(4);
    std::vector<int> seen;
    for (int round = 0; round < 100; ++round) {
        ASSERT_TRUE(queue.push(3 * round));
        ASSERT_TRUE(queue.push(3 * round + 1));
        int value = -1;
        ASSERT_TRUE(queue.pop(value));
        seen.push_back(value);
        ASSERT_TRUE(queue.push(3 * round + 2));
        while (queue.drain([&](int drained) { seen.push_back(drained); }, 10) > 0) {
        }
    }
    for (std::size_t index = 0; index < seen.size(); ++index) {
        ASSERT_EQ(seen[index], static_cast<int>(index));
    }
}

TEST(ValueQueueTest, takes_what_a_handler_pushes_for_the_next_drain) {
    ValueQueue<int> queue(4);
    ASSERT_TRUE(queue.push(1));
    std::vector<int> seen;
    const auto again = [&](int number) {
        seen.push_back(number);
        ASSERT_TRUE(queue.push(number + 1));
    };
    EXPECT_EQ(queue.drain(again, 10), 1);
    EXPECT_EQ(queue.drain(again, 10), 1);
    EXPECT_EQ(seen, (std::vector<int>{1, 2}));
    EXPECT_EQ(queue.depth(), 1U);
}

TEST(ValueQueueTest, destroys_what_nobody_took) {
    const auto alive = std::make_shared<int>(7);
    {
        ValueQueue<std::shared_ptr<int>> queue(4);
        ASSERT_TRUE(queue.push(std::shared_ptr<int>(alive)));
        ASSERT_TRUE(queue.push(std::shared_ptr<int>(alive)));
        EXPECT_EQ(queue.drain([](std::shared_ptr<int>&&) {}, 1), 1);
        EXPECT_EQ(alive.use_count(), 2);
    }
    EXPECT_EQ(alive.use_count(), 1);
}

TEST(ValueQueueTest, goes_round_many_times) {
    ValueQueue<std::size_t> queue(4);
    std::size_t pushed = 0;
    std::size_t expected = 0;
    for (int turn = 0; turn < 1'000; ++turn) {
        while (queue.push(std::size_t{pushed})) {
            ++pushed;
        }
        queue.drain([&](std::size_t number) { ASSERT_EQ(number, expected++); }, 1 + turn % 4);
    }
    EXPECT_EQ(pushed, expected + queue.depth());
}

TEST(ValueQueueTest, pops_once_and_in_order_between_two_threads) {
    constexpr std::uint64_t kValues = 50'000;
    ValueQueue<std::uint64_t> queue(64);
    std::thread producer([&] {
        for (std::uint64_t number = 0; number < kValues; ++number) {
            while (!queue.push(number)) {
                std::this_thread::yield();
            }
        }
    });
    std::uint64_t expected = 0;
    std::uint64_t out_of_order = 0;
    while (expected < kValues) {
        std::uint64_t number = 0;
        if (!queue.pop(number)) {
            std::this_thread::yield();
            continue;
        }
        out_of_order += number == expected ? 0U : 1U;
        ++expected;
    }
    producer.join();
    EXPECT_EQ(out_of_order, 0U);
    EXPECT_TRUE(queue.empty());
}

TEST(ValueQueueTest, delivers_once_and_in_order_between_two_threads) {
    constexpr int kParcels = 50'000;
    ValueQueue<Parcel> queue(64);
    std::thread producer([&] {
        for (int number = 0; number < kParcels; ++number) {
            Parcel parcel = std::make_unique<int>(number);
            while (!queue.push(std::move(parcel))) {
                std::this_thread::yield();
            }
        }
    });
    int expected = 0;
    int out_of_order = 0;
    while (expected < kParcels) {
        const int drained = queue.drain(
            [&](Parcel&& parcel) {
                out_of_order += *parcel == expected ? 0 : 1;
                ++expected;
            },
            16);
        if (drained == 0) {
            std::this_thread::yield();
        }
    }
    producer.join();
    EXPECT_EQ(out_of_order, 0);
    EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace kera
