#include "ring/mailbox.hpp"

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

TEST(MailboxTest, hands_over_in_order_and_leaves_nothing_behind) {
    Mailbox<Parcel> mailbox(4);
    EXPECT_TRUE(mailbox.empty());
    for (int number = 0; number < 3; ++number) {
        ASSERT_TRUE(mailbox.push(std::make_unique<int>(number)));
    }
    EXPECT_EQ(mailbox.depth(), 3U);

    std::vector<int> seen;
    EXPECT_EQ(mailbox.drain([&](Parcel&& parcel) { seen.push_back(*parcel); }, 10), 3);
    EXPECT_EQ(seen, (std::vector<int>{0, 1, 2}));
    EXPECT_TRUE(mailbox.empty());
    EXPECT_EQ(mailbox.drain([](Parcel&&) { FAIL(); }, 10), 0);
}

TEST(MailboxTest, refuses_when_full_and_leaves_the_value_to_the_producer) {
    Mailbox<Parcel> mailbox(2);
    ASSERT_TRUE(mailbox.push(std::make_unique<int>(1)));
    ASSERT_TRUE(mailbox.push(std::make_unique<int>(2)));
    Parcel third = std::make_unique<int>(3);
    EXPECT_FALSE(mailbox.push(std::move(third)));
    ASSERT_NE(third, nullptr);

    EXPECT_EQ(mailbox.drain([](Parcel&&) {}, 1), 1);
    EXPECT_TRUE(mailbox.push(std::move(third)));
    EXPECT_EQ(third, nullptr);
}

TEST(MailboxTest, stops_at_the_budget) {
    Mailbox<int> mailbox(8);
    for (int number = 0; number < 5; ++number) {
        ASSERT_TRUE(mailbox.push(int{number}));
    }
    int sum = 0;
    EXPECT_EQ(mailbox.drain([&](int number) { sum += number; }, 2), 2);
    EXPECT_EQ(sum, 1);
    EXPECT_EQ(mailbox.drain([&](int number) { sum += number; }, 0), 0);
    EXPECT_EQ(mailbox.drain([&](int number) { sum += number; }, 100), 3);
    EXPECT_EQ(sum, 10);
}

TEST(MailboxTest, destroys_what_nobody_drained) {
    const auto alive = std::make_shared<int>(7);
    {
        Mailbox<std::shared_ptr<int>> mailbox(4);
        ASSERT_TRUE(mailbox.push(std::shared_ptr<int>(alive)));
        ASSERT_TRUE(mailbox.push(std::shared_ptr<int>(alive)));
        EXPECT_EQ(mailbox.drain([](std::shared_ptr<int>&&) {}, 1), 1);
        EXPECT_EQ(alive.use_count(), 2);
    }
    EXPECT_EQ(alive.use_count(), 1);
}

TEST(MailboxTest, goes_round_many_times) {
    Mailbox<std::size_t> mailbox(4);
    std::size_t pushed = 0;
    std::size_t expected = 0;
    for (int turn = 0; turn < 1'000; ++turn) {
        while (mailbox.push(std::size_t{pushed})) {
            ++pushed;
        }
        mailbox.drain([&](std::size_t number) { ASSERT_EQ(number, expected++); }, 1 + turn % 4);
    }
    EXPECT_EQ(pushed, expected + mailbox.depth());
}

TEST(MailboxTest, delivers_once_and_in_order_between_two_threads) {
    constexpr int kParcels = 50'000;
    Mailbox<Parcel> mailbox(64);
    std::thread producer([&] {
        for (int number = 0; number < kParcels; ++number) {
            Parcel parcel = std::make_unique<int>(number);
            while (!mailbox.push(std::move(parcel))) {
                std::this_thread::yield();
            }
        }
    });
    int expected = 0;
    int out_of_order = 0;
    while (expected < kParcels) {
        const int drained = mailbox.drain(
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
    EXPECT_TRUE(mailbox.empty());
}

}  // namespace
}  // namespace kera
