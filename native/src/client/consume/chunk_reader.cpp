// Checks and entry. See chunk_reader.hpp.
#include "client/consume/chunk_reader.hpp"

#include <algorithm>

namespace kera {

Result<Bytes> check_next_chunk(Bytes bytes, const ChunkChecks& checks) {
    const Bytes header = bytes.first(std::min<std::size_t>(bytes.size(), kChunkHeaderBytes));
    KERA_TRY_ASSIGN(const ChunkInfo info, check_chunk_header(header, bytes.size()));
    const Bytes chunk = bytes.first(info.chunk_bytes);
    KERA_TRY(check_place(ChunkView(chunk.data())));
    if (checks.crcs) {
        KERA_TRY(check_client_crc(chunk));
    }
    const bool readable =
        info.payload_format == PayloadFormat::kera_records && info.codec() == Codec::plain;
    if (checks.records && readable) {
        KERA_TRY(
            check_records(chunk.subspan(kChunkHeaderBytes, info.payload_bytes), info.record_count));
    }
    return chunk;
}

Result<void> check_has_records(const ChunkView& chunk) {
    const ChunkInfo info = chunk.info();
    if (info.payload_format != PayloadFormat::kera_records) {
        return fail(ErrorCode::unsupported, "payload_format", 1,
                    static_cast<std::int64_t>(info.payload_format));
    }
    return {};
}

void RecordReader::enter(Bytes whole, StreamId stream, StreamletId streamlet, Offset from) {
    const ChunkView chunk(whole.data());
    at_ = whole.data() + kChunkHeaderBytes;
    end_ = at_ + std::min<std::size_t>(chunk.payload_bytes(), whole.size() - kChunkHeaderBytes);
    damaged_ = false;
    left_ = chunk.record_count();
    place_ = {stream, streamlet, chunk.base_offset(), 0};
    takes_append_time_ = chunk.takes_append_time();
    first_ms_ = takes_append_time_ ? chunk.append_time_ms() : chunk.first_timestamp_ms();
    while (left_ > 0 && place_.offset < from) {
        const std::uint32_t bytes = next_record_bytes();
        if (bytes == 0) {
            return;
        }
        at_ += bytes;
        place_.offset += 1;
        --left_;
    }
}

}  // namespace kera
