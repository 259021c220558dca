// Checks chunks that came over a path that is not trusted, and reads their records in place.
// One thread; borrows the chunk, which must stay where it is meanwhile.
// Invariant: whatever was checked before, RecordReader follows no length out of the chunk; the
// other side may still write into it.
#pragma once

#include <cstdint>
#include <utility>

#include "base/result.hpp"
#include "wire/chunk/chunk.hpp"
#include "wire/chunk/record.hpp"

namespace kera {

struct ChunkChecks {
    bool crcs = true;
    bool records = true;
};

// Where a record stands.
struct RecordPlace {
    StreamId stream;
    StreamletId streamlet;
    Offset offset;
    std::int64_t timestamp_ms = 0;
};

// The chunk at the start of `bytes`, checked as far as asked for. Its header always is.
Result<Bytes> check_next_chunk(Bytes bytes, const ChunkChecks& checks);
// Whether records can be read from it: KerA's own format. REQUIRES: not compressed.
Result<void> check_has_records(const ChunkView& chunk);

class RecordReader {
  public:
    // REQUIRES: check_next_chunk() has given the chunk, and check_has_records() is ok.
    void enter(Bytes whole, StreamId stream, StreamletId streamlet, Offset from);
    void leave() noexcept {
        left_ = 0;
        damaged_ = false;
    }
    bool has_record() const noexcept { return left_ > 0; }
    // The next record's lengths lead out of the payload: nothing more is read from the chunk.
    bool damaged() const noexcept { return damaged_; }
    // Of the record that is read next.
    Offset next_offset() const noexcept { return place_.offset; }

    template <class Handler>
    int read(int records_max, Handler& handler) {
        int records = 0;
        while (left_ > 0 && records < records_max) {
            const RecordView record(at_);
            const std::uint32_t bytes = next_record_bytes();
            if (bytes == 0) [[unlikely]] {
                break;
            }
            place_.timestamp_ms =
                first_ms_ + (takes_append_time_ ? 0 : record.timestamp_delta_ms());
            // Stepped over before, because the handler may seek and so leave this chunk.
            at_ += bytes;
            --left_;
            ++records;
            handler(record, std::as_const(place_));
            place_.offset += 1;
        }
        return records;
    }

  private:
    // 0, and the end of reading, for a damaged one.
    std::uint32_t next_record_bytes() noexcept {
        const std::uint32_t bytes = sound_record_bytes({at_, end_});
        if (bytes == 0) [[unlikely]] {
            left_ = 0;
            damaged_ = true;
        }
        return bytes;
    }

    const std::byte* at_ = nullptr;
    const std::byte* end_ = nullptr;
    std::uint32_t left_ = 0;
    RecordPlace place_;
    std::int64_t first_ms_ = 0;
    // All records then have the same time.
    bool takes_append_time_ = false;
    bool damaged_ = false;
};

}  // namespace kera
