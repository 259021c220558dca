// Consumers against a scripted broker: order, positions, seeks, prefetching, batches.
#include "client/consume/consumer.hpp"

#include <gtest/gtest.h>

#include <set>

#include "client/testing/scripted_read_world.hpp"

namespace kera {
namespace {

TEST(ConsumerTest, reads_records_in_order_with_their_offsets_and_times) {
    ScriptedReadWorld world;
    world.broker->keep(7, 0, chunk_of({"a", "b"}, 0, 500));
    world.broker->keep(7, 0, chunk_of({"c"}, 0, 600));
    Consumer& consumer = world.consume();
    ASSERT_TRUE(consumer.assign(kFirst, StartAt::at(Offset(0))).ok());
    std::vector<std::int64_t> times;
    std::vector<std::int64_t> offsets;
    while (times.size() < 3) {
        ASSERT_TRUE(consumer
                        .poll_records(10,
                                      [&](const RecordView&, const RecordPlace& place) {
                                          times.push_back(place.timestamp_ms);
                                          offsets.push_back(place.offset.value());
                                          EXPECT_EQ(place.stream, kFirst.stream);
                                          EXPECT_EQ(place.streamlet, kFirst.streamlet);
                                      })
                        .ok());
    }
    EXPECT_EQ(times, (std::vector<std::int64_t>{500, 500, 600}));
    EXPECT_EQ(offsets, (std::vector<std::int64_t>{0, 1, 2}));
    EXPECT_EQ(consumer.position(kFirst), Offset(3));
    EXPECT_EQ(consumer.readable_head(kFirst), Offset(3));
}

TEST(ConsumerTest, skips_records_below_the_offset_asked_for) {
    ScriptedReadWorld world;
    world.broker->keep(7, 0, chunk_of({"a", "b", "c"}));
    world.broker->keep(7, 0, chunk_of({"d"}));
    Consumer& consumer = world.consume();
    ASSERT_TRUE(consumer.assign(kFirst, StartAt::at(Offset(2))).ok());
    EXPECT_EQ(world.read(consumer), (std::vector<std::string>{"c", "d"}));
    EXPECT_EQ(world.offsets, (std::vector<std::int64_t>{2, 3}));
}

TEST(ConsumerTest, gets_what_is_appended_while_it_waits) {
    ScriptedReadWorld world;
    Consumer& consumer = world.consume();
    ASSERT_TRUE(consumer.assign(kFirst, StartAt::earliest()).ok());
    EXPECT_TRUE(world.read(consumer).empty());
    world.broker->keep(7, 0, chunk_of({"new"}));
    EXPECT_EQ(world.read(consumer), (std::vector<std::string>{"new"}));
}

TEST(ConsumerTest, starts_at_the_end_or_at_a_time_when_told_to) {
    ScriptedReadWorld world;
    world.broker->keep(7, 0, chunk_of({"old"}, 0, 100));
    world.broker->keep(7, 0, chunk_of({"newer"}, 0, 200));
    Consumer& consumer = world.consume();
    ASSERT_TRUE(consumer.assign(kFirst, StartAt::latest()).ok());
    EXPECT_TRUE(world.read(consumer).empty());
    world.broker->keep(7, 0, chunk_of({"newest"}, 0, 300));
    EXPECT_EQ(world.read(consumer), (std::vector<std::string>{"newest"}));
    ASSERT_TRUE(consumer.seek(kFirst, StartAt::time(150)).ok());
    EXPECT_EQ(world.read(consumer), (std::vector<std::string>{"newer", "newest"}));
}

TEST(ConsumerTest, hands_the_cursor_of_one_answer_back_in_the_next_fetch) {
    ScriptedReadWorld world;
    world.broker->keep(7, 0, chunk_of({"a"}));
    Consumer& consumer = world.consume();
    ASSERT_TRUE(consumer.assign(kFirst, StartAt::at(Offset(0))).ok());
    world.read(consumer);
    ASSERT_GE(world.broker->fetches.size(), 2U);
    EXPECT_FALSE(world.broker->fetches[0].entries[0].cursor.known());
    EXPECT_EQ(world.broker->fetches[1].entries[0].cursor, (WireCursor{0, 0, 0, 1}));
    EXPECT_EQ(world.broker->fetches[1].entries[0].offset, Offset(1));
}

TEST(ConsumerTest, asks_for_more_before_it_has_read_what_arrived) {
    ScriptedReadWorld world;
    for (int number = 0; number < 10; ++number) {
        world.broker->keep(7, 0, chunk_of({std::to_string(number)}));
    }
    ConsumerOptions options;
    options.streamlet_bytes_max = 200;
    options.fetch_bytes_max = 200;
    options.buffered_bytes_max = 1000;
    Consumer& consumer = world.consume(options);
    ASSERT_TRUE(consumer.assign(kFirst, StartAt::at(Offset(0))).ok());
    world.poll(100);
    const std::size_t ahead = world.broker->fetches.size();
    EXPECT_GE(ahead, 4U);
    EXPECT_LE(ahead, 7U);
    EXPECT_EQ(world.read(consumer).size(), 10U);
    EXPECT_GT(world.broker->fetches.size(), ahead);
}

TEST(ConsumerTest, reads_many_streamlets_with_one_fetch) {
    ScriptedReadWorld world;
    Consumer& consumer = world.consume();
    for (std::int32_t streamlet = 0; streamlet < 100; ++streamlet) {
        world.broker->keep(7, streamlet, chunk_of({std::to_string(streamlet)}, streamlet));
        ASSERT_TRUE(
            consumer
                .assign({ScriptedWorld::kStream, StreamletId(streamlet)}, StartAt::at(Offset(0)))
                .ok());
    }
    EXPECT_EQ(world.read(consumer).size(), 100U);
    EXPECT_EQ(world.broker->fetches[0].entries.size(), 100U);
}

TEST(ConsumerTest, begins_each_fetch_with_another_streamlet) {
    ScriptedReadWorld world;
    ConsumerOptions options;
    options.streamlets_per_fetch = 2;
    options.buffered_bytes_max = 1;
    options.fetch_bytes_max = 200;
    Consumer& consumer = world.consume(options);
    for (std::int32_t streamlet = 0; streamlet < 3; ++streamlet) {
        for (int number = 0; number < 3; ++number) {
            world.broker->keep(7, streamlet, chunk_of({"x"}, streamlet));
        }
        ASSERT_TRUE(
            consumer
                .assign({ScriptedWorld::kStream, StreamletId(streamlet)}, StartAt::at(Offset(0)))
                .ok());
    }
    EXPECT_EQ(world.read(consumer).size(), 9U);
}

TEST(ConsumerTest, asks_for_each_streamlet_first_in_its_turn) {
    constexpr std::int32_t kStreamlets = 6;
    ScriptedReadWorld world;
    ConsumerOptions options;
    options.buffered_bytes_max = 1;
    options.streamlet_bytes_max = 200;
    Consumer& consumer = world.consume(options);
    for (std::int32_t streamlet = 0; streamlet < kStreamlets; ++streamlet) {
        for (int number = 0; number < 50; ++number) {
            world.broker->keep(7, streamlet, chunk_of({"x"}, streamlet));
        }
        ASSERT_TRUE(
            consumer
                .assign({ScriptedWorld::kStream, StreamletId(streamlet)}, StartAt::at(Offset(0)))
                .ok());
    }
    ASSERT_EQ(world.read(consumer).size(), 50U * kStreamlets);
    std::set<StreamletId> first;
    for (const Fetch& fetch : world.broker->fetches) {
        if (fetch.entries.size() == kStreamlets) {
            first.insert(fetch.entries[0].streamlet);
        }
    }
    EXPECT_EQ(first.size(), std::size_t{kStreamlets});
}

std::vector<std::uint32_t> shares_asked_for(std::int32_t streamlets) {
    ScriptedReadWorld world;
    Consumer& consumer = world.consume();
    for (std::int32_t streamlet = 0; streamlet < streamlets; ++streamlet) {
        EXPECT_TRUE(
            consumer
                .assign({ScriptedWorld::kStream, StreamletId(streamlet)}, StartAt::at(Offset(0)))
                .ok());
    }
    world.poll(10);
    std::vector<std::uint32_t> shares;
    for (const Fetch::Entry& entry : world.broker->fetches.at(0).entries) {
        shares.push_back(entry.bytes_max);
    }
    return shares;
}

TEST(ConsumerTest, shares_an_answer_evenly) {
    using Shares = std::vector<std::uint32_t>;
    EXPECT_EQ(shares_asked_for(1), Shares(1, 4_MiB));
    EXPECT_EQ(shares_asked_for(2), Shares(2, 2_MiB));
    EXPECT_EQ(shares_asked_for(10), Shares(10, 1_MiB));
}

TEST(ConsumerTest, drops_what_was_under_way_when_it_seeks) {
    ScriptedReadWorld world;
    world.broker->keep(7, 0, chunk_of({"a", "b", "c"}));
    Consumer& consumer = world.consume();
    ASSERT_TRUE(consumer.assign(kFirst, StartAt::at(Offset(0))).ok());
    std::vector<std::string> seen;
    bool sought = false;
    for (int round = 0; round < 50; ++round) {
        ASSERT_TRUE(consumer
                        .poll_records(
                            10,
                            [&](const RecordView& record, const RecordPlace& place) {
                                seen.emplace_back(
                                    reinterpret_cast<const char*>(record.value().data()), 1);
                                if (place.offset == Offset(1) && !std::exchange(sought, true)) {
                                    ASSERT_TRUE(consumer.seek(kFirst, StartAt::at(Offset(0))).ok());
                                }
                            })
                        .ok());
    }
    EXPECT_EQ(seen, (std::vector<std::string>{"a", "b", "a", "b", "c"}));
}

TEST(ConsumerTest, stops_in_the_middle_of_a_chunk_when_enough_was_read) {
    ScriptedReadWorld world;
    world.broker->keep(7, 0, chunk_of({"a", "b", "c"}));
    Consumer& consumer = world.consume();
    ASSERT_TRUE(consumer.assign(kFirst, StartAt::at(Offset(0))).ok());
    ASSERT_TRUE(consumer.await(world.soon_ns()));
    int read = 0;
    const auto count = [&read](const RecordView&, const RecordPlace&) { ++read; };
    EXPECT_EQ(*consumer.poll_records(2, count), 2);
    EXPECT_EQ(consumer.position(kFirst), Offset(2));
    EXPECT_EQ(*consumer.poll_records(5, count), 1);
    EXPECT_EQ(consumer.position(kFirst), Offset(3));
    EXPECT_EQ(read, 3);
}

TEST(ConsumerTest, waits_no_more_once_waiting_has_ended_but_still_reads) {
    ScriptedReadWorld world;
    world.broker->keep(7, 0, chunk_of({"a"}));
    Consumer& consumer = world.consume();
    ASSERT_TRUE(consumer.assign(kFirst, StartAt::at(Offset(0))).ok());
    ASSERT_TRUE(consumer.await(world.soon_ns()));
    consumer.end_waiting();
    EXPECT_TRUE(consumer.await(INT64_MAX));
    EXPECT_EQ(*consumer.poll_records(5, [](const RecordView&, const RecordPlace&) {}), 1);
    EXPECT_FALSE(consumer.await(INT64_MAX));
}

TEST(ConsumerTest, reads_nothing_of_a_paused_streamlet_and_goes_on_where_it_was) {
    ScriptedReadWorld world;
    Consumer& consumer = world.consume();
    ASSERT_TRUE(consumer.assign(kFirst, StartAt::at(Offset(0))).ok());
    ASSERT_TRUE(consumer.assign(kSecond, StartAt::at(Offset(0))).ok());
    world.broker->keep(7, 0, chunk_of({"a"}));
    EXPECT_EQ(world.read(consumer), (std::vector<std::string>{"a"}));
    ASSERT_TRUE(consumer.pause(kFirst).ok());
    world.broker->keep(7, 0, chunk_of({"b"}));
    world.broker->keep(7, 1, chunk_of({"other"}, 1));
    EXPECT_EQ(world.read(consumer), (std::vector<std::string>{"other"}));
    ASSERT_TRUE(consumer.resume(kFirst).ok());
    EXPECT_EQ(world.read(consumer), (std::vector<std::string>{"b"}));
    ASSERT_TRUE(consumer.unassign(kFirst).ok());
    world.broker->keep(7, 0, chunk_of({"c"}));
    EXPECT_TRUE(world.read(consumer).empty());
    EXPECT_FALSE(consumer.seek(kFirst, StartAt::earliest()).ok());
    EXPECT_FALSE(consumer.pause(kFirst).ok());
}

TEST(ConsumerTest, gives_messages_back_as_soon_as_they_are_read) {
    ScriptedReadWorld world;
    Consumer& consumer = world.consume();
    ASSERT_TRUE(consumer.assign(kFirst, StartAt::at(Offset(0))).ok());
    for (int number = 0; number < 50; ++number) {
        world.broker->keep(7, 0, chunk_of({"x"}));
        EXPECT_EQ(world.read(consumer, 3).size(), 1U);
        EXPECT_EQ(world.transport->inbounds_lent, 0);
    }
}

TEST(ConsumerTest, lends_batches_until_they_are_released) {
    ScriptedReadWorld world;
    world.broker->keep(7, 0, chunk_of({"a", "b"}));
    world.broker->keep(7, 1, chunk_of({"c"}, 1));
    Consumer& consumer = world.consume();
    ASSERT_TRUE(consumer.assign(kFirst, StartAt::at(Offset(1))).ok());
    ASSERT_TRUE(consumer.assign(kSecond, StartAt::at(Offset(0))).ok());
    ASSERT_TRUE(consumer.await(world.soon_ns()));
    const ReceivedPart* first = *consumer.take_batch();
    const ReceivedPart* second = *consumer.take_batch();
    ASSERT_NE(first, nullptr);
    ASSERT_NE(second, nullptr);
    EXPECT_EQ(first->from, Offset(1));
    EXPECT_EQ(first->streamlet, StreamletId(0));
    EXPECT_EQ(second->streamlet, StreamletId(1));
    EXPECT_EQ(ChunkView(first->chunks.data()).record_count(), 2U);
    EXPECT_EQ(*consumer.take_batch(), nullptr);
    EXPECT_EQ(world.transport->inbounds_lent, 1);
    consumer.release(*second);
    EXPECT_EQ(world.transport->inbounds_lent, 1);
    consumer.release(*first);
    EXPECT_EQ(world.transport->inbounds_lent, 0);
    EXPECT_EQ(consumer.position(kFirst), Offset(2));
}

TEST(ConsumerTest, returns_everything_when_it_is_closed) {
    ScriptedReadWorld world;
    world.broker->keep(7, 0, chunk_of({"a", "b"}));
    Consumer& consumer = world.consume();
    ASSERT_TRUE(consumer.assign(kFirst, StartAt::at(Offset(0))).ok());
    ASSERT_TRUE(consumer.await(world.soon_ns()));
    ASSERT_NE(*consumer.take_batch(), nullptr);
    EXPECT_EQ(world.transport->inbounds_lent, 1);
    ASSERT_TRUE(world.client->close_consumer(consumer).ok());
    EXPECT_EQ(world.transport->inbounds_lent, 0);
    EXPECT_FALSE(world.client->close_consumer(consumer).ok());
}

}  // namespace
}  // namespace kera
