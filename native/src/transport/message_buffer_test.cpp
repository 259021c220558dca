#include "transport/message_buffer.hpp"

#include <gtest/gtest.h>

#include "base/testing/lowered_limit.hpp"

namespace kera {
namespace {

TEST(MessageBufferPoolTest, rounds_up_to_powers_of_two_from_512) {
    MessageBufferPool pool(1ULL << 30, 0);
    for (const auto& [asked, got] : {std::pair<std::uint32_t, std::uint32_t>{1, 512},
                                     {512, 512},
                                     {513, 1024},
                                     {262144, 262144},
                                     {262145, 524288},
                                     {1U << 27, 1U << 27}}) {
        MessageBuffer* buffer = pool.acquire(asked);
        ASSERT_NE(buffer, nullptr) << asked;
        EXPECT_EQ(buffer->capacity_bytes(), got);
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer->data()) % 8, 0U);
        buffer->drop_reference();
    }
    EXPECT_EQ(pool.acquire((1U << 27) + 1), nullptr);
}

TEST(MessageBufferPoolTest, stops_at_its_limit_and_goes_on_when_one_comes_back) {
    MessageBufferPool pool(2048, 2048);
    MessageBuffer* one = pool.acquire(1024);
    MessageBuffer* two = pool.acquire(1024);
    EXPECT_EQ(pool.acquire(1), nullptr);
    one->drop_reference();
    MessageBuffer* three = pool.acquire(600);
    EXPECT_EQ(three, one) << "the hottest buffer is used first";
    two->drop_reference();
    three->drop_reference();
    EXPECT_EQ(pool.outstanding_bytes(), 0U);
}

TEST(MessageBufferPoolTest, is_exhausted_where_the_system_has_no_more_memory) {
    if (!kCanLimitMemory) {
        GTEST_SKIP();
    }
    MessageBufferPool pool(1ULL << 30, 0);
    {
        const LoweredLimit addresses(RLIMIT_AS, 1 << 20);
        EXPECT_EQ(pool.acquire(1U << 27), nullptr);
    }
    EXPECT_EQ(pool.outstanding_bytes(), 0U);
    MessageBuffer* buffer = pool.acquire(1U << 27);
    ASSERT_NE(buffer, nullptr);
    buffer->drop_reference();
}

TEST(MessageBufferPoolTest, keeps_no_more_idle_bytes_than_it_may) {
    MessageBufferPool pool(1 << 20, 1024);
    MessageBuffer* one = pool.acquire(1024);
    MessageBuffer* two = pool.acquire(1024);
    one->drop_reference();
    two->drop_reference();
    EXPECT_EQ(pool.idle_bytes(), 1024U);
}

TEST(MessageBufferPoolTest, keeps_a_buffer_until_the_last_reference_is_gone) {
    MessageBufferPool pool(4096, 4096);
    MessageBuffer* buffer = pool.acquire(4096);
    buffer->add_reference();
    buffer->drop_reference();
    EXPECT_EQ(pool.acquire(4096), nullptr);
    buffer->give_back(0);
    EXPECT_EQ(pool.outstanding_bytes(), 0U);
}

TEST(MessageBufferPoolDeathTest, refuses_to_go_while_a_buffer_is_out) {
    EXPECT_DEATH(
        {
            MessageBufferPool pool(4096, 0);
            static_cast<void>(pool.acquire(1));
        },
        "outstanding_bytes_");
}

}  // namespace
}  // namespace kera
