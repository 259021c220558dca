// A segment's bytes, made up for tests: chunks of varying size, sealed and placed. One thread.
// Invariant: `summary` is what the chunks in `data` add up to; `extents` say where a file has them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.hpp"
#include "storage/segment/segment.hpp"
#include "wire/chunk/chunk_builder.hpp"

namespace kera {

// Appends one placed chunk of about `value_bytes` to `data`.
inline void append_sample_chunk(std::vector<std::byte>& data, const SegmentPlace& place,
                                Offset base_offset, std::uint32_t value_bytes) {
    std::vector<std::byte> room(align_up(std::size_t{value_bytes} + 512, 64));
    ChunkBuilder builder(room);
    constexpr std::int64_t kTimestampMs = 1'000'000;
    std::byte* value = builder.add(value_bytes, kTimestampMs + base_offset.value());
    std::fill_n(value, value_bytes, static_cast<std::byte>(base_offset.value() * 7 + 1));
    ChunkIdentity identity;
    identity.stream = place.stream;
    identity.streamlet = place.streamlet;
    const MutableBytes chunk = builder.seal(identity);
    ChunkPlace chunk_place;
    chunk_place.term = Term(3);
    chunk_place.base_offset = base_offset;
    chunk_place.lane = place.lane;
    chunk_place.group = place.group;
    chunk_place.segment = place.segment;
    chunk_place.position = static_cast<std::int32_t>(data.size());
    write_place(chunk.data(), chunk_place);
    data.insert(data.end(), chunk.begin(), chunk.end());
}

struct SegmentSample {
    SegmentPlace place{StreamId(7), StreamletId(2), LaneId(3), GroupId(40), SegmentId(1)};
    std::vector<std::byte> data;
    std::vector<std::uint32_t> positions;
    SegmentSummary summary;
    std::shared_ptr<LogFile> file =
        std::make_shared<LogFile>("journal/0/0.journal", std::make_shared<EmptiedFiles>(0));
    SegmentExtents extents;

    SegmentSample(std::uint32_t chunks, std::uint32_t bytes) {
        Offset next(100);
        for (std::uint32_t i = 0; i < chunks; ++i) {
            positions.push_back(static_cast<std::uint32_t>(data.size()));
            append_sample_chunk(data, place, next, bytes / chunks + i * 8);
            next = ChunkView(data.data() + positions.back()).end_offset();
        }
        std::vector<ChunkView> views;
        for (const std::uint32_t position : positions) {
            views.emplace_back(data.data() + position);
            extents.add(file, position, position, views.back().chunk_bytes());
        }
        summary = summarize(views);
    }
};

}  // namespace kera
