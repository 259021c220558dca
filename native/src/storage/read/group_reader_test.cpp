// Whole groups read by themselves: to their end, from the middle, and from positions that peers
// make up. One thread. Groups of two segments, two chunks in each.
#include "storage/testing/storage_fixture.hpp"

namespace kera {
namespace {

class GroupReaderTest : public StorageFixture {
  protected:
    using Offsets = std::vector<std::int64_t>;

    void SetUp() override {
        StreamletSettings settings;
        settings.segment_bytes_max = 64_KiB;
        settings.group_segments = 2;
        streamlet_ = make_streamlet(2, settings);
    }

    void fill(int chunks, std::uint16_t lane, AckLevel ack_level = AckLevel::leader) {
        for (int i = 0; i < chunks; ++i) {
            (void)append(*streamlet_, lane, {.value_bytes = 30'000}, context(ack_level)).value();
        }
    }

    static GroupPosition start_of(std::uint16_t lane, std::int32_t group) {
        return {LaneId(lane), LanePosition{.group = GroupId(group)}};
    }

    Streamlet* streamlet_ = nullptr;
    SpanList out_;
};

TEST_F(GroupReaderTest, reads_a_closed_group_to_its_end) {
    fill(1, 1);
    fill(6, 0);
    GroupPosition at = start_of(0, 0);
    const ReadOutcome outcome = Reader(*streamlet_).read_group(at, 1U << 20U, out_).value();
    EXPECT_EQ(base_offsets(out_), (Offsets{1, 2, 3, 4}));
    EXPECT_TRUE(outcome.end_of_group);
    EXPECT_EQ(outcome.next_offset, Offset(5));
}

TEST_F(GroupReaderTest, goes_on_from_where_it_stood) {
    fill(5, 0);
    GroupPosition at = start_of(0, 0);
    Offsets seen;
    bool ended = false;
    for (int reads = 0; reads < 5 && !ended; ++reads) {
        ended = Reader(*streamlet_).read_group(at, 1, out_)->end_of_group;
        const Offsets here = base_offsets(out_);
        seen.insert(seen.end(), here.begin(), here.end());
    }
    EXPECT_EQ(seen, (Offsets{0, 1, 2, 3}));
    EXPECT_TRUE(ended);
}

TEST_F(GroupReaderTest, waits_at_the_head_of_an_open_group) {
    fill(1, 0);
    GroupPosition at = start_of(0, 0);
    (void)Reader(*streamlet_).read_group(at, 1U << 20U, out_).value();
    EXPECT_EQ(base_offsets(out_), (Offsets{0}));
    ReadOutcome outcome = Reader(*streamlet_).read_group(at, 1U << 20U, out_).value();
    EXPECT_EQ(outcome.bytes, 0u);
    EXPECT_FALSE(outcome.end_of_group);
    fill(1, 0, AckLevel::disk);
    EXPECT_EQ(Reader(*streamlet_).read_group(at, 1U << 20U, out_)->bytes, 0u);
    streamlet_->lane(LaneId(0)).mark_durable(Offset(1));
    (void)Reader(*streamlet_).read_group(at, 1U << 20U, out_).value();
    EXPECT_EQ(base_offsets(out_), (Offsets{1}));
}

TEST_F(GroupReaderTest, skips_what_was_deleted_at_the_start_of_a_group) {
    fill(5, 0);
    streamlet_->raise_start(Offset(3));
    GroupPosition at = start_of(0, 0);
    (void)Reader(*streamlet_).read_group(at, 1U << 20U, out_).value();
    EXPECT_EQ(base_offsets(out_), (Offsets{3}));
}

TEST_F(GroupReaderTest, refuses_positions_that_a_peer_made_up) {
    fill(5, 0);
    const auto refusal = [&](std::uint16_t lane, std::int32_t group, std::int32_t segment,
                             std::uint32_t position) {
        GroupPosition at{LaneId(lane), LanePosition{.group = GroupId(group),
                                                    .segment = SegmentId(segment),
                                                    .position = position}};
        const Result<ReadOutcome> outcome = Reader(*streamlet_).read_group(at, 1'000, out_);
        return outcome.ok() ? ErrorCode::ok : outcome.error().code;
    };
    EXPECT_EQ(refusal(2, 0, 0, 0), ErrorCode::invalid_argument);
    EXPECT_EQ(refusal(0, 2, 0, 0), ErrorCode::offset_out_of_range);
    EXPECT_EQ(refusal(0, -1, 0, 0), ErrorCode::offset_out_of_range);
    EXPECT_EQ(refusal(0, 0, -1, 0), ErrorCode::offset_out_of_range);
    EXPECT_EQ(refusal(0, 0, 5, 8), ErrorCode::invalid_argument);
    EXPECT_EQ(refusal(0, 0, 0, 8), ErrorCode::invalid_argument);
    EXPECT_EQ(refusal(0, 0, 0, 7), ErrorCode::invalid_argument);
    EXPECT_EQ(refusal(0, 0, 0, 0xFFFFFFF8U), ErrorCode::invalid_argument);
    EXPECT_EQ(refusal(0, 0, 0, 0), ErrorCode::ok);
}

TEST_F(GroupReaderTest, lists_the_groups_of_all_lanes) {
    fill(5, 0);
    fill(1, 1);
    std::vector<GroupInfo> groups;
    streamlet_->groups(groups);
    ASSERT_EQ(groups.size(), 3u);
    EXPECT_EQ(groups[0].lane, LaneId(0));
    EXPECT_EQ(groups[0].state, GroupState::closed);
    EXPECT_EQ(groups[0].record_count, 4);
    EXPECT_EQ(groups[1].first_offset, Offset(4));
    EXPECT_EQ(groups[2].lane, LaneId(1));
    EXPECT_EQ(groups[2].group, GroupId(0));
    EXPECT_EQ(groups[2].end_offset, Offset(6));
}

}  // namespace
}  // namespace kera
