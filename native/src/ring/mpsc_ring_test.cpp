#include "ring/mpsc_ring.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <thread>

#include "base/random.hpp"
#include "ring/testing/ring_test_memory.hpp"

namespace kera {
namespace {

class MpscRingTest : public testing::Test {
  protected:
    SeenMessages read(int limit = std::numeric_limits<int>::max()) {
        SeenMessages seen;
        EXPECT_TRUE(ring_.read(see_into(seen), limit).ok());
        return seen;
    }
    void go_to(std::int64_t position) {
        while (ring_.tail() < position) {
            const std::int64_t step =
                std::min<std::int64_t>(position - ring_.tail(), kTestRingBytes / 8);
            ASSERT_TRUE(ring_.write(kTestMessageType,
                                    std::vector<std::byte>(static_cast<std::size_t>(step - 8))));
            ASSERT_TRUE(ring_.read([](std::int32_t, std::span<const std::byte>) {}).ok());
        }
    }
    // As a producer that dies between taking the bytes and writing their length.
    void take_bytes_and_die(std::int64_t bytes) {
        ring_int64(memory_.layout().tail).fetch_add(bytes, std::memory_order_relaxed);
    }

    RingTestMemory memory_{kTestRingBytes};
    MpscRing ring_{memory_.layout()};
};

TEST_F(MpscRingTest, delivers_messages_in_the_order_of_their_claims) {
    const RingClaim first = ring_.claim(3, 1).value();
    ASSERT_TRUE(ring_.write(2, message_of("second")));
    EXPECT_TRUE(read().empty());
    EXPECT_FALSE(ring_.ready());
    std::memcpy(first.message().data(), "one", 3);
    EXPECT_TRUE(ring_.commit(first));
    EXPECT_TRUE(ring_.ready());
    EXPECT_EQ(read(), (SeenMessages{{1, "one"}, {2, "second"}}));
}

TEST_F(MpscRingTest, leaves_zeros_where_it_has_read) {
    ASSERT_TRUE(ring_.write(kTestMessageType, message_of("some message or other")));
    EXPECT_EQ(memory_.int32_at(0), 29);
    EXPECT_EQ(read().size(), 1u);
    for (std::size_t at = 0; at < kTestRingBytes; at += 8) {
        ASSERT_EQ(memory_.int64_at(at), 0) << at;
    }
    EXPECT_EQ(memory_.int64_at(kTestRingBytes + kRingHeadOffset), 32);
    EXPECT_EQ(memory_.int64_at(kTestRingBytes + kRingTailOffset), 32);
}

TEST_F(MpscRingTest, skips_an_aborted_claim) {
    const RingClaim claim = ring_.claim(40, kTestMessageType).value();
    ASSERT_TRUE(ring_.write(kTestMessageType, message_of("kept")));
    ring_.abort(claim);
    EXPECT_EQ(read(), (SeenMessages{{kTestMessageType, "kept"}}));
    EXPECT_EQ(ring_.head(), ring_.tail());
}

TEST_F(MpscRingTest, refuses_when_full_and_goes_on_when_read) {
    int written = 0;
    while (ring_.write(kTestMessageType, message_of("12345678"))) {
        ++written;
    }
    EXPECT_EQ(written, 64);
    EXPECT_EQ(read(1).size(), 1u);
    EXPECT_TRUE(ring_.write(kTestMessageType, message_of("12345678")));
    EXPECT_FALSE(ring_.write(kTestMessageType, message_of("12345678")));
    EXPECT_EQ(read().size(), 63u);
    EXPECT_EQ(read().size(), 1u);
}

TEST_F(MpscRingTest, wraps_with_padding_that_nobody_sees) {
    go_to(kTestRingBytes - 24);
    ASSERT_TRUE(ring_.write(kTestMessageType, message_of("does not fit before the end")));
    EXPECT_EQ(memory_.int32_at(kTestRingBytes - 24), 24);
    EXPECT_EQ(memory_.int32_at(kTestRingBytes - 20), kRingPaddingType);
    EXPECT_EQ(read(), (SeenMessages{{kTestMessageType, "does not fit before the end"}}));
}

TEST_F(MpscRingTest, reports_an_unsound_record) {
    ASSERT_TRUE(ring_.write(kTestMessageType, message_of("12345678")));
    memory_.put_int32(0, 5000);
    SeenMessages seen;
    EXPECT_EQ(ring_.read(see_into(seen)).error().code, ErrorCode::malformed);
    EXPECT_TRUE(seen.empty());
    EXPECT_EQ(ring_.head(), 0);
}

TEST_F(MpscRingTest, has_nothing_to_unblock_when_empty_or_published) {
    EXPECT_FALSE(ring_.unblock());
    ASSERT_TRUE(ring_.write(kTestMessageType, message_of("ok")));
    EXPECT_FALSE(ring_.unblock());
    EXPECT_EQ(read(), (SeenMessages{{kTestMessageType, "ok"}}));
}

TEST_F(MpscRingTest, unblocks_a_claim_that_was_never_committed) {
    ASSERT_TRUE(ring_.claim(40, kTestMessageType).has_value());
    ASSERT_TRUE(ring_.write(kTestMessageType, message_of("behind")));
    EXPECT_TRUE(read().empty());
    EXPECT_TRUE(ring_.unblock());
    EXPECT_EQ(read(), (SeenMessages{{kTestMessageType, "behind"}}));
    EXPECT_EQ(ring_.head(), ring_.tail());
}

TEST_F(MpscRingTest, unblocks_a_claim_whose_length_was_never_written) {
    take_bytes_and_die(64);
    ASSERT_TRUE(ring_.write(kTestMessageType, message_of("behind")));
    EXPECT_TRUE(read().empty());
    EXPECT_TRUE(ring_.unblock());
    EXPECT_EQ(memory_.int32_at(0), 64);
    EXPECT_EQ(read(), (SeenMessages{{kTestMessageType, "behind"}}));
}

TEST_F(MpscRingTest, unblocks_a_claim_at_the_end_of_the_data) {
    go_to(kTestRingBytes - 64);
    take_bytes_and_die(32);
    ASSERT_TRUE(ring_.write(kTestMessageType, message_of("12345678")));
    EXPECT_TRUE(ring_.unblock());
    EXPECT_EQ(read(), (SeenMessages{{kTestMessageType, "12345678"}}));
}

TEST_F(MpscRingTest, cannot_tell_where_the_last_claim_ends_until_another_follows) {
    take_bytes_and_die(64);
    EXPECT_FALSE(ring_.unblock());
    ASSERT_TRUE(ring_.write(kTestMessageType, message_of("now")));
    EXPECT_TRUE(ring_.unblock());
    EXPECT_EQ(read(), (SeenMessages{{kTestMessageType, "now"}}));
}

TEST_F(MpscRingTest, does_not_unblock_by_a_length_that_cannot_be) {
    ASSERT_TRUE(ring_.claim(40, kTestMessageType).has_value());
    for (const std::int32_t length : {-7, -static_cast<std::int32_t>(kTestRingBytes) - 8,
                                      std::numeric_limits<std::int32_t>::min()}) {
        memory_.put_int32(0, length);
        EXPECT_FALSE(ring_.unblock()) << length;
        EXPECT_TRUE(read().empty());
    }
}

TEST_F(MpscRingTest, counts_correlations_and_keeps_the_heartbeat) {
    EXPECT_EQ(ring_.next_correlation_id(), 0);
    EXPECT_EQ(ring_.next_correlation_id(), 1);
    ring_.beat(12345);
    EXPECT_EQ(ring_.heartbeat(), 12345);
    EXPECT_EQ(memory_.int64_at(kTestRingBytes + kRingCorrelationOffset), 2);
    EXPECT_EQ(memory_.int64_at(kTestRingBytes + kRingHeartbeatOffset), 12345);
}

TEST_F(MpscRingTest, tells_a_producer_that_comes_back_after_it_was_unblocked) {
    const RingClaim claim = ring_.claim(8, kTestMessageType).value();
    ASSERT_TRUE(ring_.unblock());
    EXPECT_FALSE(ring_.commit(claim));
    ASSERT_TRUE(ring_.write(kTestMessageType, message_of("again")));
    EXPECT_EQ(read(), (SeenMessages{{kTestMessageType, "again"}}));
}

TEST(MpscRingStressTest, carries_every_message_of_every_thread_in_its_order) {
    constexpr std::size_t kThreads = 3;
    constexpr std::int64_t kMessagesEach = 50'000;
    RingTestMemory memory(4096);
    MpscRing ring(memory.layout());
    std::vector<std::thread> producers;
    for (std::size_t thread = 0; thread < kThreads; ++thread) {
        producers.emplace_back([&ring, thread] {
            Random random(thread + 1);
            for (std::int64_t number = 0; number < kMessagesEach;) {
                const auto bytes = static_cast<std::int32_t>(8 + random.below(90));
                const auto claim = ring.claim(bytes, static_cast<std::int32_t>(thread) + 1);
                if (!claim) {
                    std::this_thread::yield();
                    continue;
                }
                if (random.chance(0.03)) {
                    ring.abort(*claim);
                    continue;
                }
                std::memset(claim->message().data(), static_cast<int>(number & 0xFF),
                            claim->message().size());
                std::memcpy(claim->message().data(), &number, sizeof(number));
                EXPECT_TRUE(ring.commit(*claim));
                ++number;
            }
        });
    }
    std::array<std::int64_t, kThreads> expected{};
    std::int64_t seen = 0;
    int wrong = 0;
    while (seen < kMessagesEach * static_cast<std::int64_t>(kThreads)) {
        const Result<int> messages =
            ring.read([&](std::int32_t type, std::span<const std::byte> message) {
                std::int64_t number = -1;
                std::memcpy(&number, message.data(), sizeof(number));
                std::int64_t& next = expected.at(static_cast<std::size_t>(type - 1));
                wrong += number != next ? 1 : 0;
                wrong +=
                    message.size() > 8 && message.back() != static_cast<std::byte>(number & 0xFF)
                        ? 1
                        : 0;
                ++next;
                ++seen;
            });
        ASSERT_TRUE(messages.ok());
        if (messages.value() == 0) {
            std::this_thread::yield();
        }
    }
    for (std::thread& producer : producers) {
        producer.join();
    }
    EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace kera
