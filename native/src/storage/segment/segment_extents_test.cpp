#include "storage/segment/segment_extents.hpp"

#include <gtest/gtest.h>

#include <map>
#include <utility>

#include "base/random.hpp"

namespace kera {
namespace {

class SegmentExtentsTest : public testing::Test {
  protected:
    std::shared_ptr<LogFile> make(const char* path) {
        return std::make_shared<LogFile>(path, emptied_);
    }

    std::shared_ptr<EmptiedFiles> emptied_ = std::make_shared<EmptiedFiles>(0);
    std::shared_ptr<LogFile> first_ = make("first");
    std::shared_ptr<LogFile> second_ = make("second");
};

TEST_F(SegmentExtentsTest, joins_what_follows_in_segment_and_file) {
    SegmentExtents extents;
    extents.add(first_, 1'000, 0, 64);
    extents.add(first_, 1'064, 64, 64);
    extents.add(first_, 2'000, 128, 64);
    extents.add(second_, 2'064, 192, 64);
    ASSERT_EQ(extents.runs().size(), 3U);
    EXPECT_EQ(extents.runs()[0].bytes, 128U);
    EXPECT_EQ(extents.bytes(), 256U);
    EXPECT_EQ(&extents.file(extents.runs()[2]), second_.get());
    EXPECT_TRUE(extents.is_at(*first_, 1'064, 64));
    EXPECT_FALSE(extents.is_at(*second_, 1'064, 64));
    EXPECT_FALSE(extents.is_at(*first_, 1'064, 128));
    EXPECT_FALSE(extents.is_at(*first_, 1'000, 400));
}

TEST_F(SegmentExtentsTest, needs_its_files_as_long_as_any_copy_lives) {
    {
        SegmentExtents extents;
        extents.add(first_, 1'000, 0, 64);
        SegmentExtents copy(extents);
        EXPECT_EQ(first_->needed_bytes(), 128);
        extents = SegmentExtents();
        EXPECT_EQ(first_->needed_bytes(), 64);
        EXPECT_EQ(emptied_->load(), 0U);
        const SegmentExtents moved(std::move(copy));
        EXPECT_EQ(first_->needed_bytes(), 64);
    }
    EXPECT_EQ(first_->needed_bytes(), 0);
    EXPECT_EQ(emptied_->load(), 1U);
}

TEST_F(SegmentExtentsTest, a_chunk_moves_out_of_the_middle_of_a_run) {
    SegmentExtents extents;
    extents.add(first_, 1'000, 0, 192);
    EXPECT_FALSE(extents.move(*second_, 1'064, second_, 50, 64, 64));
    ASSERT_TRUE(extents.move(*first_, 1'064, second_, 50, 64, 64));
    ASSERT_EQ(extents.runs().size(), 3U);
    EXPECT_TRUE(extents.is_at(*first_, 1'000, 0));
    EXPECT_TRUE(extents.is_at(*second_, 50, 64));
    EXPECT_TRUE(extents.is_at(*first_, 1'128, 128));
    EXPECT_FALSE(extents.move(*first_, 1'064, second_, 50, 64, 64));
    EXPECT_EQ(first_->needed_bytes(), 128);
    EXPECT_EQ(second_->needed_bytes(), 64);
    ASSERT_TRUE(extents.move(*first_, 1'000, second_, 500, 0, 64));
    ASSERT_TRUE(extents.move(*first_, 1'128, second_, 114, 128, 64));
    EXPECT_EQ(emptied_->load(), 1U);
    // Those that follow each other again are one run.
    EXPECT_EQ(extents.runs().size(), 2U);
    EXPECT_EQ(extents.bytes(), 192U);
}

// Chunks of one size, moved between files at random, against a map of where each one is.
TEST_F(SegmentExtentsTest, knows_where_each_chunk_is_after_any_moves) {
    constexpr std::uint32_t kBytes = 64;
    constexpr std::uint32_t kChunks = 40;
    Random random(5);
    const std::shared_ptr<LogFile> files[] = {first_, second_, make("third")};
    SegmentExtents extents;
    std::map<std::uint32_t, std::pair<std::size_t, std::uint64_t>> where;
    std::uint64_t end = 0;
    for (std::uint32_t at = 0; at < kChunks; ++at) {
        end += kBytes * random.below(2);
        extents.add(first_, end, at * kBytes, kBytes);
        where[at * kBytes] = {0, end};
        end += kBytes;
    }
    for (int step = 0; step < 2'000; ++step) {
        const auto position = static_cast<std::uint32_t>(random.below(kChunks)) * kBytes;
        const std::size_t to = random.below(3);
        end += kBytes * random.below(3);
        const auto [from, from_at] = where[position];
        ASSERT_TRUE(extents.move(*files[from], from_at, files[to], end, position, kBytes));
        where[position] = {to, end};
        std::int64_t needed[3] = {};
        for (const auto& [chunk, place] : where) {
            ASSERT_TRUE(extents.is_at(*files[place.first], place.second, chunk));
            needed[place.first] += kBytes;
        }
        for (std::size_t file = 0; file < 3; ++file) {
            ASSERT_EQ(files[file]->needed_bytes(), needed[file]);
        }
        std::uint32_t bytes = 0;
        for (const SegmentExtent& run : extents.runs()) {
            bytes += run.bytes;
        }
        ASSERT_EQ(bytes, kChunks * kBytes);
    }
}

}  // namespace
}  // namespace kera
