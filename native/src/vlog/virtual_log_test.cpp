#include "vlog/virtual_log.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "storage/segment/segment_check.hpp"
#include "vlog/testing/sim_seeds.hpp"
#include "vlog/testing/virtual_log_world.hpp"

namespace kera {
namespace {

class VirtualLogTest : public testing::Test {
  protected:
    VirtualLogTest() { EXPECT_TRUE(world_.start().ok()); }

    void append_many(int count, std::uint32_t bytes = 1000) {
        for (int i = 0; i < count; ++i) {
            world_.append(static_cast<std::uint16_t>(i % 2), bytes);
            world_.step();
        }
    }
    RecoveryResult restart() {
        world_.power_cut();
        Result<RecoveryResult> result = world_.start();
        EXPECT_TRUE(result.ok());
        world_.expect_found();
        return std::move(result).value();
    }
    // Reads a segment back from where it says that its chunks are.
    std::vector<std::byte> read_back(const Segment& segment) {
        std::vector<std::byte> bytes;
        const SegmentExtents extents = segment.extents();
        for (const SegmentExtent& run : extents.runs()) {
            const std::shared_ptr<SimFile> file = world_.media().find(extents.file(run).path());
            const Bytes at = file->bytes().subspan(run.file_at, run.bytes);
            bytes.insert(bytes.end(), at.begin(), at.end());
        }
        return bytes;
    }
    // File and place in it of a segment's first chunk.
    std::pair<std::string, std::uint64_t> place_of_first(const Segment& segment) {
        const SegmentExtents extents = segment.extents();
        const SegmentExtent& run = extents.runs().front();
        return {extents.file(run).path(), run.file_at};
    }
    Segment& segment(std::uint16_t lane, std::int32_t group, std::int32_t id) {
        return *world_.streamlet()
                    .lane(LaneId(lane))
                    .groups()
                    .find(GroupId(group))
                    ->find(SegmentId(id));
    }
    std::size_t journal_files() { return world_.disk().list("journal/0").value().size(); }

    VirtualLogWorld world_{3};
};

TEST_F(VirtualLogTest, segments_know_where_their_chunks_are_and_may_be_evicted) {
    append_many(300);
    world_.settle();
    Segment& closed = segment(0, 0, 0);
    EXPECT_TRUE(closed.is_on_disk());
    EXPECT_FALSE(closed.is_leased());
    EXPECT_TRUE(std::ranges::equal(read_back(closed), Bytes(closed.bytes(), closed.head_bytes())));
    EXPECT_TRUE(closed.try_evict());
    // The open one too, but it stays in memory.
    Segment& open = segment(0, 1, 0);
    EXPECT_FALSE(open.is_on_disk());
    EXPECT_TRUE(std::ranges::equal(read_back(open), Bytes(open.bytes(), open.head_bytes())));
}

TEST_F(VirtualLogTest, a_segment_that_is_closed_before_its_chunks_are_stable_is_evicted_later) {
    world_.append(0, 1000);
    Segment* const closed = world_.streamlet().lane(LaneId(0)).close_group();
    ASSERT_NE(closed, nullptr);
    world_.log().segment_closed(*closed);
    EXPECT_EQ(closed->state(), SegmentState::closed);
    EXPECT_TRUE(closed->is_leased());
    world_.settle();
    EXPECT_TRUE(closed->is_on_disk());
    EXPECT_FALSE(closed->is_leased());
}

TEST_F(VirtualLogTest, a_segment_that_is_closed_after_its_chunks_are_stable_is_evicted_at_once) {
    world_.append(0, 1000);
    world_.settle();
    Segment* const closed = world_.streamlet().lane(LaneId(0)).close_group();
    world_.log().segment_closed(*closed);
    EXPECT_TRUE(closed->is_on_disk());
}

TEST_F(VirtualLogTest, finds_all_segments_again_and_takes_no_memory_for_them) {
    append_many(300);
    world_.settle();
    const std::vector<std::byte> before = read_back(segment(1, 0, 1));
    for (int start = 0; start < 3; ++start) {
        EXPECT_EQ(restart().segments, 6);
        EXPECT_EQ(world_.found().size(), 300U);
        EXPECT_TRUE(world_.problems().empty());
        EXPECT_EQ(segment(1, 0, 1).state(), SegmentState::evicted);
        EXPECT_TRUE(std::ranges::equal(read_back(segment(1, 0, 1)), before));
        EXPECT_EQ(world_.memory().used_bytes(), 0U);
    }
}

TEST_F(VirtualLogTest, writes_each_byte_once) {
    append_many(2'000);
    world_.settle();
    const std::int64_t payload_bytes = world_.streamlet().counters().appended_bytes;
    EXPECT_LT(world_.log().journal().counters().bytes, payload_bytes * 11 / 10);
    for (const std::string& path : world_.media().paths()) {
        EXPECT_TRUE(path.starts_with("journal/") || path.ends_with(".kera")) << path;
    }
}

TEST_F(VirtualLogTest, deleted_groups_stay_deleted_and_their_files_go) {
    append_many(600);
    world_.settle();
    const std::size_t before = journal_files();
    world_.delete_before(Offset(400));
    world_.settle();
    append_many(4);
    world_.settle();
    EXPECT_LT(journal_files(), before);
    restart();
    EXPECT_TRUE(world_.problems().empty());
    // A group is deleted whole, once its last record is.
    EXPECT_GT(world_.streamlet().lane(LaneId(0)).groups().first(), GroupId(0));
    EXPECT_EQ(world_.streamlet().start_offset(), Offset(400));
}

TEST_F(VirtualLogTest, few_files_are_enough_for_what_is_deleted_soon) {
    for (int round = 0; round < 20; ++round) {
        append_many(300);
        world_.settle();
        world_.delete_before(world_.streamlet().next_offset());
    }
    EXPECT_LT(journal_files(), 20U);
}

TEST_F(VirtualLogTest, what_a_failed_sync_has_lost_is_where_its_segments_say) {
    append_many(64);
    world_.settle();
    world_.disk().fail_next(DiskAction::sync, ErrorCode::disk_failed, 3);
    append_many(200);
    world_.settle();
    EXPECT_GT(world_.log().journal().counters().failures, 0);
    Segment& closed = segment(0, 0, 0);
    EXPECT_TRUE(std::ranges::equal(read_back(closed), Bytes(closed.bytes(), closed.head_bytes())));
    restart();
    EXPECT_EQ(world_.found().size(), 264U);
    EXPECT_TRUE(world_.problems().empty());
}

TEST_F(VirtualLogTest, files_of_a_reactor_that_is_no_more_go_when_nothing_in_them_is_needed) {
    append_many(300);
    world_.settle();
    ASSERT_TRUE(world_.start(UINT64_MAX, ReactorId(1)).ok());
    world_.expect_found();
    append_many(10);
    world_.settle();
    EXPECT_GT(world_.disk().list("journal/0").value().size(), 0U);
    ASSERT_TRUE(world_.start(UINT64_MAX, ReactorId(1)).ok());
    world_.expect_found();
    EXPECT_TRUE(world_.problems().empty());
    world_.delete_before(world_.streamlet().next_offset());
    for (int i = 0; i < 100; ++i) {
        world_.step();
    }
    EXPECT_TRUE(world_.disk().list("journal/0").value().empty());
    ASSERT_TRUE(world_.start(UINT64_MAX, ReactorId(1)).ok());
    EXPECT_TRUE(world_.problems().empty());
}

TEST_F(VirtualLogTest, what_is_lost_in_the_middle_of_a_segment_costs_nothing_else) {
    append_many(300);
    world_.settle();
    for (int i = 0; i < 2'000; ++i) {
        world_.step();
    }
    const SegmentExtents extents = segment(0, 0, 0).extents();
    const SegmentExtent& run = extents.runs()[3];
    world_.media().find(extents.file(run).path())->flip_bit(8 * (run.file_at + 500));
    for (int start = 0; start < 2; ++start) {
        world_.power_cut();
        ASSERT_TRUE(world_.start().ok());
        EXPECT_EQ(world_.found().size(), 299U);
        EXPECT_FALSE(world_.problems().empty());
        const Segment& left = segment(0, 0, 0);
        EXPECT_EQ(left.head_bytes(), left.extents().bytes());
        const std::vector<std::byte> bytes = read_back(left);
        SegmentCheck check(left, left.extents(), bytes);
        EXPECT_TRUE(check.check_more(bytes.size()).ok());
    }
}

// A lane that hardly gets anything keeps files of one that gets much.
TEST_F(VirtualLogTest, copies_what_is_needed_of_files_in_which_little_is) {
    for (int round = 0; round < 40; ++round) {
        world_.append(0, 100);
        for (int i = 0; i < 100; ++i) {
            world_.append(1, 1000);
            world_.step();
        }
        world_.settle();
        if (world_.streamlet().next_offset() > Offset(500)) {
            world_.delete_before(world_.streamlet().next_offset() - 400);
        }
    }
    for (const std::int64_t end_ns = world_.clock().now_ns() + kNanosPerSecond;
         world_.clock().now_ns() < end_ns;) {
        world_.step();
    }
    EXPECT_GT(world_.log().cleaner().counters().chunks, 10);
    EXPECT_EQ(world_.log().cleaner().counters().failures, 0);
    const JournalFiles& files = world_.log().journal().files();
    EXPECT_LT(files.kept_bytes(), files.needed_bytes() * 3 / 2 + 400'000);
    Segment& trickle = segment(0, 0, 0);
    ASSERT_EQ(trickle.chunk_count(), 40U);
    EXPECT_TRUE(
        std::ranges::equal(read_back(trickle), Bytes(trickle.bytes(), trickle.head_bytes())));
    const std::vector<std::byte> before = read_back(trickle);
    for (int start = 0; start < 2; ++start) {
        restart();
        EXPECT_TRUE(world_.problems().empty());
        EXPECT_EQ(segment(0, 0, 0).chunk_count(), 40U);
        EXPECT_EQ(read_back(segment(0, 0, 0)), before);
    }
}

TEST_F(VirtualLogTest, does_not_copy_what_is_rotten_and_keeps_its_file) {
    world_.append(0, 1000);
    world_.settle();
    const auto [path, at] = place_of_first(segment(0, 0, 0));
    world_.media().find(path)->flip_bit(8 * (at + 300));
    for (int i = 0; i < 1'000; ++i) {
        world_.append(1, 1000);
        world_.step();
    }
    world_.append(0, 1000);  // its group stays
    world_.settle();
    world_.delete_before(world_.streamlet().next_offset() - 100);
    for (int i = 0; i < 5'000; ++i) {
        world_.step();
    }
    EXPECT_EQ(place_of_first(segment(0, 0, 0)), std::pair(path, at));
    EXPECT_NE(world_.media().find(path), nullptr);
    ASSERT_TRUE(world_.start().ok());
    EXPECT_FALSE(world_.problems().empty());
}

TEST_F(VirtualLogTest, refuses_below_the_watermark_and_recovers_by_itself) {
    world_.options().watch = {.free_bytes_min = 1_MiB, .free_bytes_again = 2_MiB};
    world_.media().set_capacity_bytes(4_MiB);
    ASSERT_TRUE(world_.start().ok());
    EXPECT_TRUE(world_.log().admit(true).ok());
    ASSERT_TRUE(world_.disk().replace_now("ballast", std::vector<std::byte>(3_MiB + 200_KiB)).ok());
    world_.clock().advance_ns(2 * kNanosPerSecond);
    const Result<void> refused = world_.log().admit(false);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::disk_full);
    EXPECT_EQ(refused.error().limit, 1 << 20);
    EXPECT_LT(refused.error().value, 1 << 20);
    // What had been begun is still taken.
    append_many(10);
    world_.settle();
    ASSERT_TRUE(world_.disk().remove_now("ballast").ok());
    world_.clock().advance_ns(2 * kNanosPerSecond);
    EXPECT_TRUE(world_.log().admit(false).ok());
}

TEST_F(VirtualLogTest, refuses_who_wants_the_disk_while_the_journal_fails) {
    world_.disk().fail_next(DiskAction::sync, ErrorCode::disk_failed, 1000);
    world_.append(0, 100);
    world_.log().want_durable();
    for (int i = 0; i < 20; ++i) {
        world_.step();
    }
    EXPECT_EQ(world_.log().admit(true).error().code, ErrorCode::disk_failed);
    EXPECT_TRUE(world_.log().admit(false).ok());
    EXPECT_TRUE(world_.promised().empty());
}

TEST(VirtualLogRotTest, a_rotten_bit_costs_one_chunk_at_most_and_is_reported) {
    int lost = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        SCOPED_TRACE("seed=" + std::to_string(seed));
        VirtualLogWorld world(seed);
        ASSERT_TRUE(world.start().ok());
        for (std::uint16_t i = 0; i < 200; ++i) {
            world.append(i % 2, 1000);
            world.step();
        }
        world.settle();
        for (const std::int64_t end_ns = world.clock().now_ns() + kNanosPerSecond;
             world.clock().now_ns() < end_ns;) {
            world.step();
        }
        std::vector<std::string> paths = world.media().paths();
        std::erase_if(paths, [&world](const std::string& path) {
            return world.media().find(path)->size() == 0;
        });
        const std::string& path = paths[world.random().below(paths.size())];
        const std::shared_ptr<SimFile> file = world.media().find(path);
        file->flip_bit(world.random().below(file->size() * 8));
        ASSERT_TRUE(world.start().ok());
        EXPECT_GE(world.found().size() + 1, 200U) << path;
        if (world.found().size() < 200) {
            EXPECT_FALSE(world.problems().empty()) << path;
            ++lost;
        }
    }
    EXPECT_GT(lost, 0);
}

void live_for_a_while(VirtualLogWorld& world) {
    if (world.random().chance(0.4)) {
        world.disk().faults() = {.write_error = 0.02, .sync_error = 0.05, .other_error = 0.05};
    }
    const std::uint64_t steps = world.random().below(800);
    for (std::uint64_t i = 0; i < steps && !testing::Test::HasFailure(); ++i) {
        const std::uint64_t what = world.random().below(8);
        if (what < 4 && world.log().admit(false).ok()) {
            world.append(static_cast<std::uint16_t>(what % 2),
                         static_cast<std::uint32_t>(world.random().below(4000)));
        } else if (what == 4) {
            world.log().want_durable();
        } else if (what == 5 && world.random().chance(0.02) && !world.promised().empty()) {
            const std::int64_t last = world.promised().rbegin()->value();
            world.delete_before(Offset(world.random().between(0, last)));
        } else {
            world.step();
        }
    }
}

TEST(VirtualLogCrashTest, what_was_promised_is_found_and_nothing_else) {
    for (std::uint64_t seed = 1; seed <= sim_seeds() && !testing::Test::HasFailure(); ++seed) {
        SCOPED_TRACE("seed=" + std::to_string(seed));
        VirtualLogWorld world(seed);
        ASSERT_TRUE(world.start().ok());
        for (int life = 0; life < 4 && !testing::Test::HasFailure(); ++life) {
            SCOPED_TRACE("life=" + std::to_string(life));
            live_for_a_while(world);
            world.power_cut();
            for (int tries = 0; tries < 3 && world.random().chance(0.3); ++tries) {
                if (world.start(world.random().below(4)).ok()) {
                    world.expect_found();
                }
                world.power_cut();
            }
            ASSERT_TRUE(world.start().ok());
            world.expect_found();
            world.forget_lost();
            for (const RecoveryProblem& problem : world.problems()) {
                ASSERT_EQ(problem.fault, RecoveryFault::torn_journal)
                    << problem.path << " position=" << problem.position
                    << " bytes=" << problem.bytes << " " << describe(problem.error);
            }
        }
    }
}

}  // namespace
}  // namespace kera
