#include "storage/read/reader.hpp"

#include "storage/testing/storage_fixture.hpp"

namespace kera {
namespace {

class ReaderTest : public StorageFixture {
  protected:
    using Offsets = std::vector<std::int64_t>;

    SpanList out_;
    Cursor cursor_;
};

TEST_F(ReaderTest, reads_a_lane_as_one_span) {
    Streamlet* streamlet = make_streamlet();
    for (int i = 0; i < 3; ++i) {
        (void)append(*streamlet, 0, {.records = 2}).value();
    }
    const ReadOutcome outcome =
        Reader(*streamlet).read(cursor_, Offset(0), 1U << 20U, out_).value();
    EXPECT_EQ(base_offsets(out_), (Offsets{0, 2, 4}));
    EXPECT_EQ(out_.spans().size(), 1u);
    EXPECT_EQ(outcome.next_offset, Offset(6));
    EXPECT_EQ(outcome.bytes, out_.spans()[0].bytes);
}

TEST_F(ReaderTest, starts_with_the_chunk_that_holds_the_offset) {
    Streamlet* streamlet = make_streamlet();
    for (int i = 0; i < 3; ++i) {
        (void)append(*streamlet, 0, {.records = 4}).value();
    }
    (void)Reader(*streamlet).read(cursor_, Offset(6), 1U << 20U, out_).value();
    EXPECT_EQ(base_offsets(out_), (Offsets{4, 8}));
}

TEST_F(ReaderTest, gives_one_whole_chunk_even_when_it_is_larger_than_asked) {
    Streamlet* streamlet = make_streamlet();
    (void)append(*streamlet, 0, {.value_bytes = 10'000}).value();
    (void)append(*streamlet, 0, {.value_bytes = 10'000}).value();
    const ReadOutcome outcome = Reader(*streamlet).read(cursor_, Offset(0), 1, out_).value();
    EXPECT_EQ(base_offsets(out_), (Offsets{0}));
    EXPECT_EQ(outcome.next_offset, Offset(1));
}

TEST_F(ReaderTest, waits_at_the_head_and_goes_on_from_its_cursor) {
    Streamlet* streamlet = make_streamlet();
    (void)append(*streamlet, 0, {}).value();
    EXPECT_EQ(Reader(*streamlet).read(cursor_, Offset(0), 1'000, out_)->next_offset, Offset(1));
    EXPECT_EQ(Reader(*streamlet).read(cursor_, Offset(1), 1'000, out_)->bytes, 0u);
    (void)append(*streamlet, 0, {}).value();
    (void)Reader(*streamlet).read(cursor_, Offset(1), 1'000, out_).value();
    EXPECT_EQ(base_offsets(out_), (Offsets{1}));
}

TEST_F(ReaderTest, merges_lanes_in_offset_order) {
    Streamlet* streamlet = make_streamlet(3);
    const Offsets lanes{0, 0, 2, 1, 2, 2, 0, 1};
    for (const std::int64_t lane : lanes) {
        (void)append(*streamlet, static_cast<std::uint16_t>(lane), {}).value();
    }
    const ReadOutcome outcome =
        Reader(*streamlet).read(cursor_, Offset(0), 1U << 20U, out_).value();
    EXPECT_EQ(base_offsets(out_), (Offsets{0, 1, 2, 3, 4, 5, 6, 7}));
    EXPECT_EQ(out_.spans().size(), 6u);
    EXPECT_EQ(outcome.next_offset, Offset(8));
}

TEST_F(ReaderTest, never_shows_a_chunk_that_waits_for_the_disk_nor_one_behind_it) {
    Streamlet* streamlet = make_streamlet(2);
    (void)append(*streamlet, 0, {}).value();
    (void)append(*streamlet, 0, {}, context(AckLevel::disk)).value();
    (void)append(*streamlet, 0, {}).value();
    (void)append(*streamlet, 1, {}).value();
    EXPECT_EQ(streamlet->readable_head(), Offset(1));
    (void)Reader(*streamlet).read(cursor_, Offset(0), 1U << 20U, out_).value();
    EXPECT_EQ(base_offsets(out_), (Offsets{0}));
    streamlet->lane(LaneId(0)).mark_durable(Offset(1));
    EXPECT_EQ(streamlet->readable_head(), Offset(4));
    (void)Reader(*streamlet).read(cursor_, Offset(1), 1U << 20U, out_).value();
    EXPECT_EQ(base_offsets(out_), (Offsets{1, 2, 3}));
}

TEST_F(ReaderTest, crosses_segments_and_groups) {
    StreamletSettings settings;
    settings.segment_bytes_max = 64_KiB;
    settings.group_segments = 2;
    Streamlet* streamlet = make_streamlet(1, settings);
    Offsets all;
    for (int i = 0; i < 9; ++i) {
        all.push_back(append(*streamlet, 0, {.value_bytes = 50'000})->base_offset.value());
    }
    (void)Reader(*streamlet).read(cursor_, Offset(0), 1U << 30U, out_).value();
    EXPECT_EQ(base_offsets(out_), all);
    EXPECT_EQ(out_.spans().size(), 9u);
}

TEST_F(ReaderTest, refuses_offsets_out_of_range) {
    Streamlet* streamlet = make_streamlet();
    (void)append(*streamlet, 0, {.records = 5}).value();
    EXPECT_EQ(streamlet->raise_start(Offset(2)), Offset(2));
    EXPECT_EQ(Reader(*streamlet).read(cursor_, Offset(1), 1'000, out_).error(),
              fail(ErrorCode::offset_out_of_range, "offset_before_start", 2, 1));
    EXPECT_EQ(Reader(*streamlet).read(cursor_, Offset(6), 1'000, out_).error(),
              fail(ErrorCode::offset_out_of_range, "offset_after_end", 5, 6));
    EXPECT_EQ(Reader(*streamlet).read(cursor_, Offset(5), 1'000, out_)->bytes, 0u);
}

}  // namespace
}  // namespace kera
