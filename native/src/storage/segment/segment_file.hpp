// The file of a segment: header, chunks as they lie in memory, index entries, footer; and where it
// stands. Any thread; borrows the bytes it is given. Nothing that a file says is believed before
// its checksums agree. Invariant: every chunk handed to a SegmentChunkSink has passed both of its
// checksums and is where it says it is.
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
// None when `name` is not a segment file's.
std::optional<SegmentPlace> parse_segment_file_name(StreamId stream, StreamletId streamlet,
                                                    std::string_view name);

// What a file's header says besides what the segment's summary does.
struct SegmentFileFacts {
    Term term;
    bool closed = false;
    bool group_last = false;
    std::uint32_t capacity_bytes = 0;
    std::int64_t created_ms = 0;
};

// The footer's checksum over the data, from client CRCs and base offsets alone: those cover the
// rest.
class SegmentDataCrc {
  public:
    // REQUIRES: whole chunks, following those added before.
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
    // No record of it lies at or above this offset.
    Offset offset_limit;
};

// What a file turned out to hold.
struct SegmentFileContent {
    SegmentPlace place;
    SegmentFileFacts facts;
    // Of the intact chunks. `data_bytes` ends with the last of them, or where the header of a
    // closed file says.
    SegmentSummary summary;
    std::vector<SegmentGap> gaps;
    // Offsets below it were given to records of the segment, whatever is left of them; 0 when
    // nothing tells.
    Offset given_end{0};
    // The last one, where nothing is intact behind it and the header does not know the end. A
    // journal may have it whole: then it was only being written here when the node stopped.
    std::optional<LostInSegment> lost_last;
    // Why header or footer cannot be believed; the chunks are judged by themselves.
    std::optional<Error> header_error;
    std::optional<Error> footer_error;

    // Closed, and every byte of it is what was written.
    bool complete() const noexcept {
        return facts.closed && gaps.empty() && !header_error && !footer_error;
    }
};

// The chunk at `at` of a segment's data, if it passes both checksums and is where it says it is.
Result<ChunkView> check_chunk_at(Bytes data, std::size_t at, const SegmentPlace& here);

// Verifies a file found under the name of `place`, handing its intact chunks to `sink`, in order.
// Fails only for an intact header that names another segment.
Result<SegmentFileContent> check_segment_file(Bytes file, const SegmentPlace& place,
                                              SegmentChunkSink& sink);

}  // namespace kera
