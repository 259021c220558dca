#include "vlog/recovery/recovered_file.hpp"

#include <algorithm>

namespace kera {

namespace {

class NoSink final : public SegmentChunkSink {
  public:
    void on_chunk(const ChunkView&) override {}
};

}  // namespace

RecoveredFile::RecoveredFile(const SegmentPlace& place, std::uint32_t data_bytes) : place_(place) {
    bytes_.reserve(kSegmentFileHeaderBytes + std::size_t{data_bytes});
    bytes_.resize(kSegmentFileHeaderBytes);
}

void RecoveredFile::add(const ChunkView& chunk) {
    if (bytes_.size() == kSegmentFileHeaderBytes) {
        created_ms_ = chunk.place().append_time_ms;
    }
    bytes_.insert(bytes_.end(), chunk.bytes().begin(), chunk.bytes().end());
}

Result<SegmentFileContent> RecoveredFile::write(Disk& disk) {
    NoSink sink;
    SegmentFileContent content;
    content.facts.created_ms = created_ms_;
    set_header(content);
    // First as the file of an open segment: that check computes what the header of a closed one
    // needs.
    KERA_TRY_ASSIGN(content, check_segment_file(bytes_, place_, sink));
    content.facts.closed = true;
    SegmentDataCrc data_crc;
    data_crc.add(Bytes(bytes_).subspan(kSegmentFileHeaderBytes));
    const std::vector<std::byte> tail = encode_segment_file_tail(content.summary, data_crc.value());
    bytes_.insert(bytes_.end(), tail.begin(), tail.end());
    set_header(content);
    KERA_TRY_ASSIGN(content, check_segment_file(bytes_, place_, sink));
    if (!content.complete()) {
        // A journal's entry may be whole though its chunk says that it belongs elsewhere.
        return fail(ErrorCode::corrupt, "recovered_segment_bytes",
                    static_cast<std::int64_t>(bytes_.size()),
                    static_cast<std::int64_t>(content.summary.data_bytes));
    }
    KERA_TRY(disk.replace_now(segment_file_path(place_), bytes_));
    return content;
}

void RecoveredFile::set_header(const SegmentFileContent& content) {
    const SegmentFileHeaderBlock header =
        encode_segment_file_header(place_, content.summary, content.facts);
    std::copy(header.begin(), header.end(), bytes_.begin());
}

}  // namespace kera
