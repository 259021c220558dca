#include "ring/spsc_ring.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <thread>

#include "base/random.hpp"
#include "ring/testing/ring_test_memory.hpp"

namespace kera {
namespace {

class SpscRingTest : public testing::Test {
  protected:
    SeenMessages read(int limit = std::numeric_limits<int>::max()) {
        SeenMessages seen;
        const Result<int> messages = consumer_.read(see_into(seen), limit);
        EXPECT_TRUE(messages.ok());
        EXPECT_EQ(static_cast<std::size_t>(messages.value()), seen.size());
        return seen;
    }
    // Moves both ends to `position`, leaving old records behind.
    void go_to(std::int64_t position) {
        while (producer_.tail() < position) {
            const auto step = static_cast<std::int32_t>(
                std::min<std::int64_t>(position - producer_.tail(), kTestRingBytes / 8));
            ASSERT_TRUE(producer_.write(
                kTestMessageType, std::vector<std::byte>(static_cast<std::size_t>(step - 8))));
            ASSERT_TRUE(consumer_.read([](std::int32_t, std::span<const std::byte>) {}).ok());
        }
    }

    RingTestMemory memory_{kTestRingBytes};
    SpscProducer producer_{memory_.layout()};
    SpscConsumer consumer_{memory_.layout()};
};

TEST_F(SpscRingTest, delivers_messages_in_order) {
    EXPECT_TRUE(producer_.write(1, message_of("first")));
    EXPECT_TRUE(producer_.write(2, message_of("")));
    EXPECT_TRUE(producer_.write(3, message_of("third message")));
    EXPECT_TRUE(consumer_.ready());
    EXPECT_EQ(read(), (SeenMessages{{1, "first"}, {2, ""}, {3, "third message"}}));
    EXPECT_FALSE(consumer_.ready());
    EXPECT_TRUE(read().empty());
}

TEST_F(SpscRingTest, lays_records_out_as_agrona_does) {
    ASSERT_TRUE(producer_.write(kTestMessageType, message_of("hello")));
    EXPECT_EQ(memory_.int32_at(0), 13);
    EXPECT_EQ(memory_.int32_at(4), kTestMessageType);
    EXPECT_EQ(memory_.int64_at(16), 0);
    EXPECT_EQ(memory_.int64_at(kTestRingBytes + kRingTailOffset), 16);
    ASSERT_EQ(read().size(), 1u);
    EXPECT_EQ(memory_.int64_at(kTestRingBytes + kRingHeadOffset), 16);
}

TEST_F(SpscRingTest, stops_at_the_limit) {
    for (const char* text : {"a", "b", "c"}) {
        ASSERT_TRUE(producer_.write(kTestMessageType, message_of(text)));
    }
    EXPECT_EQ(read(2), (SeenMessages{{kTestMessageType, "a"}, {kTestMessageType, "b"}}));
    EXPECT_EQ(read(0), SeenMessages{});
    EXPECT_EQ(read(2), (SeenMessages{{kTestMessageType, "c"}}));
}

TEST_F(SpscRingTest, shows_nothing_before_the_commit) {
    const RingClaim first = producer_.claim(4, kTestMessageType).value();
    const RingClaim second = producer_.claim(4, kTestMessageType).value();
    std::memcpy(second.message().data(), "two.", 4);
    producer_.commit(second);
    EXPECT_TRUE(read().empty());
    std::memcpy(first.message().data(), "one.", 4);
    producer_.commit(first);
    EXPECT_EQ(read(), (SeenMessages{{kTestMessageType, "one."}, {kTestMessageType, "two."}}));
}

TEST_F(SpscRingTest, skips_an_aborted_claim) {
    const RingClaim claim = producer_.claim(100, kTestMessageType).value();
    ASSERT_TRUE(producer_.write(kTestMessageType, message_of("kept")));
    producer_.abort(claim);
    EXPECT_EQ(read(), (SeenMessages{{kTestMessageType, "kept"}}));
    EXPECT_EQ(consumer_.head(), producer_.tail());
}

TEST_F(SpscRingTest, refuses_when_full_and_goes_on_when_read) {
    int written = 0;
    while (producer_.write(kTestMessageType, message_of("12345678"))) {
        ++written;
    }
    // The last 16 bytes but 8 stay free for the header after the last record.
    EXPECT_EQ(written, 63);
    EXPECT_FALSE(producer_.fault().has_value());
    EXPECT_EQ(producer_.unread_bytes(), 63 * 16);
    EXPECT_EQ(read(1).size(), 1u);
    EXPECT_TRUE(producer_.write(kTestMessageType, message_of("12345678")));
    EXPECT_FALSE(producer_.write(kTestMessageType, message_of("12345678")));
    EXPECT_EQ(read().size(), 63u);
}

TEST_F(SpscRingTest, ends_a_record_exactly_with_the_data) {
    go_to(kTestRingBytes - 32);
    ASSERT_TRUE(producer_.write(kTestMessageType, message_of("exactly twenty-four bytes"
                                                             "-")
                                                      .first(24)));
    EXPECT_EQ(producer_.tail(), static_cast<std::int64_t>(kTestRingBytes));
    EXPECT_EQ(read().size(), 1u);
    EXPECT_TRUE(read().empty());
    ASSERT_TRUE(producer_.write(kTestMessageType, message_of("next")));
    EXPECT_EQ(read(), (SeenMessages{{kTestMessageType, "next"}}));
}

TEST_F(SpscRingTest, wraps_with_padding_that_nobody_sees) {
    go_to(kTestRingBytes - 32);
    ASSERT_TRUE(
        producer_.write(kTestMessageType, message_of("does not fit before the end of the data")));
    EXPECT_EQ(memory_.int32_at(kTestRingBytes - 32), 32);
    EXPECT_EQ(memory_.int32_at(kTestRingBytes - 28), kRingPaddingType);
    EXPECT_EQ(read(),
              (SeenMessages{{kTestMessageType, "does not fit before the end of the data"}}));
}

TEST_F(SpscRingTest, pads_the_end_even_when_the_start_is_still_taken) {
    go_to(64);
    // Unread from 64 on, until only the last 32 bytes are left.
    while (producer_.tail() < static_cast<std::int64_t>(kTestRingBytes) - 32) {
        ASSERT_TRUE(producer_.write(kTestMessageType, message_of("12345678")));
    }
    EXPECT_FALSE(producer_.claim(80, kTestMessageType).has_value());
    EXPECT_EQ(producer_.tail(), static_cast<std::int64_t>(kTestRingBytes));
    EXPECT_TRUE(producer_.claim(40, kTestMessageType).has_value());
}

TEST_F(SpscRingTest, lets_a_handler_leave_a_message_for_later) {
    for (const char* text : {"a", "b", "c"}) {
        ASSERT_TRUE(producer_.write(kTestMessageType, message_of(text)));
    }
    int calls = 0;
    const auto stop_at_second = [&calls](std::int32_t, std::span<const std::byte>) {
        return ++calls == 2 ? RingAction::stop : RingAction::consume;
    };
    EXPECT_EQ(consumer_.read(stop_at_second).value(), 1);
    const auto only_one = [](std::int32_t, std::span<const std::byte>) {
        return RingAction::consume_and_stop;
    };
    EXPECT_EQ(consumer_.read(only_one).value(), 1);
    EXPECT_EQ(read(), (SeenMessages{{kTestMessageType, "c"}}));
}

TEST_F(SpscRingTest, goes_on_where_an_earlier_producer_and_consumer_stopped) {
    go_to(400);
    ASSERT_TRUE(producer_.write(kTestMessageType, message_of("old")));
    SpscProducer producer(memory_.layout());
    SpscConsumer consumer(memory_.layout());
    ASSERT_TRUE(producer.write(kTestMessageType, message_of("new")));
    SeenMessages seen;
    ASSERT_TRUE(consumer.read(see_into(seen)).ok());
    EXPECT_EQ(seen, (SeenMessages{{kTestMessageType, "old"}, {kTestMessageType, "new"}}));
}

using SpscRingDeathTest = SpscRingTest;

TEST_F(SpscRingDeathTest, aborts_on_wrong_use_by_its_own_side) {
    EXPECT_DEATH(producer_.claim(producer_.message_bytes_max() + 1, kTestMessageType),
                 "assertion failed");
    EXPECT_DEATH(producer_.claim(-1, kTestMessageType), "assertion failed");
    EXPECT_DEATH(producer_.claim(8, 0), "assertion failed");
    const RingClaim claim = producer_.claim(8, kTestMessageType).value();
    producer_.commit(claim);
    EXPECT_DEATH(producer_.commit(claim), "assertion failed");
    EXPECT_DEATH(producer_.abort(claim), "assertion failed");
}

// What a hostile producer may write where the consumer looks, and what becomes of it.
struct HostileRecord {
    const char* name;
    std::int32_t length;
    std::int32_t type;
    const char* what;  // of the error; null when nothing is there to be read
};

class HostileProducerTest : public testing::TestWithParam<HostileRecord> {};

TEST_P(HostileProducerTest, gets_an_error_and_never_an_access_out_of_bounds) {
    const HostileRecord& record = GetParam();
    for (const std::size_t at : {std::size_t{0}, kTestRingBytes - 128}) {
        RingTestMemory memory(kTestRingBytes);
        memory.head() = static_cast<std::int64_t>(at);
        SpscConsumer consumer(memory.layout());
        memory.put_int32(at, record.length);
        memory.put_int32(at + 4, record.type);
        SeenMessages seen;
        const Result<int> first = consumer.read(see_into(seen));
        const Result<int> second = consumer.read(see_into(seen));
        EXPECT_TRUE(seen.empty());
        EXPECT_EQ(consumer.head(), static_cast<std::int64_t>(at));
        EXPECT_EQ(memory.head(), static_cast<std::int64_t>(at));
        EXPECT_EQ(first.ok(), record.what == nullptr);
        EXPECT_EQ(second.ok(), record.what == nullptr);
        if (!first.ok()) {
            EXPECT_EQ(first.error().code, ErrorCode::malformed);
            EXPECT_STREQ(first.error().what, record.what);
        }
    }
}

constexpr std::int32_t kIntMax = std::numeric_limits<std::int32_t>::max();
constexpr std::int32_t kIntMin = std::numeric_limits<std::int32_t>::min();

INSTANTIATE_TEST_SUITE_P(
    Records, HostileProducerTest,
    testing::Values(
        HostileRecord{"zero_length", 0, kTestMessageType, nullptr},
        HostileRecord{"unpublished_claim", -64, kTestMessageType, nullptr},
        HostileRecord{"most_negative_length", kIntMin, kTestMessageType, nullptr},
        HostileRecord{"shorter_than_a_header", 7, kTestMessageType, "ring_record_bytes"},
        HostileRecord{"length_one", 1, kRingPaddingType, "ring_record_bytes"},
        HostileRecord{"longer_than_allowed", 128 + 9, kTestMessageType, "ring_record_bytes"},
        HostileRecord{"past_the_end", 1032, kRingPaddingType, "ring_record_bytes"},
        HostileRecord{"largest_length", kIntMax, kTestMessageType, "ring_record_bytes"},
        HostileRecord{"largest_padding", kIntMax, kRingPaddingType, "ring_record_bytes"},
        HostileRecord{"type_zero", 16, 0, "ring_record_type"},
        HostileRecord{"negative_type", 16, -2, "ring_record_type"}),
    [](const testing::TestParamInfo<HostileRecord>& tested) {
        return std::string(tested.param.name);
    });

TEST(HostileProducerTest, delivers_what_came_before_the_broken_record) {
    RingTestMemory memory(kTestRingBytes);
    SpscProducer producer(memory.layout());
    SpscConsumer consumer(memory.layout());
    ASSERT_TRUE(producer.write(kTestMessageType, message_of("good")));
    ASSERT_TRUE(producer.write(kTestMessageType, message_of("bad")));
    memory.put_int32(16, 4096);
    SeenMessages seen;
    EXPECT_EQ(consumer.read(see_into(seen)).error().code, ErrorCode::malformed);
    EXPECT_EQ(seen, (SeenMessages{{kTestMessageType, "good"}}));
    EXPECT_EQ(memory.head(), 16);
}

TEST(HostileProducerTest, survives_any_bytes_in_the_data) {
    Random random(1);
    for (int round = 0; round < 3000; ++round) {
        RingTestMemory memory(kTestRingBytes);
        SpscConsumer consumer(memory.layout());
        for (std::size_t at = 0; at < kTestRingBytes; at += 4) {
            const auto value =
                static_cast<std::int32_t>(random.chance(0.7) ? random.below(80) : random.next());
            memory.put_int32(at, value);
        }
        std::int64_t bytes = 0;
        for (int i = 0; i < 100; ++i) {
            const std::int64_t before = consumer.head();
            const Result<int> messages = consumer.read(
                [&](std::int32_t type, std::span<const std::byte> message) {
                    ASSERT_GE(type, 1);
                    ASSERT_GE(message.data(), memory.data() + kRingHeaderBytes);
                    ASSERT_LE(message.data() + message.size(), memory.data() + kTestRingBytes);
                    for (const std::byte byte : message) {
                        bytes += static_cast<std::int64_t>(byte);
                    }
                },
                10);
            ASSERT_GE(consumer.head(), before);
            if (!messages.ok() || consumer.head() == before) {
                break;
            }
        }
        ASSERT_GE(bytes, 0);
    }
}

class HostileConsumerTest : public testing::TestWithParam<std::int64_t> {};

TEST_P(HostileConsumerTest, is_refused_when_its_head_cannot_be) {
    RingTestMemory memory(kTestRingBytes);
    SpscProducer producer(memory.layout());
    memory.head() = 0;
    for (int i = 0; i < 63; ++i) {
        ASSERT_TRUE(producer.write(kTestMessageType, message_of("12345678")));
    }
    memory.head() = 32;
    ASSERT_TRUE(producer.write(kTestMessageType, message_of("12345678")));
    memory.head() = GetParam();
    EXPECT_FALSE(producer.claim(64, kTestMessageType).has_value());
    ASSERT_TRUE(producer.fault().has_value());
    EXPECT_EQ(producer.fault()->code, ErrorCode::malformed);
    EXPECT_STREQ(producer.fault()->what, "ring_head");
}

INSTANTIATE_TEST_SUITE_P(Heads, HostileConsumerTest,
                         testing::Values(-8, 0, 24, 36, 64 * 16 + 8,
                                         std::numeric_limits<std::int64_t>::max(),
                                         std::numeric_limits<std::int64_t>::min()));

TEST(SpscRingStressTest, carries_every_message_between_two_threads) {
    constexpr int kMessages = 200'000;
    RingTestMemory memory(4096);
    const RingLayout layout = memory.layout();
    std::thread sender([&layout] {
        SpscProducer producer(layout);
        Random random(3);
        for (std::int64_t number = 0; number < kMessages;) {
            const auto bytes = static_cast<std::int32_t>(8 + random.below(60));
            const auto claim = producer.claim(bytes, kTestMessageType);
            if (!claim) {
                ASSERT_FALSE(producer.fault().has_value());
                std::this_thread::yield();
                continue;
            }
            if (random.chance(0.05)) {
                producer.abort(*claim);
                continue;
            }
            std::memset(claim->message().data(), static_cast<int>(number & 0xFF),
                        claim->message().size());
            std::memcpy(claim->message().data(), &number, sizeof(number));
            producer.commit(*claim);
            ++number;
        }
    });
    SpscConsumer consumer(layout);
    std::int64_t expected = 0;
    int wrong = 0;
    while (expected < kMessages) {
        const Result<int> messages =
            consumer.read([&](std::int32_t type, std::span<const std::byte> message) {
                std::int64_t number = -1;
                std::memcpy(&number, message.data(), sizeof(number));
                const auto fill = static_cast<std::byte>(number & 0xFF);
                wrong += type != kTestMessageType || number != expected ? 1 : 0;
                wrong += message.size() > 8 && message.back() != fill ? 1 : 0;
                ++expected;
            });
        ASSERT_TRUE(messages.ok());
        if (messages.value() == 0) {
            std::this_thread::yield();
        }
    }
    sender.join();
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(expected, kMessages);
}

}  // namespace
}  // namespace kera
