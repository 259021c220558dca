#include "storage/segment/segment_file.hpp"

#include <algorithm>
#include <charconv>

#include "base/bytes.hpp"
#include "base/crc/crc32c.hpp"
#include "storage/segment/segment_index.hpp"
#include "wire/chunk/rotten_chunk.hpp"

namespace kera {

namespace {

constexpr std::string_view kSegmentFileEnding = ".seg";

bool same_place(const SegmentFileHeader& header, const SegmentPlace& place) noexcept {
    return header.stream == place.stream && header.streamlet == place.streamlet &&
           header.lane == place.lane && header.group == place.group &&
           header.segment == place.segment;
}

// Takes a number from the front of `text`; false when there is none.
template <class Int>
bool take_number(std::string_view& text, Int& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || number < 0) {
        return false;
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return true;
}

bool take_dash(std::string_view& text) {
    if (!text.starts_with('-')) {
        return false;
    }
    text.remove_prefix(1);
    return true;
}

// Walks from intact chunk to intact chunk over the data of one file.
class SegmentFileCheck {
  public:
    SegmentFileCheck(const SegmentPlace& place, SegmentChunkSink& sink,
                     std::uint32_t capacity_bytes)
        : sink_(sink), index_(capacity_bytes) {
        content_.place = place;
    }

    void check_data(Bytes data) {
        std::size_t at = 0;
        while (at < data.size()) {
            const Result<ChunkView> chunk = chunk_at(data, at);
            if (chunk.ok()) {
                take(*chunk, at);
                at += chunk->chunk_bytes();
                continue;
            }
            const std::size_t next = find_next(data, at + kChunkAlignment);
            if (next == data.size()) {
                note_rotten(data.subspan(at), at);
            }
            if (next == data.size() && !content_.facts.closed) {
                return;
            }
            content_.gaps.push_back({static_cast<std::uint32_t>(at),
                                     static_cast<std::uint32_t>(next - at), chunk.error()});
            at = next;
        }
    }

    void check_tail(Bytes tail) {
        const Result<SegmentFileFooter> footer = SegmentFileFooter::read(tail);
        const SegmentSummary& summary = content_.summary;
        if (!footer.ok()) {
            content_.footer_error = footer.error();
        } else if (footer->chunk_count != summary.chunk_count ||
                   footer->record_count != summary.record_count) {
            content_.footer_error = fail(ErrorCode::corrupt, "segment_record_count",
                                         footer->record_count, summary.record_count);
        } else if (footer->data_crc32c != data_crc_.value()) {
            content_.footer_error = fail(ErrorCode::bad_checksum, "segment_data_crc32c",
                                         footer->data_crc32c, data_crc_.value());
        }
    }

    SegmentFileContent finish() {
        const std::span<const IndexEntry> entries = index_.entries();
        content_.summary.index.assign(entries.begin(), entries.end());
        return std::move(content_);
    }

    SegmentFileContent& content() noexcept { return content_; }
    // The file itself says where the segment's offsets end.
    void set_given_end(Offset end) noexcept {
        content_.given_end = end;
        knows_end_ = true;
    }

  private:
    Result<ChunkView> chunk_at(Bytes data, std::size_t at) const {
        return check_chunk_at(data, at, content_.place);
    }

    void note_rotten(Bytes gap, std::size_t at) {
        const std::optional<RottenChunk> rotten = read_rotten_chunk(gap);
        const SegmentPlace& here = content_.place;
        if (!knows_end_ && rotten && rotten->place.lane == here.lane &&
            rotten->place.group == here.group && rotten->place.segment == here.segment &&
            static_cast<std::size_t>(rotten->place.position) == at) {
            content_.lost_last = {rotten->place.position, rotten->offset_limit};
        }
    }

    // Where the next intact chunk starts, or the data's end. A bad chunk does not say where the
    // next one is.
    std::size_t find_next(Bytes data, std::size_t at) const {
        while (at + kChunkHeaderBytes <= data.size()) {
            const auto magic = load_le<std::uint32_t>(data.data() + at + kClientPartAt);
            if (magic == kChunkMagic && chunk_at(data, at).ok()) {
                return at;
            }
            at += kChunkAlignment;
        }
        return data.size();
    }

    void take(const ChunkView& chunk, std::size_t at) {
        SegmentSummary& summary = content_.summary;
        if (summary.chunk_count == 0) {
            summary.first_offset = chunk.base_offset();
            content_.facts.term = chunk.place().term;
        }
        index_.note(
            {chunk.base_offset(), summary.max_timestamp_ms, static_cast<std::uint32_t>(at)});
        summary.data_bytes = static_cast<std::uint32_t>(at) + chunk.chunk_bytes();
        summary.chunk_count += 1;
        summary.record_count += chunk.record_count();
        summary.end_offset = chunk.end_offset();
        content_.given_end = std::max(content_.given_end, chunk.end_offset());
        summary.max_timestamp_ms = std::max(summary.max_timestamp_ms, chunk.max_timestamp_ms());
        data_crc_.add(chunk);
        sink_.on_chunk(chunk);
    }

    SegmentChunkSink& sink_;
    SegmentIndex index_;
    SegmentDataCrc data_crc_;
    SegmentFileContent content_;
    bool knows_end_ = false;
};

}  // namespace

std::string stream_folder(StreamId stream) {
    return "streams/" + std::to_string(stream.value());
}

std::string streamlet_folder(StreamId stream, StreamletId streamlet) {
    return stream_folder(stream) + "/" + std::to_string(streamlet.value());
}

std::string segment_file_path(const SegmentPlace& place) {
    std::string path = streamlet_folder(place.stream, place.streamlet);
    path += "/" + std::to_string(place.lane.value());
    path += "-" + std::to_string(place.group.value());
    path += "-" + std::to_string(place.segment.value());
    path += kSegmentFileEnding;
    return path;
}

std::optional<SegmentPlace> parse_segment_file_name(StreamId stream, StreamletId streamlet,
                                                    std::string_view name) {
    std::uint16_t lane = 0;
    std::int32_t group = 0;
    std::int32_t segment = 0;
    if (!take_number(name, lane) || !take_dash(name) || !take_number(name, group) ||
        !take_dash(name) || !take_number(name, segment) || name != kSegmentFileEnding) {
        return std::nullopt;
    }
    return SegmentPlace{stream, streamlet, LaneId(lane), GroupId(group), SegmentId(segment)};
}

Result<ChunkView> check_chunk_at(Bytes data, std::size_t at, const SegmentPlace& here) {
    KERA_TRY_ASSIGN(const ChunkView chunk, first_chunk(data.subspan(at)));
    KERA_TRY(check_chunk_crcs(chunk.bytes()));
    const ChunkPlace place = chunk.place();
    const ChunkInfo info = chunk.info();
    if (info.stream != here.stream || info.streamlet != here.streamlet || place.lane != here.lane ||
        place.group != here.group || place.segment != here.segment ||
        static_cast<std::size_t>(place.position) != at) {
        return fail(ErrorCode::corrupt, "chunk_position", static_cast<std::int64_t>(at),
                    place.position);
    }
    return chunk;
}

void SegmentDataCrc::add(const ChunkView& chunk) noexcept {
    std::array<std::byte, 12> block{};
    store_le(block.data(), load_le<std::uint32_t>(chunk.data() + kClientCrcAt));
    store_le(block.data() + 4, chunk.base_offset().value());
    crc32c_ = crc32c(crc32c_, block.data(), block.size());
}

void SegmentDataCrc::add(Bytes chunks) noexcept {
    for (std::size_t at = 0; at < chunks.size();) {
        const ChunkView chunk(chunks.data() + at);
        add(chunk);
        at += chunk.chunk_bytes();
    }
}

SegmentFileHeaderBlock encode_segment_file_header(const SegmentPlace& place,
                                                  const SegmentSummary& summary,
                                                  const SegmentFileFacts& facts) {
    SegmentFileHeader header;
    header.stream = place.stream;
    header.streamlet = place.streamlet;
    header.lane = place.lane;
    header.group = place.group;
    header.segment = place.segment;
    header.term = facts.term;
    header.closed = facts.closed;
    header.data_bytes = summary.data_bytes;
    header.capacity_bytes = std::max(facts.capacity_bytes, summary.data_bytes);
    header.first_offset = summary.first_offset;
    header.last_offset = summary.end_offset - 1;
    header.max_timestamp_ms = summary.max_timestamp_ms;
    header.created_ms = facts.created_ms;
    header.group_first = place.segment == SegmentId(0);
    header.group_last = facts.group_last;
    SegmentFileHeaderBlock block{};
    header.write(block.data());
    return block;
}

std::vector<std::byte> encode_segment_file_tail(const SegmentSummary& summary,
                                                std::uint32_t data_crc32c) {
    const std::size_t index_bytes = summary.index.size() * kSegmentFileIndexEntryBytes;
    std::vector<std::byte> tail(index_bytes + kSegmentFileFooterBytes);
    std::byte* at = tail.data();
    for (const IndexEntry& entry : summary.index) {
        SegmentFileIndexEntry{entry.offset, entry.max_timestamp_before_ms, entry.position}.write(
            at);
        at += kSegmentFileIndexEntryBytes;
    }
    SegmentFileFooter footer;
    footer.index_entries = static_cast<std::uint32_t>(summary.index.size());
    footer.chunk_count = summary.chunk_count;
    footer.record_count = summary.record_count;
    footer.data_crc32c = data_crc32c;
    footer.write(at, Bytes(tail).first(index_bytes));
    return tail;
}

Result<SegmentFileContent> check_segment_file(Bytes file, const SegmentPlace& place,
                                              SegmentChunkSink& sink) {
    const Result<SegmentFileHeader> header = SegmentFileHeader::read(file);
    if (header.ok() && !same_place(*header, place)) {
        return fail(ErrorCode::corrupt, "segment_file_stream", place.stream.value(),
                    header->stream.value());
    }
    const Bytes body =
        file.size() < kSegmentFileHeaderBytes ? Bytes() : file.subspan(kSegmentFileHeaderBytes);
    const auto capacity = static_cast<std::uint32_t>(
        std::min<std::size_t>(body.size(), std::numeric_limits<std::int32_t>::max()));
    SegmentFileCheck check(place, sink, capacity);
    SegmentFileContent& content = check.content();
    if (!header.ok()) {
        content.header_error = header.error();
        check.check_data(body.first(capacity));
        return check.finish();
    }
    content.facts = {header->term, header->closed, header->group_last, header->capacity_bytes,
                     header->created_ms};
    if (!header->closed) {
        check.check_data(body.first(capacity));
        return check.finish();
    }
    check.set_given_end(header->last_offset + 1);
    const std::size_t data_bytes = std::min<std::size_t>(header->data_bytes, body.size());
    check.check_data(body.first(data_bytes));
    check.check_tail(body.subspan(data_bytes));
    if (data_bytes < header->data_bytes) {
        const auto missing = static_cast<std::uint32_t>(header->data_bytes - data_bytes);
        content.gaps.push_back({static_cast<std::uint32_t>(data_bytes), missing,
                                fail(ErrorCode::corrupt, "segment_data_bytes", header->data_bytes,
                                     static_cast<std::int64_t>(data_bytes))});
    }
    content.summary.data_bytes = header->data_bytes;
    return check.finish();
}

}  // namespace kera
