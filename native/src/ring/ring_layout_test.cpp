#include "ring/ring_layout.hpp"

#include <gtest/gtest.h>

#include "ring/testing/ring_test_memory.hpp"

namespace kera {
namespace {

// The numbers of Agrona's RingBufferDescriptor and RecordDescriptor.
static_assert(kRingTailOffset == 128 && kRingHeadCacheOffset == 256 && kRingHeadOffset == 384);
static_assert(kRingCorrelationOffset == 512 && kRingHeartbeatOffset == 640);
static_assert(kRingTrailerBytes == 768);
static_assert(kRingHeaderBytes == 8 && kRingAlignment == 8 && kRingPaddingType == -1);

TEST(RingLayoutTest, puts_the_trailer_behind_the_data) {
    RingTestMemory memory(1024);
    const RingPlaces places = memory.contiguous();
    EXPECT_EQ(places.data, memory.data());
    EXPECT_EQ(places.data_bytes, 1024);
    EXPECT_EQ(places.tail, memory.data() + 1024 + kRingTailOffset);
    EXPECT_EQ(places.head_cache, memory.data() + 1024 + kRingHeadCacheOffset);
    EXPECT_EQ(places.head, memory.data() + 1024 + kRingHeadOffset);
    EXPECT_EQ(places.correlation, memory.data() + 1024 + kRingCorrelationOffset);
    EXPECT_EQ(places.heartbeat, memory.data() + 1024 + kRingHeartbeatOffset);
}

TEST(RingLayoutTest, takes_the_head_of_a_split_ring_from_elsewhere) {
    RingTestMemory memory(1024);
    const RingPlaces places = memory.split();
    EXPECT_EQ(places.head, reinterpret_cast<std::byte*>(&memory.far_head()));
    EXPECT_EQ(places.tail, memory.data() + 1024 + kRingTailOffset);
}

TEST(RingLayoutTest, refuses_sizes_and_alignments_that_make_no_ring) {
    RingTestMemory memory(1024);
    const std::span<std::byte> buffer = memory.buffer();
    EXPECT_EQ(contiguous_ring(buffer.first(buffer.size() - 8)).error().code,
              ErrorCode::invalid_argument);
    EXPECT_FALSE(contiguous_ring(buffer.first(kRingTrailerBytes)).ok());
    EXPECT_FALSE(contiguous_ring(buffer.first(kRingTrailerBytes + 32)).ok());
    EXPECT_FALSE(contiguous_ring({}).ok());
    EXPECT_STREQ(contiguous_ring(buffer.subspan(4, kRingTrailerBytes + 512)).error().what,
                 "ring_alignment");
    EXPECT_FALSE(split_ring(buffer, nullptr).ok());
    EXPECT_FALSE(split_ring(buffer, buffer.data() + 4).ok());
}

}  // namespace
}  // namespace kera
