#include "vlog/recovery/recovered_file.hpp"

#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "disk/sim_disk.hpp"
#include "storage/testing/storage_fixture.hpp"

namespace kera {
namespace {

class RecoveredFileTest : public testing::Test {
  protected:
    // As it lies in a segment; the position is what the chunk says of itself.
    static std::vector<std::byte> chunk_at(const SegmentPlace& place, std::int32_t position) {
        const TestChunk made({.records = 2, .stream = place.stream, .streamlet = place.streamlet});
        std::vector<std::byte> bytes(made.bytes().begin(), made.bytes().end());
        write_place(bytes.data(), {.term = Term(1),
                                   .base_offset = Offset(0),
                                   .append_time_ms = 1'000,
                                   .takes_append_time = false,
                                   .lane = place.lane,
                                   .group = place.group,
                                   .segment = place.segment,
                                   .position = position});
        return bytes;
    }

    ManualClock clock_;
    Random random_{1};
    SimMedia media_;
    SimDisk disk_{media_, clock_, random_};
    SegmentPlace place_{StreamId(1), StreamletId(0), LaneId(0), GroupId(0), SegmentId(0)};
};

TEST_F(RecoveredFileTest, writes_chunks_that_follow_each_other) {
    const std::vector<std::byte> chunk = chunk_at(place_, 0);
    RecoveredFile file(place_, static_cast<std::uint32_t>(chunk.size()));
    file.add(ChunkView(chunk.data()));
    EXPECT_TRUE(file.write(disk_).ok());
}

TEST_F(RecoveredFileTest, refuses_a_chunk_that_says_it_lies_elsewhere) {
    SegmentPlace other = place_;
    other.segment = SegmentId(7);
    for (const std::vector<std::byte>& chunk : {chunk_at(place_, 640), chunk_at(other, 0)}) {
        RecoveredFile file(place_, static_cast<std::uint32_t>(chunk.size()));
        file.add(ChunkView(chunk.data()));
        EXPECT_EQ(file.write(disk_).error().code, ErrorCode::corrupt);
    }
}

}  // namespace
}  // namespace kera
