// Segments as recovery finds them in log files, for tests: put together from chunks, given to a
// replay, and read back when somebody asks. One thread; copies the chunks. Outlives the segments.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "storage/segment/segment_memory.hpp"
#include "storage/streamlet/replay.hpp"

namespace kera {

class FoundSegments {
  public:
    // REQUIRES: of each segment in the order of their append.
    void add(const ChunkView& chunk) {
        const ChunkPlace place = chunk.place();
        const Bytes bytes = chunk.bytes();
        segments_[{place.lane, place.group, place.segment}].emplace_back(bytes.begin(),
                                                                         bytes.end());
    }

    Result<void> replay(StreamletReplay& replay) {
        for (const auto& [key, chunks] : segments_) {
            std::vector<ChunkView> views;
            SegmentExtents extents;
            std::uint64_t file_at = 0;
            for (const std::vector<std::byte>& chunk : chunks) {
                views.emplace_back(chunk.data());
                const ChunkView& view = views.back();
                extents.add(file_, file_at, static_cast<std::uint32_t>(view.place().position),
                            view.chunk_bytes());
                file_at += view.chunk_bytes();
                KERA_TRY(replay.note_chunk(view));
            }
            const auto& [lane, group, segment] = key;
            KERA_TRY(replay.add_segment(lane, group, segment, summarize(views),
                                        views.front().append_time_ms(), std::move(extents)));
        }
        return {};
    }

    // False when there is no memory for it.
    bool load(Segment& segment, SegmentMemory& memory) {
        Result<SegmentBlock> block = memory.claim_to_load(segment.head_bytes());
        if (!block.ok()) {
            return false;
        }
        EXPECT_TRUE(segment.begin_load());
        std::byte* to = block->data();
        const SegmentPlace& place = segment.place();
        for (const std::vector<std::byte>& chunk :
             segments_.at({place.lane, place.group, place.segment})) {
            to = std::copy(chunk.begin(), chunk.end(), to);
        }
        memory.loaded(segment, std::move(block).value());
        return true;
    }

    bool empty() const noexcept { return segments_.empty(); }

  private:
    using Key = std::tuple<LaneId, GroupId, SegmentId>;

    std::shared_ptr<LogFile> file_ =
        std::make_shared<LogFile>("journal/0/0.journal", std::make_shared<EmptiedFiles>(0));
    std::map<Key, std::vector<std::vector<std::byte>>> segments_;
};

}  // namespace kera
