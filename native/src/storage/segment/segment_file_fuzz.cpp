// Whatever bytes a segment file holds: the check ends, and hands out only chunks whose checksums
// agree.
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.hpp"
#include "storage/segment/segment_file.hpp"

namespace {

class CheckingSink final : public kera::SegmentChunkSink {
  public:
    void on_chunk(const kera::ChunkView& chunk) override {
        KERA_ASSERT(kera::check_chunk_crcs(chunk.bytes()).ok());
        KERA_ASSERT(chunk.place().position >= next_position_);
        next_position_ = chunk.place().position + static_cast<std::int32_t>(chunk.chunk_bytes());
        ++chunks_;
    }
    std::uint32_t chunks() const noexcept { return chunks_; }

  private:
    std::int32_t next_position_ = 0;
    std::uint32_t chunks_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t length) {
    const kera::Bytes file = std::as_bytes(std::span(data, length));
    // The name that the corpus was written under.
    const kera::SegmentPlace place{kera::StreamId(7), kera::StreamletId(2), kera::LaneId(3),
                                   kera::GroupId(40), kera::SegmentId(1)};
    CheckingSink sink;
    const kera::Result<kera::SegmentFileContent> content =
        kera::check_segment_file(file, place, sink);
    if (content.ok()) {
        KERA_ASSERT(content->summary.chunk_count == sink.chunks());
        KERA_ASSERT(!content->complete() || content->summary.data_bytes <= length);
    }
    return 0;
}
