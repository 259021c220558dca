#include "storage/segment/segment_summary.hpp"

#include <algorithm>

namespace kera {

SegmentSummary summarize(std::span<const ChunkView> chunks) {
    SegmentSummary summary;
    std::uint32_t bytes = 0;
    for (const ChunkView& chunk : chunks) {
        bytes += chunk.chunk_bytes();
    }
    SegmentIndex index(bytes);
    for (const ChunkView& chunk : chunks) {
        if (summary.chunk_count == 0) {
            summary.first_offset = chunk.base_offset();
        }
        index.note({chunk.base_offset(), summary.max_timestamp_ms, summary.data_bytes});
        summary.data_bytes += chunk.chunk_bytes();
        summary.chunk_count += 1;
        summary.record_count += chunk.record_count();
        summary.end_offset = chunk.end_offset();
        summary.max_timestamp_ms = std::max(summary.max_timestamp_ms, chunk.max_timestamp_ms());
    }
    const std::span<const IndexEntry> entries = index.entries();
    summary.index.assign(entries.begin(), entries.end());
    return summary;
}

}  // namespace kera
