// A segment's bytes and its files, made up for tests and fuzzing: chunks of varying size, sealed
// and placed. One thread. Invariant: `summary` is what the chunks in `data` add up to.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "storage/segment/segment_file.hpp"
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

struct SegmentFileSample {
    SegmentPlace place{StreamId(7), StreamletId(2), LaneId(3), GroupId(40), SegmentId(1)};
    std::vector<std::byte> data;
    std::vector<std::uint32_t> positions;
    SegmentSummary summary;

    SegmentFileSample(std::uint32_t chunks, std::uint32_t bytes) {
        SegmentIndex index(bytes * 2);
        summary.first_offset = Offset(100);
        summary.end_offset = summary.first_offset;
        for (std::uint32_t i = 0; i < chunks; ++i) {
            const auto at = static_cast<std::uint32_t>(data.size());
            positions.push_back(at);
            index.note({summary.end_offset, summary.max_timestamp_ms, at});
            append_sample_chunk(data, place, summary.end_offset, bytes / chunks + i * 8);
            const ChunkView chunk(data.data() + at);
            summary.end_offset = chunk.end_offset();
            summary.max_timestamp_ms = std::max(summary.max_timestamp_ms, chunk.max_timestamp_ms());
            summary.record_count += chunk.record_count();
            summary.chunk_count += 1;
        }
        summary.data_bytes = static_cast<std::uint32_t>(data.size());
        summary.index.assign(index.entries().begin(), index.entries().end());
    }

    std::vector<std::byte> closed_file() const {
        std::vector<std::byte> file = with_header(summary, true);
        SegmentDataCrc data_crc;
        data_crc.add(data);
        const std::vector<std::byte> tail = encode_segment_file_tail(summary, data_crc.value());
        file.insert(file.end(), tail.begin(), tail.end());
        return file;
    }

    std::vector<std::byte> open_file() const { return with_header(SegmentSummary(), false); }

  private:
    std::vector<std::byte> with_header(const SegmentSummary& known, bool closed) const {
        SegmentFileFacts facts;
        facts.term = Term(3);
        facts.closed = closed;
        facts.capacity_bytes = 1U << 20U;
        const SegmentFileHeaderBlock header = encode_segment_file_header(place, known, facts);
        std::vector<std::byte> file(header.begin(), header.end());
        file.insert(file.end(), data.begin(), data.end());
        return file;
    }
};

}  // namespace kera
