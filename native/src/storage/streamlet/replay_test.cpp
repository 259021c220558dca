#include "storage/streamlet/replay.hpp"

#include <limits>

#include "storage/testing/found_segments.hpp"
#include "storage/testing/storage_fixture.hpp"

namespace kera {
namespace {

class ReplayTest : public StorageFixture {
  protected:
    static StreamletSettings small_segments() {
        StreamletSettings settings;
        settings.segment_bytes_max = 64_KiB;
        settings.group_segments = 2;
        return settings;
    }

    // Reads from `offset` on; what was found on disk is loaded when it is needed.
    ReadOutcome read(Streamlet& from, Offset offset, std::uint32_t bytes, SpanList& out) {
        for (;;) {
            Cursor cursor;
            ReadOutcome outcome = Reader(from).read(cursor, offset, bytes, out).value();
            if (!outcome.needs_load) {
                return outcome;
            }
            EXPECT_TRUE(found_.load(*outcome.needs_load, memory_));
        }
    }
    // All chunks that `from` holds, read in offset order.
    void read_all(Streamlet& from, SpanList& out) {
        // A read ends before what has to be loaded.
        for (Offset at = from.start_offset(); at < from.next_offset();) {
            at = read(from, at, 1U << 30U, out).next_offset;
        }
        EXPECT_EQ(read(from, from.start_offset(), 1U << 30U, out).next_offset, from.next_offset());
    }

    // Those of which `keep` is true are found again.
    template <class Keep>
    void replay_some(StreamletReplay& replay, const SpanList& chunks, Keep&& keep) {
        found_ = FoundSegments();
        for (const ReadSpan& span : chunks.spans()) {
            for (std::uint32_t at = 0; at < span.bytes;) {
                const ChunkView chunk(span.data + at);
                if (keep(chunk)) {
                    found_.add(chunk);
                }
                at += chunk.chunk_bytes();
            }
        }
        ASSERT_TRUE(found_.replay(replay).ok());
    }
    void replay_all(StreamletReplay& replay, const SpanList& chunks) {
        replay_some(replay, chunks, [](const ChunkView&) { return true; });
    }
    void replay_these(StreamletReplay& replay, const std::vector<const std::byte*>& chunks) {
        found_ = FoundSegments();
        for (const std::byte* chunk : chunks) {
            found_.add(ChunkView(chunk));
        }
        ASSERT_TRUE(found_.replay(replay).ok());
    }

    Segment& segment(Streamlet& streamlet, std::uint16_t lane, std::int32_t group,
                     std::int32_t id) {
        return *streamlet.lane(LaneId(lane)).groups().find(GroupId(group))->find(SegmentId(id));
    }

    FoundSegments found_;
    SpanList before_{256};
    SpanList after_{256};
};

TEST_F(ReplayTest, puts_segments_back_where_they_were) {
    Streamlet* lost = make_streamlet(2, small_segments());
    for (int i = 0; i < 20; ++i) {
        (void)append(*lost, static_cast<std::uint16_t>(i % 2), {.value_bytes = 20'000}).value();
    }
    read_all(*lost, before_);
    Streamlet* found = make_streamlet(2, small_segments());
    StreamletReplay replay(*found);
    replay_all(replay, before_);
    const ReplayReport report = replay.finish();
    EXPECT_EQ(report.next_offset, Offset(20));
    EXPECT_EQ(report.records, 20);
    EXPECT_EQ(report.lost_records, 0);
    read_all(*found, after_);
    EXPECT_EQ(base_offsets(after_), base_offsets(before_));
    EXPECT_EQ(found->counters().kept_bytes, lost->counters().kept_bytes);
}

TEST_F(ReplayTest, refuses_a_group_so_late_that_none_could_follow) {
    Streamlet* found = make_streamlet();
    StreamletReplay replay(*found);
    const GroupId last(std::numeric_limits<std::int32_t>::max());
    const auto refused = replay.add_segment(LaneId(0), last, SegmentId(0), {}, 0, {});
    EXPECT_EQ(refused.error(), Error(ErrorCode::corrupt, "group", 1 << 30, last.value()));
    (void)replay.finish();
    EXPECT_TRUE(append(*found, 0, {}).ok());
}

TEST_F(ReplayTest, goes_on_in_a_new_group) {
    Streamlet* lost = make_streamlet();
    (void)append(*lost, 0, {.records = 2}).value();
    read_all(*lost, before_);
    Streamlet* found = make_streamlet();
    StreamletReplay replay(*found);
    replay_all(replay, before_);
    (void)replay.finish();
    const Appended next = append(*found, 0, {}).value();
    EXPECT_EQ(next.base_offset, Offset(2));
    EXPECT_EQ(next.chunk.group_id, GroupId(1));
    EXPECT_EQ(next.chunk.segment_id, SegmentId(0));
    EXPECT_EQ(next.closed, nullptr);
    read_all(*found, after_);
    EXPECT_EQ(base_offsets(after_), (std::vector<std::int64_t>{0, 2}));
}

TEST_F(ReplayTest, leaves_segments_on_disk_and_reads_them_back_when_asked) {
    Streamlet* lost = make_streamlet(1, small_segments());
    for (int i = 0; i < 3; ++i) {
        (void)append(*lost, 0, {.value_bytes = 50'000}).value();
    }
    read_all(*lost, before_);
    Streamlet* found = make_streamlet(1, small_segments());
    StreamletReplay replay(*found);
    replay_all(replay, before_);
    EXPECT_EQ(replay.finish().next_offset, Offset(3));
    Segment& restored = segment(*found, 0, 0, 0);
    EXPECT_EQ(restored.state(), SegmentState::evicted);
    EXPECT_EQ(restored.stored_bytes(), restored.head_bytes());
    Cursor cursor;
    const ReadOutcome outcome = Reader(*found).read(cursor, Offset(0), 1U << 20U, after_).value();
    EXPECT_EQ(outcome.needs_load.get(), &restored);
    read_all(*found, after_);
    EXPECT_EQ(base_offsets(after_), (std::vector<std::int64_t>{0, 1, 2}));
}

TEST_F(ReplayTest, finds_every_offset_around_groups_whose_files_were_lost) {
    constexpr int kChunks = 36;
    Streamlet* whole = make_streamlet(1, small_segments());
    for (int i = 0; i < kChunks; ++i) {
        (void)append(*whole, 0, {.value_bytes = 50'000}).value();
    }
    read_all(*whole, before_);
    const std::int32_t groups = whole->lane(LaneId(0)).groups().end().value();
    ASSERT_GE(groups, 9);
    for (std::int32_t lost = 1; lost < groups - 1; ++lost) {
        Streamlet* found = make_streamlet(1, small_segments());
        StreamletReplay replay(*found);
        replay_some(replay, before_, [lost](const ChunkView& chunk) {
            return chunk.place().group != GroupId(lost);
        });
        (void)replay.finish();
        read_all(*found, after_);
        const std::vector<std::int64_t> kept = base_offsets(after_);
        for (const std::int64_t offset : kept) {
            const ReadOutcome outcome = read(*found, Offset(offset), 1, after_);
            EXPECT_EQ(base_offsets(after_), (std::vector<std::int64_t>{offset}))
                << "without group " << lost;
            EXPECT_EQ(outcome.next_offset, Offset(offset + 1));
        }
    }
}

TEST_F(ReplayTest, knows_producers_and_their_last_chunks_again) {
    Streamlet* lost = make_streamlet(2);
    const ProducerId producer(9);
    for (int i = 0; i < 7; ++i) {
        (void)append(*lost, 1, {.producer = producer, .sequence = Sequence(i)}).value();
    }
    read_all(*lost, before_);
    Streamlet* found = make_streamlet(2);
    StreamletReplay replay(*found);
    replay_all(replay, before_);
    (void)replay.finish();
    EXPECT_EQ(found->lane_of(producer, LaneId(0)), LaneId(1));
    const Appended again =
        append(*found, 1, {.producer = producer, .sequence = Sequence(4)}).value();
    EXPECT_TRUE(again.duplicate);
    EXPECT_EQ(again.base_offset, Offset(4));
    EXPECT_EQ(append(*found, 1, {.producer = producer, .sequence = Sequence(7)})->base_offset,
              Offset(7));
}

// Groups may be deleted and come back after a power cut, the later one without the earlier one, or
// the other way round.
TEST_F(ReplayTest, knows_what_a_producer_sent_last_whatever_is_left_of_deleted_chunks) {
    Streamlet* lost = make_streamlet();
    const ProducerId producer(9);
    const Appended early =
        append(*lost, 0, {.producer = producer, .sequence = Sequence(0), .records = 2}).value();
    for (const bool comes_back : {false, true}) {
        Streamlet* found = make_streamlet();
        StreamletReplay replay(*found, Offset(6));
        if (comes_back) {
            replay_these(replay, {early.chunk.data});
        }
        (void)replay.finish();
        const std::vector<ProducerState> kept = {
            {producer, 5'000, Offset(4), Sequence(4), 2, ProducerEpoch(0)}};
        EXPECT_EQ(replay.note_producers(LaneId(0), kept), kept);
        const Result<Appended> again =
            append(*found, 0, {.producer = producer, .sequence = Sequence(4), .records = 2});
        ASSERT_TRUE(again.ok()) << describe(again.error());
        EXPECT_TRUE(again->duplicate);
        EXPECT_EQ(again->base_offset, Offset(4));
        EXPECT_EQ(append(*found, 0, {.producer = producer, .sequence = Sequence(6)})->base_offset,
                  Offset(6));
    }
}

TEST_F(ReplayTest, believes_nothing_of_a_chunk_that_was_lost_and_not_deleted) {
    Streamlet* found = make_streamlet();
    StreamletReplay replay(*found, Offset(4));
    (void)replay.finish();
    const ProducerId producer(9);
    const ProducerState deleted{producer, 5'000, Offset(2), Sequence(2), 2, ProducerEpoch(0)};
    const ProducerState lost{producer, 5'000, Offset(4), Sequence(4), 2, ProducerEpoch(0)};
    const std::vector<ProducerState> kept = {deleted, lost};
    EXPECT_EQ(replay.note_producers(LaneId(0), kept), (std::vector<ProducerState>{deleted}));
    const Appended again =
        append(*found, 0, {.producer = producer, .sequence = Sequence(4), .records = 2}).value();
    EXPECT_FALSE(again.duplicate);
    EXPECT_EQ(again.base_offset, Offset(6));
}

TEST_F(ReplayTest, closes_the_hole_that_a_lost_chunk_left_and_readers_step_over_it) {
    Streamlet* lost = make_streamlet(2);
    const Appended kept = append(*lost, 0, {.records = 2}).value();
    (void)append(*lost, 1, {.records = 3}).value();
    const Appended last = append(*lost, 0, {.records = 1}).value();
    Streamlet* found = make_streamlet(2);
    StreamletReplay replay(*found);
    replay_these(replay, {kept.chunk.data, last.chunk.data});
    const ReplayReport report = replay.finish();
    EXPECT_EQ(report.next_offset, Offset(6));
    EXPECT_EQ(report.lost_records, 3);
    read_all(*found, after_);
    EXPECT_EQ(base_offsets(after_), (std::vector<std::int64_t>{0, 5}));
    (void)read(*found, Offset(3), 1U << 20U, after_);
    EXPECT_EQ(base_offsets(after_), (std::vector<std::int64_t>{5}));
}

TEST_F(ReplayTest, misses_nothing_below_the_start) {
    Streamlet* lost = make_streamlet(2);
    (void)append(*lost, 1, {.records = 3}).value();
    const Appended across = append(*lost, 0, {.records = 4}).value();
    Streamlet* found = make_streamlet(2);
    // The other lane's group ended below it, and is gone.
    StreamletReplay replay(*found, Offset(5));
    replay_these(replay, {across.chunk.data});
    const ReplayReport report = replay.finish();
    EXPECT_EQ(report.start_offset, Offset(5));
    EXPECT_EQ(report.next_offset, Offset(7));
    EXPECT_EQ(report.lost_records, 0);
}

TEST_F(ReplayTest, goes_on_at_the_start_when_nothing_is_left) {
    Streamlet* found = make_streamlet();
    StreamletReplay replay(*found, Offset(40));
    const ReplayReport report = replay.finish();
    EXPECT_EQ(report.next_offset, Offset(40));
    EXPECT_EQ(report.lost_records, 0);
    EXPECT_EQ(append(*found, 0, {}).value().base_offset, Offset(40));
}

TEST_F(ReplayTest, bridges_segments_and_groups_whose_files_were_lost) {
    Streamlet* lost = make_streamlet(1, small_segments());
    for (int i = 0; i < 9; ++i) {
        (void)append(*lost, 0, {.value_bytes = 50'000}).value();
    }
    Streamlet* found = make_streamlet(1, small_segments());
    StreamletReplay replay(*found);
    replay_these(replay, {segment(*lost, 0, 0, 1).bytes(), segment(*lost, 0, 3, 1).bytes()});
    const ReplayReport report = replay.finish();
    EXPECT_EQ(report.next_offset, Offset(8));
    EXPECT_EQ(report.lost_records, 6);
    read_all(*found, after_);
    EXPECT_EQ(base_offsets(after_), (std::vector<std::int64_t>{1, 7}));
    for (const std::int64_t offset : {0, 1}) {
        (void)read(*found, Offset(offset), 1, after_);
        EXPECT_EQ(base_offsets(after_), (std::vector<std::int64_t>{1}));
    }
    for (const std::int64_t offset : {2, 5, 7}) {
        (void)read(*found, Offset(offset), 1, after_);
        EXPECT_EQ(base_offsets(after_), (std::vector<std::int64_t>{7}));
    }
}

TEST_F(ReplayTest, refuses_places_that_cannot_be) {
    Streamlet* found = make_streamlet(1, small_segments());
    StreamletReplay replay(*found);
    const auto add = [&](std::uint16_t lane, std::int32_t group, std::int32_t id) {
        return replay.add_segment(LaneId(lane), GroupId(group), SegmentId(id), SegmentSummary{}, 0,
                                  SegmentExtents());
    };
    EXPECT_TRUE(add(0, 4, 1).ok());
    EXPECT_EQ(add(0, 4, 1).error(), fail(ErrorCode::corrupt, "segment", 2, 1));
    EXPECT_EQ(add(0, 3, 0).error(), fail(ErrorCode::corrupt, "group", 4, 3));
    EXPECT_EQ(add(1, 5, 0).error(), fail(ErrorCode::corrupt, "lane", 1, 1));
    EXPECT_EQ(add(0, 5, 2).error(), fail(ErrorCode::corrupt, "segment", 2, 2));
    EXPECT_EQ(add(0, 1 << 30, 0).error(),
              fail(ErrorCode::corrupt, "group", 4 + (1 << 16), 1 << 30));
    (void)replay.finish();
}

}  // namespace
}  // namespace kera
