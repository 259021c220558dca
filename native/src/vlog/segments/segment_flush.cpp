#include "vlog/segments/segment_flush.hpp"

namespace kera {

void SegmentFlush::begin_file() {
    const Segment& of = *segment;
    SegmentSummary summary = of.summary();
    target_bytes = closed ? summary.data_bytes : checkpoint_bytes;
    writes_closed = closed;
    aside = file_bytes == 0;
    SegmentFileFacts facts;
    facts.term = ChunkView(of.bytes()).place().term;
    facts.closed = closed;
    facts.capacity_bytes = of.capacity_bytes();
    facts.created_ms = of.created_ms();
    if (closed) {
        data_crc.add(Bytes(of.bytes() + crc_bytes, target_bytes - crc_bytes));
        crc_bytes = target_bytes;
        tail = encode_segment_file_tail(summary, data_crc.value());
    } else {
        summary.data_bytes = 0;  // a checkpoint does not say: its chunks do
    }
    header = encode_segment_file_header(place, summary, facts);
}

std::span<const Bytes> SegmentFlush::new_bytes() noexcept {
    std::size_t count = 0;
    if (aside) {
        spans[count++] = header;
    }
    spans[count++] = Bytes(segment->bytes() + file_bytes, target_bytes - file_bytes);
    if (writes_closed) {
        spans[count++] = tail;
    }
    return std::span(spans).first(count);
}

std::span<const Bytes> SegmentFlush::new_header() noexcept {
    spans[0] = header;
    return std::span(spans).first(1);
}

}  // namespace kera
