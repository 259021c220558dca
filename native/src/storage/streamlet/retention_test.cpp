#include "storage/streamlet/retention.hpp"

#include "storage/testing/storage_fixture.hpp"

namespace kera {
namespace {

// Groups of two segments, each of which holds one chunk.
class RetentionTest : public StorageFixture {
  protected:
    Streamlet* make(std::uint16_t lanes, const Retention& retention) {
        StreamletSettings settings;
        settings.segment_bytes_max = 64_KiB;
        settings.group_segments = 2;
        settings.retention = retention;
        return make_streamlet(lanes, settings);
    }

    Offset put(Streamlet& streamlet, std::uint16_t lane, std::int64_t timestamp_ms) {
        return append(streamlet, lane, {.value_bytes = 50'000, .timestamp_ms = timestamp_ms})
            ->base_offset;
    }

    void retain(Streamlet& streamlet, std::int64_t now_ms) {
        for (std::uint16_t lane = 0; lane < streamlet.lane_count(); ++lane) {
            (void)close_expired_group(streamlet, streamlet.lane(LaneId(lane)), now_ms);
        }
        const Offset start = streamlet.raise_start(retained_from(streamlet, now_ms));
        for (std::uint16_t lane = 0; lane < streamlet.lane_count(); ++lane) {
            dropped_ += streamlet.lane(LaneId(lane)).drop_below(start);
        }
        (void)reclaimer_.reclaim();
    }

    std::size_t dropped_ = 0;
};

TEST_F(RetentionTest, keeps_everything_without_limits) {
    Streamlet* streamlet = make(1, {});
    for (int i = 0; i < 6; ++i) {
        (void)put(*streamlet, 0, 1);
    }
    retain(*streamlet, 1'000'000'000);
    EXPECT_EQ(streamlet->start_offset(), Offset(0));
    EXPECT_EQ(dropped_, 0U);
}

TEST_F(RetentionTest, drops_whole_groups_that_are_too_old) {
    Streamlet* streamlet = make(1, {.age_ms_max = 1'000});
    for (const std::int64_t timestamp_ms : {100, 200, 300, 400, 5'000, 5'100}) {
        (void)put(*streamlet, 0, timestamp_ms);
    }
    const std::int64_t all_bytes = streamlet->counters().kept_bytes;
    retain(*streamlet, 1'200);
    EXPECT_EQ(streamlet->start_offset(), Offset(0));
    retain(*streamlet, 1'201);
    EXPECT_EQ(streamlet->start_offset(), Offset(2));
    retain(*streamlet, 6'000);
    EXPECT_EQ(streamlet->start_offset(), Offset(4));
    ASSERT_EQ(dropped_, 2U);
    EXPECT_EQ(streamlet->lane(LaneId(0)).groups().first(), GroupId(2));
    EXPECT_EQ(streamlet->counters().kept_bytes, all_bytes / 3);
}

TEST_F(RetentionTest, drops_an_open_group_that_fell_silent) {
    Streamlet* streamlet = make(1, {.age_ms_max = 1'000});
    (void)put(*streamlet, 0, 100);
    retain(*streamlet, 5'000);
    EXPECT_EQ(streamlet->start_offset(), Offset(1));
    EXPECT_EQ(pool_->used_bytes(), 0u);
    EXPECT_EQ(put(*streamlet, 0, 6'000), Offset(1));
    std::vector<GroupInfo> groups;
    streamlet->groups(groups);
    ASSERT_EQ(groups.size(), 1u);
    EXPECT_EQ(groups[0].group, GroupId(1));
}

TEST_F(RetentionTest, never_drops_a_young_record_of_one_lane_for_an_old_one_of_another) {
    Streamlet* streamlet = make(2, {.age_ms_max = 1'000});
    (void)put(*streamlet, 1, 9'000);
    for (int i = 0; i < 4; ++i) {
        (void)put(*streamlet, 0, 100);
    }
    retain(*streamlet, 9'500);
    EXPECT_EQ(streamlet->start_offset(), Offset(0));
    retain(*streamlet, 10'001);
    EXPECT_EQ(streamlet->start_offset(), Offset(5));
    EXPECT_EQ(streamlet->counters().kept_bytes, 0);
}

TEST_F(RetentionTest, keeps_at_least_the_size_that_was_asked_for) {
    Streamlet* streamlet = make(1, {.bytes_max = 150'000});
    for (int i = 0; i < 7; ++i) {
        (void)put(*streamlet, 0, 1);
    }
    retain(*streamlet, 0);
    EXPECT_EQ(streamlet->start_offset(), Offset(4));
    EXPECT_GE(streamlet->counters().kept_bytes, 150'000);
    (void)put(*streamlet, 0, 1);
    (void)put(*streamlet, 0, 1);
    retain(*streamlet, 0);
    EXPECT_EQ(streamlet->start_offset(), Offset(6));
}

TEST_F(RetentionTest, keeps_little_more_than_the_size_that_was_asked_for) {
    StreamletSettings settings;
    settings.retention = {.bytes_max = 4'000'000};
    Streamlet* streamlet = make_streamlet(1, settings);
    for (int i = 0; i < 400; ++i) {
        (void)put(*streamlet, 0, 1);
        retain(*streamlet, 2);
        ASSERT_LT(streamlet->counters().kept_bytes, 6'000'000) << i;
    }
    EXPECT_GE(streamlet->counters().kept_bytes, 4'000'000);
}

TEST_F(RetentionTest, drops_the_oldest_groups_of_all_lanes_for_size) {
    Streamlet* streamlet = make(2, {.bytes_max = 200'000});
    for (int i = 0; i < 10; ++i) {
        (void)put(*streamlet, static_cast<std::uint16_t>(i % 2), 1);
    }
    retain(*streamlet, 0);
    EXPECT_EQ(streamlet->start_offset(), Offset(4));
    EXPECT_EQ(dropped_, 2U);
    EXPECT_GE(streamlet->counters().kept_bytes, 200'000);
    SpanList out;
    Cursor cursor;
    (void)Reader(*streamlet).read(cursor, Offset(4), 1U << 30U, out).value();
    EXPECT_EQ(base_offsets(out), (std::vector<std::int64_t>{4, 5, 6, 7, 8, 9}));
}

TEST_F(RetentionTest, drops_a_silent_lanes_open_group_when_others_outgrow_the_size) {
    Streamlet* streamlet = make(2, {.bytes_max = 100'000});
    (void)put(*streamlet, 1, 1);
    for (int i = 0; i < 6; ++i) {
        (void)put(*streamlet, 0, 1);
    }
    retain(*streamlet, 0);
    EXPECT_EQ(streamlet->start_offset(), Offset(5));
    EXPECT_TRUE(streamlet->lane(LaneId(1)).groups().empty());
}

TEST_F(RetentionTest, follows_limits_that_are_altered) {
    Streamlet* streamlet = make(1, {});
    for (int i = 0; i < 5; ++i) {
        (void)put(*streamlet, 0, 100);
    }
    streamlet->set_retention({.age_ms_max = 10});
    retain(*streamlet, 1'000);
    EXPECT_EQ(streamlet->start_offset(), Offset(5));
}

TEST_F(RetentionTest, deletes_before_an_offset_but_never_what_is_not_readable) {
    Streamlet* streamlet = make(1, {});
    for (int i = 0; i < 3; ++i) {
        (void)put(*streamlet, 0, 100);
    }
    (void)append(*streamlet, 0, {}, context(AckLevel::disk)).value();
    EXPECT_EQ(streamlet->raise_start(Offset(1)), Offset(1));
    EXPECT_EQ(streamlet->raise_start(Offset(0)), Offset(1));
    EXPECT_EQ(streamlet->raise_start(Offset(100)), Offset(3));
    EXPECT_EQ(streamlet->lane(LaneId(0)).drop_below(Offset(3)), 1U);
    streamlet->lane(LaneId(0)).mark_durable(Offset(3));
    SpanList out;
    Cursor cursor;
    EXPECT_EQ(Reader(*streamlet).read(cursor, Offset(3), 1'000, out)->next_offset, Offset(4));
}

TEST_F(RetentionTest, frees_a_dropped_group_only_when_no_reader_holds_it) {
    Streamlet* streamlet = make(1, {});
    (void)put(*streamlet, 0, 100);
    SpanList out;
    Cursor cursor;
    (void)Reader(*streamlet).read(cursor, Offset(0), 1U << 20U, out).value();
    const int reader = grace_.join();
    streamlet->raise_start(Offset(1));
    EXPECT_EQ(streamlet->lane(LaneId(0)).drop_below(Offset(1)), 1U);
    grace_.pass(reader);
    EXPECT_EQ(reclaimer_.reclaim(), 0u);
    EXPECT_EQ(base_offsets(out), (std::vector<std::int64_t>{0}));
    out.clear();
    EXPECT_EQ(reclaimer_.reclaim(), 1u);
    EXPECT_EQ(pool_->used_bytes(), 0u);
    grace_.leave(reader);
}

TEST_F(RetentionTest, frees_all_memory_of_a_deleted_streamlet) {
    (void)make(2, {});
    std::unique_ptr<Streamlet> streamlet = std::move(streamlets_.back());
    streamlets_.pop_back();
    for (int i = 0; i < 9; ++i) {
        (void)append(*streamlet, static_cast<std::uint16_t>(i % 2), {.value_bytes = 50'000},
                     context(i > 6 ? AckLevel::disk : AckLevel::leader))
            .value();
    }
    const int reader = grace_.join();
    streamlet->mark_deleted();
    Lane& first = streamlet->lane(LaneId(0));
    Lane& second = streamlet->lane(LaneId(1));
    Streamlet& deleted = *streamlet;
    reclaimer_.retire(std::move(streamlet));
    grace_.pass(reader);
    EXPECT_EQ(reclaimer_.reclaim(), 0u);
    first.drop_all();
    EXPECT_FALSE(deleted.released());
    second.drop_all();
    EXPECT_TRUE(deleted.released());
    grace_.pass(reader);
    while (reclaimer_.reclaim() > 0) {
    }
    EXPECT_EQ(reclaimer_.waiting(), 0u);
    EXPECT_EQ(pool_->used_bytes(), 0u);
    grace_.leave(reader);
}

}  // namespace
}  // namespace kera
