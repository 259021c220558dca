// The first record at or after a time, over lanes, segments and what may be read.
// One thread. Record i of a chunk is i ms younger than its first.
#include "storage/read/time_lookup.hpp"
#include "storage/testing/storage_fixture.hpp"

namespace kera {
namespace {

class TimeLookupTest : public StorageFixture {
  protected:
    std::int64_t offset_at(Streamlet& streamlet, std::int64_t timestamp_ms) {
        const TimeOutcome found = find_time(streamlet, timestamp_ms).value();
        EXPECT_FALSE(found.needs_load);
        return found.offset.value();
    }
};

TEST_F(TimeLookupTest, finds_the_first_record_at_or_after_a_time) {
    Streamlet* streamlet = make_streamlet();
    (void)append(*streamlet, 0, {.records = 3, .timestamp_ms = 100}).value();
    (void)append(*streamlet, 0, {.records = 3, .timestamp_ms = 200}).value();
    EXPECT_EQ(offset_at(*streamlet, 0), 0);
    EXPECT_EQ(offset_at(*streamlet, 101), 1);
    EXPECT_EQ(offset_at(*streamlet, 103), 3);
    EXPECT_EQ(offset_at(*streamlet, 202), 5);
    EXPECT_EQ(find_time(*streamlet, 202)->timestamp_ms, 202);
}

TEST_F(TimeLookupTest, answers_the_head_when_nothing_is_that_young) {
    Streamlet* streamlet = make_streamlet();
    EXPECT_EQ(offset_at(*streamlet, 5), 0);
    (void)append(*streamlet, 0, {.records = 3, .timestamp_ms = 100}).value();
    const TimeOutcome found = find_time(*streamlet, 500).value();
    EXPECT_EQ(found.offset, Offset(3));
    EXPECT_EQ(found.timestamp_ms, -1);
}

TEST_F(TimeLookupTest, finds_the_smallest_offset_when_times_run_backwards) {
    Streamlet* streamlet = make_streamlet(2);
    (void)append(*streamlet, 0, {.timestamp_ms = 100}).value();
    (void)append(*streamlet, 1, {.timestamp_ms = 900}).value();
    (void)append(*streamlet, 0, {.timestamp_ms = 300}).value();
    (void)append(*streamlet, 1, {.timestamp_ms = 200}).value();
    EXPECT_EQ(offset_at(*streamlet, 150), 1);
    EXPECT_EQ(offset_at(*streamlet, 901), 4);
}

TEST_F(TimeLookupTest, looks_through_segments_and_their_index) {
    Streamlet* streamlet = make_streamlet();
    for (int i = 0; i < 200; ++i) {
        (void)append(*streamlet, 0,
                     {.records = 2, .value_bytes = 10'000, .timestamp_ms = 1'000 + 10 * i})
            .value();
    }
    for (const int i : {0, 1, 7, 63, 64, 120, 199}) {
        EXPECT_EQ(offset_at(*streamlet, 1'000 + 10 * i), 2 * i);
        EXPECT_EQ(offset_at(*streamlet, 1'001 + 10 * i), 2 * i + 1);
    }
}

TEST_F(TimeLookupTest, never_answers_what_is_deleted_or_not_readable_yet) {
    Streamlet* streamlet = make_streamlet();
    (void)append(*streamlet, 0, {.records = 4, .timestamp_ms = 100}).value();
    (void)append(*streamlet, 0, {.records = 4, .timestamp_ms = 200}, context(AckLevel::disk))
        .value();
    EXPECT_EQ(offset_at(*streamlet, 150), 4);
    streamlet->raise_start(Offset(2));
    EXPECT_EQ(offset_at(*streamlet, 0), 2);
    streamlet->lane(LaneId(0)).mark_durable(Offset(4));
    EXPECT_EQ(offset_at(*streamlet, 202), 6);
}

TEST_F(TimeLookupTest, goes_by_the_time_of_append_when_the_stream_says_so) {
    StreamletSettings settings;
    settings.timestamps = TimestampType::append;
    Streamlet* streamlet = make_streamlet(1, settings);
    (void)append(*streamlet, 0, {.records = 4, .timestamp_ms = 9'000},
                 context(AckLevel::leader, 100))
        .value();
    (void)append(*streamlet, 0, {.records = 4, .timestamp_ms = 1}, context(AckLevel::leader, 200))
        .value();
    EXPECT_EQ(offset_at(*streamlet, 101), 4);
    EXPECT_EQ(find_time(*streamlet, 101)->timestamp_ms, 200);
    EXPECT_EQ(offset_at(*streamlet, 5'000), 8);
}

TEST_F(TimeLookupTest, asks_for_a_segment_that_is_only_on_disk) {
    Streamlet* streamlet = make_streamlet();
    (void)append(*streamlet, 0, {.timestamp_ms = 100}).value();
    Segment* segment = streamlet->lane(LaneId(0)).close_group();
    memory_.flushed(*segment);
    (void)memory_.evict(1);
    EXPECT_EQ(find_time(*streamlet, 50)->needs_load.get(), segment);
    EXPECT_FALSE(find_time(*streamlet, 150)->needs_load);
}

}  // namespace
}  // namespace kera
