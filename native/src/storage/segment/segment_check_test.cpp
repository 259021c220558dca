// What is read back of a segment is believed only when every bit of it is as written.
#include "storage/segment/segment_check.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "storage/testing/segment_sample.hpp"

namespace kera {
namespace {

Result<void> check(const SegmentSample& sample, Bytes data, std::size_t step = 1 << 20) {
    const Segment segment(sample.place, sample.summary, 0, sample.extents);
    SegmentCheck check(segment, sample.extents, data);
    while (!check.done()) {
        KERA_TRY(check.check_more(step));
    }
    return {};
}

TEST(SegmentCheckTest, accepts_what_was_written_in_steps_of_any_size) {
    const SegmentSample sample(9, 200'000);
    for (const std::size_t step : {std::size_t{1}, std::size_t{30'000}, std::size_t{1} << 30U}) {
        EXPECT_TRUE(check(sample, sample.data, step).ok()) << step;
    }
}

TEST(SegmentCheckTest, stops_after_about_as_many_bytes_as_it_was_told) {
    const SegmentSample sample(9, 200'000);
    const Segment segment(sample.place, sample.summary, 0, sample.extents);
    SegmentCheck check(segment, sample.extents, sample.data);
    int steps = 0;
    for (; !check.done(); ++steps) {
        ASSERT_TRUE(check.check_more(1).ok());
    }
    EXPECT_EQ(steps, 9);
}

TEST(SegmentCheckTest, finds_every_flipped_bit) {
    const SegmentSample sample(3, 700);
    std::vector<std::byte> data = sample.data;
    for (std::size_t bit = 0; bit < data.size() * 8; ++bit) {
        const auto mask = static_cast<std::byte>(1U << (bit % 8));
        data[bit / 8] ^= mask;
        EXPECT_FALSE(check(sample, data).ok()) << "bit " << bit;
        data[bit / 8] ^= mask;
    }
}

TEST(SegmentCheckTest, survives_noise_in_any_stretch) {
    const SegmentSample sample(5, 4'000);
    Random random(1);
    for (int round = 0; round < 500; ++round) {
        std::vector<std::byte> data = sample.data;
        const std::size_t from = random.below(data.size());
        const std::size_t bytes = 1 + random.below(data.size() - from);
        for (std::size_t at = from; at < from + bytes; ++at) {
            data[at] = static_cast<std::byte>(random.next());
        }
        if (data != sample.data) {
            EXPECT_FALSE(check(sample, data).ok());
        }
    }
}

TEST(SegmentCheckTest, refuses_intact_chunks_that_are_not_this_segments) {
    const SegmentSample sample(3, 3'000);
    SegmentSample other = sample;
    other.place.segment = SegmentId(2);
    EXPECT_EQ(check(other, sample.data).error().code, ErrorCode::corrupt);
    // As many bytes, chunks and offsets as expected, shifted by one.
    SegmentSample later = sample;
    later.summary.first_offset = later.summary.first_offset + 1;
    EXPECT_EQ(check(later, sample.data).error().code, ErrorCode::corrupt);
    SegmentSample more = sample;
    more.summary.chunk_count += 1;
    EXPECT_EQ(check(more, sample.data).error().code, ErrorCode::corrupt);
    SegmentSample longer = sample;
    longer.summary.end_offset = longer.summary.end_offset + 1;
    EXPECT_EQ(check(longer, sample.data).error().code, ErrorCode::corrupt);
}

TEST(SegmentCheckTest, refuses_an_index_that_leads_into_the_middle_of_a_chunk) {
    SegmentSample sample(9, 600'000);
    ASSERT_GE(sample.summary.index.size(), 2U);
    sample.summary.index[1].position += 8;
    EXPECT_EQ(check(sample, sample.data).error().code, ErrorCode::corrupt);
}

TEST(SegmentCheckTest, accepts_what_is_left_around_a_chunk_that_was_lost) {
    const SegmentSample whole(9, 200'000);
    SegmentSample left = whole;
    left.extents = SegmentExtents();
    std::vector<ChunkView> views;
    std::vector<std::byte> data;
    for (std::size_t at = 0; at < whole.positions.size(); ++at) {
        if (at == 4) {
            continue;
        }
        const ChunkView chunk(whole.data.data() + whole.positions[at]);
        views.push_back(chunk);
        data.insert(data.end(), chunk.bytes().begin(), chunk.bytes().end());
        left.extents.add(left.file, whole.positions[at], whole.positions[at], chunk.chunk_bytes());
    }
    left.summary = summarize(views);
    EXPECT_TRUE(check(left, data).ok());
    // Without knowing that one is missing, they are not where they say.
    SegmentSample unaware = left;
    unaware.extents = SegmentExtents();
    unaware.extents.add(left.file, 0, 0, static_cast<std::uint32_t>(data.size()));
    EXPECT_EQ(check(unaware, data).error().code, ErrorCode::corrupt);
}

}  // namespace
}  // namespace kera
