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
    const RingLayout layout = memory.layout();
    EXPECT_EQ(layout.data, memory.data());
    EXPECT_EQ(layout.data_bytes, 1024);
    EXPECT_EQ(layout.tail, memory.data() + 1024 + kRingTailOffset);
    EXPECT_EQ(layout.head_cache, memory.data() + 1024 + kRingHeadCacheOffset);
    EXPECT_EQ(layout.head, memory.data() + 1024 + kRingHeadOffset);
    EXPECT_EQ(layout.correlation, memory.data() + 1024 + kRingCorrelationOffset);
    EXPECT_EQ(layout.heartbeat, memory.data() + 1024 + kRingHeartbeatOffset);
}

TEST(RingLayoutTest, refuses_sizes_and_alignments_that_make_no_ring) {
    RingTestMemory memory(1024);
    const std::span<std::byte> buffer = memory.buffer();
    EXPECT_EQ(RingLayout::over(buffer.first(buffer.size() - 8)).error().code,
              ErrorCode::invalid_argument);
    EXPECT_FALSE(RingLayout::over(buffer.first(kRingTrailerBytes)).ok());
    EXPECT_FALSE(RingLayout::over(buffer.first(kRingTrailerBytes + 32)).ok());
    EXPECT_FALSE(RingLayout::over({}).ok());
    EXPECT_STREQ(RingLayout::over(buffer.subspan(4, kRingTrailerBytes + 512)).error().what,
                 "ring_alignment");
}

}  // namespace
}  // namespace kera
