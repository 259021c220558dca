#include "storage/segment/segment_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/random.hpp"
#include "storage/testing/segment_file_sample.hpp"

namespace kera {
namespace {

class SegmentFileTest : public testing::Test, public SegmentChunkSink {
  protected:
    void on_chunk(const ChunkView& chunk) override {
        positions_.push_back(static_cast<std::uint32_t>(chunk.place().position));
    }

    SegmentFileContent check(Bytes file) {
        positions_.clear();
        Result<SegmentFileContent> content = check_segment_file(file, sample_.place, *this);
        EXPECT_TRUE(content.ok());
        return std::move(content).value();
    }

    SegmentFileSample sample_{20, 200'000};
    std::vector<std::byte> closed_ = sample_.closed_file();
    std::vector<std::byte> open_ = sample_.open_file();
    std::vector<std::uint32_t> positions_;
};

TEST_F(SegmentFileTest, finds_all_of_a_closed_segment) {
    const SegmentFileContent content = check(closed_);
    EXPECT_TRUE(content.complete());
    EXPECT_EQ(positions_, sample_.positions);
    EXPECT_EQ(content.facts.term, Term(3));
    EXPECT_EQ(content.summary.data_bytes, sample_.data.size());
    EXPECT_EQ(content.summary.chunk_count, 20U);
    EXPECT_EQ(content.summary.first_offset, sample_.summary.first_offset);
    EXPECT_EQ(content.summary.end_offset, sample_.summary.end_offset);
    EXPECT_EQ(content.summary.max_timestamp_ms, sample_.summary.max_timestamp_ms);
    ASSERT_EQ(content.summary.index.size(), sample_.summary.index.size());
    EXPECT_GT(content.summary.index.size(), 1U);
    EXPECT_EQ(content.summary.index.back().position, sample_.summary.index.back().position);
}

TEST_F(SegmentFileTest, reads_an_open_checkpoint_as_far_as_its_chunks_go) {
    open_.resize(open_.size() + 4096);
    SegmentFileContent content = check(open_);
    EXPECT_FALSE(content.complete());
    EXPECT_TRUE(content.gaps.empty());
    EXPECT_EQ(positions_, sample_.positions);
    content = check(Bytes(open_).first(kSegmentFileHeaderBytes + sample_.positions[7] + 100));
    EXPECT_TRUE(content.gaps.empty());
    EXPECT_EQ(content.summary.chunk_count, 7U);
    EXPECT_EQ(content.summary.data_bytes, sample_.positions[7]);
}

TEST_F(SegmentFileTest, any_truncation_of_a_closed_file_is_noticed) {
    for (std::size_t bytes = 0; bytes < closed_.size(); bytes += 1 + bytes / 50) {
        const SegmentFileContent content = check(Bytes(closed_).first(bytes));
        EXPECT_FALSE(content.complete()) << bytes;
        EXPECT_TRUE(std::equal(positions_.begin(), positions_.end(), sample_.positions.begin()));
    }
}

TEST_F(SegmentFileTest, a_flipped_bit_loses_one_chunk_at_most) {
    Random random(7);
    for (int i = 0; i < 300; ++i) {
        const std::uint64_t bit = random.below(closed_.size() * 8);
        const auto mask = static_cast<std::byte>(1U << (bit % 8));
        closed_[bit / 8] ^= mask;
        const SegmentFileContent content = check(closed_);
        closed_[bit / 8] ^= mask;
        EXPECT_FALSE(content.complete()) << bit;
        EXPECT_GE(positions_.size(), sample_.positions.size() - 1);
        EXPECT_LE(content.gaps.size(), 1U);
        const bool in_data = bit / 8 >= kSegmentFileHeaderBytes &&
                             bit / 8 < kSegmentFileHeaderBytes + sample_.data.size();
        if (in_data) {
            ASSERT_EQ(content.gaps.size(), 1U);
            const std::uint64_t place = bit / 8 - kSegmentFileHeaderBytes;
            EXPECT_LE(content.gaps[0].position, place);
            EXPECT_GT(content.gaps[0].position + content.gaps[0].bytes, place);
        }
    }
}

TEST_F(SegmentFileTest, refuses_a_file_of_another_segment) {
    SegmentPlace other = sample_.place;
    other.segment = SegmentId(99);
    const Result<SegmentFileContent> content = check_segment_file(closed_, other, *this);
    ASSERT_FALSE(content.ok());
    EXPECT_EQ(content.error().code, ErrorCode::corrupt);
}

TEST_F(SegmentFileTest, a_chunk_of_another_place_is_a_gap) {
    // The second chunk is overwritten with the first one: intact, but not where it says it is.
    std::copy_n(closed_.begin() + kSegmentFileHeaderBytes, sample_.positions[1],
                closed_.begin() + kSegmentFileHeaderBytes + sample_.positions[1]);
    const SegmentFileContent content = check(closed_);
    ASSERT_FALSE(content.gaps.empty());
    EXPECT_EQ(content.gaps[0].position, sample_.positions[1]);
    EXPECT_FALSE(std::ranges::binary_search(positions_, sample_.positions[1]));
}

TEST_F(SegmentFileTest, salvages_chunks_under_a_rotten_header) {
    closed_[20] ^= std::byte{1};
    const SegmentFileContent content = check(closed_);
    ASSERT_TRUE(content.header_error.has_value());
    EXPECT_EQ(content.header_error->code, ErrorCode::bad_checksum);
    EXPECT_EQ(positions_, sample_.positions);
    EXPECT_FALSE(content.complete());
}

TEST_F(SegmentFileTest, a_footer_that_counts_otherwise_is_refused) {
    SegmentSummary lie = sample_.summary;
    lie.record_count += 1;
    const std::vector<std::byte> tail = encode_segment_file_tail(lie, 0);
    std::copy(tail.begin(), tail.end(),
              closed_.begin() + kSegmentFileHeaderBytes +
                  static_cast<std::ptrdiff_t>(sample_.data.size()));
    const SegmentFileContent content = check(closed_);
    ASSERT_TRUE(content.footer_error.has_value());
    EXPECT_EQ(content.footer_error->code, ErrorCode::corrupt);
    EXPECT_EQ(positions_, sample_.positions);
}

TEST(SegmentFileNameTest, names_and_parses_paths) {
    const SegmentPlace place{StreamId(7), StreamletId(2), LaneId(3), GroupId(40), SegmentId(1)};
    EXPECT_EQ(segment_file_path(place), "streams/7/2/3-40-1.seg");
    const auto parsed = parse_segment_file_name(StreamId(7), StreamletId(2), "3-40-1.seg");
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(segment_file_path(*parsed), segment_file_path(place));
    for (const char* name : {"", "3-40.seg", "3-40-1", "3-40-1.seg.aside", "-3-40-1.seg",
                             "70000-1-1.seg", "a-b-c.seg", "3--1-1.seg"}) {
        EXPECT_FALSE(parse_segment_file_name(StreamId(7), StreamletId(2), name)) << name;
    }
}

}  // namespace
}  // namespace kera
