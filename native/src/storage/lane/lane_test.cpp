#include "storage/lane/lane.hpp"

#include "storage/testing/storage_fixture.hpp"

namespace kera {
namespace {

class LaneTest : public StorageFixture {};

TEST_F(LaneTest, gives_dense_offsets) {
    Streamlet* streamlet = make_streamlet();
    const Appended first = append(*streamlet, 0, {.records = 3}).value();
    const Appended second = append(*streamlet, 0, {.records = 2}).value();
    EXPECT_EQ(first.base_offset, Offset(0));
    EXPECT_EQ(first.record_count, 3u);
    EXPECT_EQ(second.base_offset, Offset(3));
    EXPECT_EQ(streamlet->next_offset(), Offset(5));
}

TEST_F(LaneTest, writes_the_leaders_part_under_its_checksum) {
    Streamlet* streamlet = make_streamlet();
    (void)append(*streamlet, 0, {.records = 3}).value();
    const Appended done = append(*streamlet, 0, {.records = 2}).value();
    const ChunkView chunk(done.chunk.data);
    ASSERT_TRUE(check_chunk_crcs(chunk.bytes()).ok());
    const ChunkPlace place = chunk.place();
    EXPECT_EQ(place.base_offset, Offset(3));
    EXPECT_EQ(place.term, kTerm);
    EXPECT_EQ(place.append_time_ms, 5'000);
    EXPECT_EQ(place.lane, LaneId(0));
    EXPECT_EQ(place.group, GroupId(0));
    EXPECT_EQ(place.segment, SegmentId(0));
    EXPECT_EQ(static_cast<std::uint32_t>(place.position), done.chunk.position);
    EXPECT_EQ(done.chunk.bytes, chunk.chunk_bytes());
}

TEST_F(LaneTest, claims_no_memory_before_the_first_append) {
    Streamlet* streamlet = make_streamlet();
    EXPECT_EQ(pool_->used_bytes(), 0u);
    (void)append(*streamlet, 0, {}).value();
    EXPECT_EQ(pool_->used_bytes(), 64_KiB);
}

TEST_F(LaneTest, grows_its_segments_while_they_fill_fast) {
    Streamlet* streamlet = make_streamlet();
    std::vector<std::uint32_t> capacities;
    while (capacities.size() < 5) {
        const Appended done = append(*streamlet, 0, {.records = 8, .value_bytes = 4'000}).value();
        if (done.chunk.position == 0) {
            capacities.push_back(done.chunk.segment->capacity_bytes());
        }
    }
    // In the end a sixteenth of memory, rounded up to its class.
    EXPECT_EQ(capacities, (std::vector<std::uint32_t>{64_KiB, 256_KiB, 1_MiB, 4_MiB, 4_MiB}));
}

TEST_F(LaneTest, shrinks_its_segments_while_they_fill_slowly) {
    Streamlet* streamlet = make_streamlet();
    std::int64_t now_ms = 0;
    std::vector<std::uint32_t> capacities;
    while (capacities.size() < 4) {
        now_ms += capacities.size() < 3 ? 0 : 10'000;
        const Appended done = append(*streamlet, 0, {.records = 8, .value_bytes = 4'000},
                                     context(AckLevel::leader, now_ms))
                                  .value();
        if (done.chunk.position == 0) {
            capacities.push_back(done.chunk.segment->capacity_bytes());
        }
    }
    EXPECT_EQ(capacities, (std::vector<std::uint32_t>{64_KiB, 256_KiB, 1_MiB, 256_KiB}));
}

TEST_F(LaneTest, reserves_the_next_segment_before_the_open_one_is_full) {
    Streamlet* streamlet = make_streamlet();
    (void)append(*streamlet, 0, {.value_bytes = 40'000}).value();
    EXPECT_EQ(pool_->used_bytes(), 64_KiB);
    (void)append(*streamlet, 0, {.value_bytes = 15'000}).value();
    EXPECT_EQ(pool_->used_bytes(), 64_KiB + 256_KiB);
    streamlet->lane(LaneId(0)).trim();
    EXPECT_EQ(pool_->used_bytes(), 64_KiB);
}

TEST_F(LaneTest, closes_a_group_when_it_has_its_segments_and_opens_the_next) {
    StreamletSettings settings;
    settings.segment_bytes_max = 64_KiB;
    settings.group_segments = 2;
    Streamlet* streamlet = make_streamlet(1, settings);
    std::vector<GroupInfo> groups;
    for (int i = 0; i < 5; ++i) {
        const Appended done = append(*streamlet, 0, {.value_bytes = 50'000}).value();
        EXPECT_EQ(done.closed != nullptr, i > 0);
    }
    streamlet->groups(groups);
    ASSERT_EQ(groups.size(), 3u);
    EXPECT_EQ(groups[0].state, GroupState::closed);
    EXPECT_EQ(groups[1].state, GroupState::closed);
    EXPECT_EQ(groups[2].state, GroupState::open);
    EXPECT_EQ(groups[1].first_offset, Offset(2));
    EXPECT_EQ(groups[1].end_offset, Offset(4));
    EXPECT_EQ(groups[2].segment_count, 1u);
}

TEST_F(LaneTest, gives_a_large_value_a_segment_of_its_own) {
    StreamletSettings settings;
    settings.segment_bytes_max = 256_KiB;
    Streamlet* streamlet = make_streamlet(1, settings);
    (void)append(*streamlet, 0, {}).value();
    const Appended large = append(*streamlet, 0, {.value_bytes = 20U << 20U}).value();
    EXPECT_EQ(large.chunk.position, 0u);
    EXPECT_GE(large.chunk.segment->capacity_bytes(), large.chunk.bytes);
    EXPECT_EQ(large.base_offset, Offset(1));
    EXPECT_EQ(append(*streamlet, 0, {.value_bytes = 200'000}).value().base_offset, Offset(2));
}

TEST_F(LaneTest, refuses_when_memory_is_exhausted_and_leaves_no_trace) {
    Streamlet* streamlet = make_streamlet();
    while (append(*streamlet, 0, {.value_bytes = 60'000}).ok()) {
    }
    const Offset next = streamlet->next_offset();
    const std::size_t used_bytes = pool_->used_bytes();
    const Result<Appended> refused = append(*streamlet, 0, {.value_bytes = 60'000});
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::memory_exhausted);
    EXPECT_EQ(refused.error().limit, static_cast<std::int64_t>(pool_->limit_bytes()));
    EXPECT_EQ(streamlet->next_offset(), next);
    EXPECT_EQ(streamlet->readable_head(), next);
    EXPECT_EQ(pool_->used_bytes(), used_bytes);
}

TEST_F(LaneTest, counts_what_it_appended) {
    Streamlet* streamlet = make_streamlet();
    const TestChunk chunk({.records = 4});
    (void)streamlet->lane(LaneId(0)).append(chunk.bytes(), context()).value();
    const StreamletCounters counters = streamlet->counters();
    EXPECT_EQ(counters.appended_bytes, chunk.size());
    EXPECT_EQ(counters.appended_records, 4);
    EXPECT_EQ(counters.appended_chunks, 1);
    EXPECT_EQ(counters.kept_bytes, chunk.size());
    EXPECT_EQ(counters.next_offset, Offset(4));
    EXPECT_EQ(counters.readable_head, Offset(4));
}

class LargeValueTest : public StorageFixture {
  protected:
    LargeValueTest() : StorageFixture(96_MiB) {}
};

TEST_F(LargeValueTest, takes_a_value_of_64_mib_and_reads_it_back) {
    Streamlet* streamlet = make_streamlet();
    (void)append(*streamlet, 0, {}).value();
    const Appended large = append(*streamlet, 0, {.value_bytes = 64U << 20U}).value();
    EXPECT_EQ(large.base_offset, Offset(1));
    (void)append(*streamlet, 0, {}).value();
    SpanList out;
    Cursor cursor;
    EXPECT_EQ(Reader(*streamlet).read(cursor, Offset(1), 1'000, out)->bytes, large.chunk.bytes);
    EXPECT_EQ(base_offsets(out), (std::vector<std::int64_t>{1}));
    EXPECT_EQ(Reader(*streamlet).read(cursor, Offset(2), 1'000, out)->next_offset, Offset(3));
}

TEST_F(LaneTest, keeps_a_streamlet_with_one_chunk_under_80_kib) {
    Streamlet* streamlet = make_streamlet();
    (void)append(*streamlet, 0, {.producer = ProducerId(1)}).value();
    constexpr std::size_t kIndexBytes = 2 * sizeof(IndexEntry);
    constexpr std::size_t kTablesBytes = 1'024;  // groups, one producer, its lane
    EXPECT_LE(pool_->used_bytes() + sizeof(Streamlet) + sizeof(Lane) + sizeof(Group) +
                  sizeof(Segment) + kIndexBytes + kTablesBytes,
              72_KiB);
}

TEST_F(LaneTest, answers_a_retry_with_the_first_offset_and_appends_nothing) {
    Streamlet* streamlet = make_streamlet();
    const TestChunk::Shape shape{.producer = ProducerId(1), .records = 4};
    (void)append(*streamlet, 0, {.records = 2}).value();
    const Appended first = append(*streamlet, 0, shape).value();
    const Appended again = append(*streamlet, 0, shape).value();
    EXPECT_FALSE(first.duplicate);
    EXPECT_TRUE(again.duplicate);
    EXPECT_EQ(again.base_offset, Offset(2));
    EXPECT_EQ(again.record_count, 4u);
    EXPECT_EQ(again.chunk.data, nullptr);
    EXPECT_EQ(streamlet->next_offset(), Offset(6));
}

TEST_F(LaneTest, forgets_idle_producers_and_frees_them_for_other_lanes) {
    Streamlet* streamlet = make_streamlet();
    const ProducerId idle(1);
    ASSERT_EQ(streamlet->lane_of(idle, LaneId(0)), LaneId(0));
    (void)append(*streamlet, 0, {.producer = idle}, context(AckLevel::leader, 100)).value();
    (void)append(*streamlet, 0, {.producer = ProducerId(2)}, context(AckLevel::leader, 900))
        .value();
    Lane& lane = streamlet->lane(LaneId(0));
    EXPECT_EQ(lane.expire_producers(500, streamlet->producer_lanes()), 1u);
    EXPECT_EQ(append(*streamlet, 0, {.producer = idle, .sequence = Sequence(1)}).error(),
              fail(ErrorCode::unknown_producer, "producer_id", 0, 1));
    ASSERT_TRUE(streamlet->add_lane(host()).ok());
    EXPECT_EQ(streamlet->lane_of(idle, LaneId(1)), LaneId(1));
}

TEST_F(LaneTest, keeps_producers_where_they_are_when_lanes_are_added) {
    Streamlet* streamlet = make_streamlet();
    const ProducerId old(1);
    (void)append(*streamlet, streamlet->lane_of(old, LaneId(0)).value(), {.producer = old}).value();
    ASSERT_TRUE(streamlet->add_lane(host()).ok());
    EXPECT_EQ(streamlet->lane_of(old, LaneId(1)), LaneId(0));
    EXPECT_EQ(streamlet->lane_of(ProducerId(2), LaneId(0)), LaneId(1));
}

TEST_F(LaneTest, refuses_more_lanes_than_a_streamlet_can_have) {
    Streamlet* streamlet = make_streamlet(kLanesMax);
    EXPECT_EQ(streamlet->add_lane(host()).error(),
              fail(ErrorCode::limit_exceeded, "lanes", kLanesMax, kLanesMax + 1));
}

TEST_F(LaneTest, refuses_a_leader_that_has_been_replaced) {
    Streamlet* streamlet = make_streamlet();
    streamlet->raise_term(Term(2));
    const Result<Appended> refused = append(*streamlet, 0, {});
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error(), fail(ErrorCode::stale_term, "term", 2, 1));
    streamlet->raise_term(Term(1));
    EXPECT_EQ(streamlet->term(), Term(2));
}

}  // namespace
}  // namespace kera
