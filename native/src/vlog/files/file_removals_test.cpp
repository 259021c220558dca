#include "vlog/files/file_removals.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/random.hpp"
#include "disk/sim_disk.hpp"

namespace kera {
namespace {

constexpr int kFiles = 3 * static_cast<int>(FileRemovals::kInFlightMax) + 5;

class FileRemovalsTest : public testing::Test {
  protected:
    FileRemovalsTest() {
        for (int at = 0; at < kFiles; ++at) {
            EXPECT_TRUE(disk_.replace_now(path(at), {}).ok());
        }
    }

    static std::string path(int at) { return "files/" + std::to_string(at); }
    std::size_t files() { return disk_.list("files")->size(); }

    void remove_all() {
        for (int at = 0; at < kFiles; ++at) {
            removals_.add(path(at));
            most_in_flight_ = std::max(most_in_flight_, disk_.in_flight());
        }
        while (!removals_.finished()) {
            ASSERT_GT(disk_.in_flight(), 0U) << "the rest waits for nothing";
            clock_.advance_ns(
                std::max<std::int64_t>(disk_.next_deadline_ns() - clock_.now_ns(), 0));
            disk_.poll();
            most_in_flight_ = std::max(most_in_flight_, disk_.in_flight());
        }
    }

    ManualClock clock_;
    Random random_{1};
    SimMedia media_;
    SimDisk disk_{media_, clock_, random_};
    FileRemovals removals_{disk_};
    std::size_t most_in_flight_ = 0;
};

TEST_F(FileRemovalsTest, removes_all_and_never_more_than_the_bound_at_a_time) {
    EXPECT_TRUE(removals_.finished());
    remove_all();
    EXPECT_EQ(files(), 0U);
    EXPECT_EQ(most_in_flight_, FileRemovals::kInFlightMax);
}

TEST_F(FileRemovalsTest, goes_on_behind_those_that_cannot_be_removed) {
    constexpr int kFailing = 20;
    disk_.fail_next(DiskAction::remove, ErrorCode::disk_failed, kFailing);
    remove_all();
    EXPECT_EQ(files(), std::size_t{kFailing});
    EXPECT_LE(most_in_flight_, FileRemovals::kInFlightMax);
}

}  // namespace
}  // namespace kera
