#include "vlog/virtual_log.hpp"

#include <gtest/gtest.h>

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
    std::vector<std::string> segment_files() {
        std::vector<std::string> files;
        for (const std::string& path : world_.media().paths()) {
            if (path.ends_with(".seg")) {
                files.push_back(path);
            }
        }
        return files;
    }

    VirtualLogWorld world_{3};
};

TEST_F(VirtualLogTest, writes_closed_segments_and_finds_them_without_their_journal) {
    append_many(300);
    world_.settle();
    EXPECT_EQ(world_.log().segments().counters().segments_flushed, 4);
    EXPECT_EQ(segment_files().size(), 4U);
    const RecoveryResult result = restart();
    EXPECT_EQ(result.segments_found, 4);
    EXPECT_EQ(result.segments_replayed, 2);
    EXPECT_EQ(world_.found().size(), 300U);
    EXPECT_TRUE(world_.problems().empty());
}

TEST_F(VirtualLogTest, what_is_flushed_may_be_evicted_once_the_journal_is_done_with_it) {
    append_many(300);
    world_.settle();
    world_.log().poll();
    Segment* segment =
        world_.streamlet().lane(LaneId(0)).groups().find(GroupId(0))->find(SegmentId(0));
    EXPECT_TRUE(segment->is_on_disk());
    EXPECT_FALSE(segment->is_leased());
    EXPECT_TRUE(segment->try_evict());
}

TEST_F(VirtualLogTest, checkpoints_open_segments_so_that_the_journal_can_be_cut) {
    world_.append(0, 100);
    for (int i = 0; i < 2000; ++i) {
        world_.append(1, 1000);
        world_.step();
    }
    world_.settle();
    EXPECT_GT(world_.log().segments().counters().checkpoints, 0);
    EXPECT_LT(world_.log().journal().next_position() - *world_.log().segments().low_position(),
              512 * 1024);
    std::uint64_t journal_bytes = 0;
    const std::vector<FolderEntry> files = world_.disk().list("journal/0").value();
    for (const FolderEntry& file : files) {
        journal_bytes += file.bytes;
    }
    EXPECT_LT(journal_bytes, 1_MiB);
    const RecoveryResult result = restart();
    EXPECT_EQ(world_.found().size(), 2001U);
    EXPECT_GT(result.segments_found, 20);
    EXPECT_TRUE(world_.problems().empty());
}

TEST_F(VirtualLogTest, a_checkpointed_segment_is_closed_in_place) {
    world_.options().journal_bytes_max = 16_KiB;
    ASSERT_TRUE(world_.start().ok());
    append_many(400, 500);
    world_.settle();
    EXPECT_GT(world_.log().segments().counters().checkpoints, 0);
    EXPECT_GT(world_.log().segments().counters().segments_flushed, 0);
    const RecoveryResult result = restart();
    EXPECT_EQ(result.segments_found, static_cast<std::int64_t>(segment_files().size()) - 2);
    EXPECT_EQ(world_.found().size(), 400U);
}

TEST_F(VirtualLogTest, journals_of_before_go_when_all_they_held_is_in_files) {
    append_many(100);
    world_.settle();
    restart();
    EXPECT_EQ(world_.log().recovered_left(), 2);
    world_.settle();
    EXPECT_EQ(world_.log().recovered_left(), 0);
    append_many(10);
    world_.settle();
    EXPECT_EQ(world_.media().find("journal/0/0.journal"), nullptr);
    const RecoveryResult result = restart();
    EXPECT_EQ(result.segments_found, 2);
    EXPECT_EQ(world_.found().size(), 110U);
    EXPECT_TRUE(world_.problems().empty());
}

TEST_F(VirtualLogTest, a_group_of_which_nothing_can_be_read_is_reported) {
    append_many(100);
    world_.settle();
    restart();
    world_.settle();
    append_many(10);
    world_.settle();
    const std::shared_ptr<SimFile> file = world_.media().find(segment_files().front());
    file->spoil(kSegmentFileHeaderBytes, file->size());
    world_.power_cut();
    ASSERT_TRUE(world_.start().ok());
    EXPECT_EQ(world_.found().size(), 60U);
    EXPECT_FALSE(world_.problems().empty());
}

TEST_F(VirtualLogTest, what_memory_has_no_room_for_goes_to_its_files_at_once) {
    append_many(300);
    world_.settle();
    world_.set_full(true);
    const RecoveryResult result = restart();
    EXPECT_EQ(result.segments_written, 2);
    EXPECT_EQ(result.segments_found, 6);
    EXPECT_EQ(result.segments_replayed, 0);
    EXPECT_EQ(world_.found().size(), 300U);
    EXPECT_EQ(world_.log().recovered_left(), 0);
    world_.step();
    EXPECT_EQ(world_.media().find("journal/0/0.journal"), nullptr);
    EXPECT_EQ(restart().segments_found, 6);
    EXPECT_EQ(world_.found().size(), 300U);
}

TEST_F(VirtualLogTest, what_neither_memory_nor_disk_has_room_for_is_tried_in_memory) {
    append_many(100);
    world_.settle();
    world_.power_cut();
    world_.set_full(true);
    world_.media().set_capacity_bytes(1);
    Result<RecoveryResult> result = world_.start();
    ASSERT_TRUE(result.ok());
    world_.expect_found();
    EXPECT_EQ(result->segments_written, 0);
    EXPECT_EQ(result->segments_replayed, 2);
}

TEST_F(VirtualLogTest, deleted_groups_stay_deleted) {
    append_many(600);
    world_.settle();
    const std::size_t before = segment_files().size();
    world_.delete_before(Offset(400));
    world_.settle();
    EXPECT_LT(segment_files().size(), before);
    restart();
    EXPECT_TRUE(world_.problems().empty());
    world_.settle();
    // A group is deleted whole, once its last record is.
    EXPECT_GT(world_.streamlet().lane(LaneId(0)).groups().first(), GroupId(0));
    EXPECT_EQ(world_.streamlet().start_offset(), Offset(400));
}

TEST_F(VirtualLogTest, what_is_deleted_soon_never_gets_a_file) {
    world_.options().journal_bytes_max = 4_MiB;
    ASSERT_TRUE(world_.start().ok());
    for (int round = 0; round < 20; ++round) {
        append_many(300);
        world_.delete_before(world_.streamlet().next_offset());
    }
    EXPECT_EQ(world_.log().segments().counters().segments_flushed, 0);
    EXPECT_TRUE(segment_files().empty());
}

TEST_F(VirtualLogTest, closed_segments_go_to_their_files_when_nothing_is_appended) {
    world_.options().journal_bytes_max = 64_MiB;
    ASSERT_TRUE(world_.start().ok());
    append_many(300);
    EXPECT_EQ(world_.log().segments().waiting(), 4U);
    const std::int64_t until_ns = world_.clock().now_ns() + 3 * kNanosPerSecond;
    while (world_.clock().now_ns() < until_ns) {
        world_.step();
    }
    EXPECT_EQ(world_.log().segments().counters().segments_flushed, 4);
    EXPECT_TRUE(world_.log().segments().finished());
}

TEST_F(VirtualLogTest, closed_segments_go_to_their_files_when_memory_fills_up) {
    world_.options().journal_bytes_max = 64_MiB;
    ASSERT_TRUE(world_.start().ok());
    append_many(14'000);
    EXPECT_GT(world_.log().segments().counters().segments_flushed, 0);
}

TEST_F(VirtualLogTest, a_deleted_stream_is_written_no_further) {
    world_.options().journal_bytes_max = 64_MiB;
    ASSERT_TRUE(world_.start().ok());
    append_many(300);
    world_.log().want_all();
    while (world_.log().segments().idle()) {
        world_.step();
    }
    EXPECT_TRUE(world_.log().segments().has_queue());
    world_.log().stream_dropped(VirtualLogWorld::kStream);
    ASSERT_TRUE(world_.disk().remove_tree_now(stream_folder(VirtualLogWorld::kStream)).ok());
    world_.settle();
    EXPECT_EQ(world_.log().segments().counters().segments_flushed, 0);
    EXPECT_EQ(world_.log().segments().counters().failures, 0);
    EXPECT_TRUE(segment_files().empty());
}

TEST_F(VirtualLogTest, a_failed_segment_write_is_begun_again_in_another_file) {
    append_many(64);
    world_.settle();
    world_.disk().fail_next(DiskAction::sync, ErrorCode::disk_failed, 3);
    append_many(200);
    world_.settle();
    EXPECT_GT(
        world_.log().segments().counters().failures + world_.log().journal().counters().failures,
        2);
    EXPECT_FALSE(world_.log().segments().fault().has_value());
    restart();
    EXPECT_EQ(world_.found().size(), 264U);
    EXPECT_TRUE(world_.problems().empty());
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
            world.set_full(world.random().chance(0.3));
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
