#include "storage/read/cursor.hpp"

#include "base/random.hpp"
#include "storage/testing/storage_fixture.hpp"

namespace kera {
namespace {

class CursorTest : public StorageFixture {
  protected:
    using Offsets = std::vector<std::int64_t>;

    void SetUp() override {
        settings_.segment_bytes_max = 64_KiB;
        settings_.group_segments = 2;
        streamlet_ = make_streamlet(1, settings_);
        for (int i = 0; i < 12; ++i) {
            (void)append(*streamlet_, 0, {.records = 2, .value_bytes = 10'000}).value();
        }
    }

    Offsets read_from(Cursor cursor, std::int64_t from) {
        SpanList out;
        (void)Reader(*streamlet_).read(cursor, Offset(from), 1, out).value();
        return base_offsets(out);
    }

    StreamletSettings settings_;
    Streamlet* streamlet_ = nullptr;
};

TEST_F(CursorTest, travels_over_the_wire_and_reads_on) {
    WireCursor wire;
    SpanList out;
    Offset next(0);
    Offsets seen;
    while (next < streamlet_->readable_head()) {
        Cursor cursor(wire);
        next = Reader(*streamlet_).read(cursor, next, 30'000, out)->next_offset;
        const Offsets here = base_offsets(out);
        seen.insert(seen.end(), here.begin(), here.end());
        wire = cursor.to_wire();
        EXPECT_TRUE(wire.known());
    }
    EXPECT_EQ(seen, (Offsets{0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22}));
}

TEST_F(CursorTest, waits_at_the_head_over_the_wire) {
    SpanList out;
    Cursor cursor;
    (void)Reader(*streamlet_).read(cursor, Offset(22), 1U << 20U, out).value();
    Cursor again(cursor.to_wire());
    EXPECT_EQ(Reader(*streamlet_).read(again, Offset(24), 1'000, out)->bytes, 0u);
    (void)append(*streamlet_, 0, {}).value();
    Cursor later(cursor.to_wire());
    EXPECT_EQ(Reader(*streamlet_).read(later, Offset(24), 1'000, out)->next_offset, Offset(25));
}

TEST_F(CursorTest, is_looked_up_when_it_does_not_fit_the_offset) {
    SpanList out;
    Cursor cursor;
    (void)Reader(*streamlet_).read(cursor, Offset(0), 1, out).value();
    EXPECT_EQ(read_from(Cursor(cursor.to_wire()), 9), (Offsets{8}));
    EXPECT_EQ(read_from(cursor, 15), (Offsets{14}));
    EXPECT_EQ(read_from(cursor, 2), (Offsets{2}));
}

TEST_F(CursorTest, changes_no_answer_whatever_a_peer_makes_up) {
    Random random(3);
    for (int i = 0; i < 5'000; ++i) {
        const WireCursor wire{
            .lane = static_cast<std::int32_t>(random.between(-1, 1)),
            .group = static_cast<std::int32_t>(random.between(-1, 3)),
            .segment = static_cast<std::int32_t>(random.between(-1, 3)),
            .position = static_cast<std::int32_t>(
                random.chance(0.5) ? random.between(-8, 70'000) : random.between(0, 8'000) * 8)};
        const std::int64_t from = random.between(0, 23);
        ASSERT_EQ(read_from(Cursor(wire), from), (Offsets{from / 2 * 2})) << i;
    }
}

TEST_F(CursorTest, is_looked_up_again_when_its_group_was_dropped) {
    SpanList out;
    Cursor cursor;
    (void)Reader(*streamlet_).read(cursor, Offset(0), 1, out).value();
    out.clear();
    std::vector<GroupInfo> groups;
    streamlet_->groups(groups);
    const Offset start = groups.at(1).first_offset;
    streamlet_->raise_start(start);
    ASSERT_EQ(streamlet_->lane(LaneId(0)).drop_below(start), 1U);
    EXPECT_EQ(Reader(*streamlet_).read(cursor, Offset(2), 1, out).error().code,
              ErrorCode::offset_out_of_range);
    EXPECT_EQ(read_from(cursor, start.value()), (Offsets{start.value()}));
}

TEST_F(CursorTest, learns_of_lanes_that_were_added) {
    SpanList out;
    Cursor cursor;
    (void)Reader(*streamlet_).read(cursor, Offset(0), 1U << 20U, out).value();
    ASSERT_TRUE(streamlet_->add_lane(host()).ok());
    (void)append(*streamlet_, 1, {}).value();
    (void)append(*streamlet_, 0, {}).value();
    (void)append(*streamlet_, 1, {}).value();
    (void)Reader(*streamlet_).read(cursor, Offset(24), 1U << 20U, out).value();
    EXPECT_EQ(base_offsets(out), (Offsets{24, 25, 26}));
    EXPECT_FALSE(cursor.to_wire().known());
    // The offsets before the lane was added are found as well.
    Cursor fresh;
    (void)Reader(*streamlet_).read(fresh, Offset(22), 1U << 20U, out).value();
    EXPECT_EQ(base_offsets(out), (Offsets{22, 24, 25, 26}));
}

}  // namespace
}  // namespace kera
