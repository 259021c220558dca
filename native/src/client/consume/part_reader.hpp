// The way through what has arrived for a consumer: its parts, their chunks, and the chunks'
// records. Thread: the application's. Borrows all but where it is, and copies of compressed chunks.
// Invariants: each part is given back once; what a seek left behind is skipped; an assignment's
// position is that of the next record to read; no compressed chunk is handed out.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>

#include "client/compress/chunk_decompressor.hpp"
#include "client/compress/plain_bytes.hpp"
#include "client/consume/assignments.hpp"
#include "client/consume/chunk_reader.hpp"
#include "client/consume/inbox.hpp"
#include "client/consume/plain_parts.hpp"

namespace kera {

class Loop;
class Receiver;

class PartReader {
  public:
    PartReader(Loop& loop, Receiver& receiver, Inbox& inbox, Assignments& assignments,
               const ChunkChecks& checks, bool has_io_thread) noexcept
        : loop_(loop),
          receiver_(receiver),
          inbox_(inbox),
          assignments_(assignments),
          checks_(checks),
          plain_parts_(has_io_thread) {}

    // At most so many records, each to handler(const RecordView&, const RecordPlace&).
    template <class Handler>
    Result<int> read_records(int records_max, Handler& handler) {
        int count = 0;
        while (count < records_max) {
            if (!records_.has_record()) {
                KERA_TRY_ASSIGN(const bool more, next_chunk_of_records());
                if (!more) {
                    break;
                }
            }
            count += records_.read(records_max - count, handler);
            if (records_.damaged()) [[unlikely]] {
                return fail_records();
            }
            note_position();
        }
        return count;
    }

    // At most so many chunks, each to handler(const ChunkView&, const ReceivedPart&).
    template <class Handler>
    Result<int> read_chunks(int chunks_max, Handler& handler) {
        int count = 0;
        for (; count < chunks_max; ++count) {
            KERA_TRY_ASSIGN(const bool more, next_chunk());
            if (!more) {
                break;
            }
            handler(ChunkView(chunk_.data()), *part_);
            leave_chunk();
        }
        return count;
    }

    // All that is left of a part, checked, or a decompressed copy of its next chunks; null when
    // there is none now. The caller gives it back.
    Result<const ReceivedPart*> take_part();
    // Any one thread at a time.
    void give_back_of_any(const ReceivedPart& part);

    bool has_part() const noexcept { return part_ != nullptr; }
    // After a seek: what is being read of this assignment was not asked for.
    void leave(const Assignment& assignment);
    // What it is reading goes away.
    void reset() noexcept;

  private:
    // A copy is a little longer than this, or as long as its only chunk.
    static constexpr std::size_t kCopyBytesAim = std::size_t{1} << 20U;

    Assignment& assignment() noexcept { return assignments_[part_->assignment]; }

    Result<bool> next_part();
    Result<bool> next_chunk();
    Result<bool> next_chunk_of_records();
    Result<bool> enter_chunk();
    Result<const ReceivedPart*> take_whole();
    Result<const ReceivedPart*> take_copy();
    Result<void> copy_chunks(PlainBytes& plain);
    void note_position();
    void leave_chunk();
    void leave_part();
    void give_back(const ReceivedPart& part);
    Error fail_part(const Error& why);
    Error fail_records();

    Loop& loop_;
    Receiver& receiver_;
    Inbox& inbox_;
    Assignments& assignments_;
    const ChunkChecks checks_;
    // The application's, that reads.
    std::atomic<std::thread::id> reading_thread_;
    ReceivedPart* part_ = nullptr;
    // What is left of the part, from the chunk that is being read on, and how much of it that is.
    Bytes rest_;
    std::size_t entered_bytes_ = 0;
    // That chunk, decompressed.
    Bytes chunk_;
    RecordReader records_;
    // Some chunk of the part is compressed: it is handed out as copies.
    bool copies_ = false;
    ChunkDecompressor decompressor_;
    PlainBytes plain_;
    PlainParts plain_parts_;
};

}  // namespace kera
