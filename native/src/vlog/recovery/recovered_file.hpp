// Writes a segment that recovery has put together to its file at once, when memory has no room for
// it. One thread, blocking. The chunks are borrowed and copied. Invariant: what write() returns was
// verified as it is in the file, and the file is stable under its final name.
#pragma once

#include <cstdint>
#include <vector>

#include "disk/disk.hpp"
#include "storage/segment/segment_file.hpp"

namespace kera {

class RecoveredFile {
  public:
    RecoveredFile(const SegmentPlace& place, std::uint32_t data_bytes);

    // REQUIRES: the chunk's header says that it follows those that were added before.
    void add(const ChunkView& chunk);
    // Replaces a checkpoint of the segment, if there is one. Fails when the disk does.
    Result<SegmentFileContent> write(Disk& disk);

  private:
    void set_header(const SegmentFileContent& content);

    const SegmentPlace place_;
    std::int64_t created_ms_ = 0;
    std::vector<std::byte> bytes_;
};

}  // namespace kera
