// The file of a segment: header, chunks as they are in memory, index entries, footer; and its path.
// Any thread; borrows the bytes it is given. Nothing in a file is believed before its checksums
// agree. Invariant: every chunk that a SegmentChunkSink gets has passed both of its checksums and
// is where its header says.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "storage/segment/segment.hpp"
#include "wire/chunk/chunk.hpp"
#include "wire/file/segment_layout.hpp"

namespace kera {

// `streams/<stream>/<streamlet>/<lane>-<group>-<segment>.seg`, relative to the data folder.
std::string stream_folder(StreamId stream);
std::string streamlet_folder(StreamId stream, StreamletId streamlet);
std::string segment_file_path(const SegmentPlace& place);
// None when `name` is not the name of a segment file.
std::optional<SegmentPlace> parse_segment_file_name(StreamId stream, StreamletId streamlet,
                                                    std::string_view name);

// What a file's header says in addition to the segment's summary.
struct SegmentFileFacts {
    Term term;
    bool closed = false;
    bool group_last = false;
    std::uint32_t capacity_bytes = 0;
    std::int64_t created_ms = 0;
};

// The footer's checksum over the data, made of the chunks' own CRCs and base offsets: those cover
// the rest.
class SegmentDataCrc {
  public:
    // REQUIRES: whole chunks that follow those added before.
    void add(Bytes chunks) noexcept;
    void add(const ChunkView& chunk) noexcept;
    std::uint32_t value() const noexcept { return crc32c_; }

  private:
    std::uint32_t crc32c_ = 0;
};

using SegmentFileHeaderBlock = std::array<std::byte, kSegmentFileHeaderBytes>;
SegmentFileHeaderBlock encode_segment_file_header(const SegmentPlace& place,
                                                  const SegmentSummary& summary,
                                                  const SegmentFileFacts& facts);
// Index entries and footer: what follows the data of a closed segment.
std::vector<std::byte> encode_segment_file_tail(const SegmentSummary& summary,
                                                std::uint32_t data_crc32c);

class SegmentChunkSink {
  public:
    virtual ~SegmentChunkSink() = default;
    virtual void on_chunk(const ChunkView& chunk) = 0;
};

// Bytes of a segment that no intact chunk covers.
struct SegmentGap {
    std::uint32_t position = 0;
    std::uint32_t bytes = 0;
    // Of the chunk that should have been there.
    Error error;
};

// A chunk of which only the leader's part is left.
struct LostInSegment {
    std::int32_t position = 0;
    // None of its records has an offset at or above this one.
    Offset offset_limit;
};

// What a file holds.
struct SegmentFileContent {
    SegmentPlace place;
    SegmentFileFacts facts;
    // Of the intact chunks. `data_bytes` is the end of the last of them, or what the header of a
    // closed file says.
    SegmentSummary summary;
    std::vector<SegmentGap> gaps;
    // Offsets below it were given to records of the segment, whether or not those are left. 0 when
    // nothing says so.
    Offset given_end{0};
    // The last chunk of which only that part is left, when nothing intact follows it and the header
    // does not know the end. If a journal has it whole, it was being written here when the node
    // stopped.
    std::optional<LostInSegment> lost_last;
    // Why header or footer cannot be believed. The chunks are checked by themselves.
    std::optional<Error> header_error;
    std::optional<Error> footer_error;

    // Closed, and every byte is as it was written.
    bool complete() const noexcept {
        return facts.closed && gaps.empty() && !header_error && !footer_error;
    }
};

// The chunk at `at` of a segment's data, if it passes both checksums and is where its header says.
Result<ChunkView> check_chunk_at(Bytes data, std::size_t at, const SegmentPlace& here);

// Verifies the file of the segment `place`, and hands its intact chunks to `sink`, in order. Fails
// only when an intact header names another segment.
Result<SegmentFileContent> check_segment_file(Bytes file, const SegmentPlace& place,
                                              SegmentChunkSink& sink);

}  // namespace kera
