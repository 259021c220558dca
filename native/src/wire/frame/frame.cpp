// Checks and completes frame headers; the layout comes from the schema. Any thread. A length is
// used only when it lies between the header's size and the given limit.
#include "wire/frame/frame.hpp"

#include "base/bytes.hpp"
#include "base/units.hpp"
#include "wire/frame/codecs.hpp"

namespace kera {

static_assert(codec::client::FrameHeader::encodedLength() == kFrameHeaderBytes);

Result<FrameHeader> read_frame_header(Bytes bytes, std::uint32_t length_max) {
    if (bytes.size() < kFrameHeaderBytes) {
        return fail(ErrorCode::malformed, "frame_header_bytes", kFrameHeaderBytes,
                    static_cast<std::int64_t>(bytes.size()));
    }
    const codec::client::FrameHeader raw(as_codec_bytes(bytes), bytes.size());
    FrameHeader header;
    header.length = raw.length();
    header.flags = raw.flags();
    header.block_length = raw.blockLength();
    header.template_id = raw.templateId();
    header.schema_id = raw.schemaId();
    header.version = raw.version();
    header.correlation_id = raw.correlationId();
    if (header.length < kFrameHeaderBytes || header.length % kFrameAlignment != 0) {
        return fail(ErrorCode::malformed, "frame_length", kFrameHeaderBytes, header.length);
    }
    if (header.length > length_max) {
        return fail(ErrorCode::frame_too_large, "frame_bytes", length_max, header.length);
    }
    return header;
}

Result<FrameView> FrameView::over(Bytes head, std::uint32_t length_max) {
    KERA_TRY_ASSIGN(const FrameHeader header, read_frame_header(head, length_max));
    if (head.size() > header.length) {
        return fail(ErrorCode::malformed, "frame_length", static_cast<std::int64_t>(head.size()),
                    header.length);
    }
    const std::size_t block_end = kFrameHeaderBytes + std::size_t{header.block_length};
    if (block_end > head.size()) {
        return fail(ErrorCode::malformed, "block_length",
                    static_cast<std::int64_t>(head.size()) - kFrameHeaderBytes,
                    header.block_length);
    }
    return FrameView(header, head);
}

MutableBytes FrameBuffer::reserve(std::size_t bytes_max) {
    const std::size_t wanted = align_up(bytes_max, std::size_t{kFrameAlignment});
    if (bytes_.size() < wanted) {
        bytes_.resize(wanted);
    }
    frame_bytes_ = 0;
    return bytes_;
}

void FrameBuffer::finish(std::size_t head_bytes, std::int64_t correlation_id,
                         std::uint32_t data_bytes) {
    frame_bytes_ = align_up(head_bytes, std::size_t{kFrameAlignment});
    KERA_ASSERT(frame_bytes_ <= bytes_.size());
    zero_bytes(bytes_.data() + head_bytes, frame_bytes_ - head_bytes);
    codec::client::FrameHeader raw(as_codec_bytes(MutableBytes(bytes_)), bytes_.size());
    raw.length(static_cast<std::uint32_t>(frame_bytes_) + data_bytes)
        .flags(0)
        .reserved(0)
        .correlationId(correlation_id);
}

}  // namespace kera
