// Entering and leaving parts and chunks. See part_reader.hpp.
#include "client/consume/part_reader.hpp"

#include <utility>

#include "client/consume/receiver.hpp"
#include "client/session/loop.hpp"

namespace kera {

namespace {

// After the last one of some chunks in memory of our own.
Offset end_offset_of(Bytes chunks) {
    Offset end{0};
    for (; !chunks.empty(); chunks = chunks.subspan(ChunkView(chunks.data()).chunk_bytes())) {
        end = ChunkView(chunks.data()).end_offset();
    }
    return end;
}

}  // namespace

// False: nothing is there now.
Result<bool> PartReader::next_part() {
    bool polled = false;
    for (;;) {
        ReceivedPart* part = inbox_.next();
        if (part == nullptr) {
            if (loop_.session_refused()) {
                return loop_.refusal();
            }
            if (polled || loop_.has_io_thread() || loop_.polling()) {
                return false;
            }
            polled = true;
            loop_.poll();
            continue;
        }
        Assignment& one = assignments_[part->assignment];
        if (part->generation != one.generation) {
            give_back(*part);
            continue;
        }
        if (part->error.code != ErrorCode::ok) {
            const Error why = part->error;
            give_back(*part);
            return why;
        }
        one.readable_head = part->readable_head;
        if (part->from == kContinues) {
            part->from = *one.position;
        }
        // Also where the broker had to move us.
        one.position = part->from;
        part_ = part;
        rest_ = part->chunks;
        return true;
    }
}

// False: nothing is there now.
Result<bool> PartReader::next_chunk() {
    if (records_.has_record()) {
        // The rest of a chunk that was being read record by record is passed on as a whole.
        records_.leave();
        return true;
    }
    for (;;) {
        if (part_ != nullptr && part_->generation != assignment().generation) {
            leave_part();
        }
        if (part_ == nullptr) {
            KERA_TRY_ASSIGN(const bool more, next_part());
            if (!more) {
                return false;
            }
        }
        KERA_TRY_ASSIGN(const bool entered, enter_chunk());
        if (entered) {
            return true;
        }
    }
}

// False: the chunk lies wholly below what was asked for.
Result<bool> PartReader::enter_chunk() {
    Result<Bytes> chunk = check_next_chunk(rest_, checks_);
    if (!chunk) {
        return fail_part(chunk.error());
    }
    Bytes entered = *chunk;
    if (is_compressed(entered) && ChunkView(entered.data()).end_offset() > *assignment().position) {
        plain_.clear();
        const Result<void> added = decompressor_.add_plain(entered, plain_);
        if (!added) {
            return fail_part(added.error());
        }
        entered = plain_.bytes();
    }
    // From here on nothing throws: a chunk that was entered counts as read when it is left.
    entered_bytes_ = chunk->size();
    chunk_ = entered;
    if (ChunkView(chunk_.data()).end_offset() <= *assignment().position) {
        leave_chunk();
        return false;
    }
    return true;
}

// False: nothing is there now.
Result<bool> PartReader::next_chunk_of_records() {
    for (;;) {
        if (!records_.has_record() && chunk_.data() != nullptr) {
            leave_chunk();
        }
        KERA_TRY_ASSIGN(const bool more, next_chunk());
        if (!more) {
            return false;
        }
        const Result<void> readable = check_has_records(ChunkView(chunk_.data()));
        if (!readable) {
            leave_chunk();
            return readable.error();
        }
        records_.enter(chunk_, part_->stream, part_->streamlet, *assignment().position);
        if (records_.damaged()) {
            return fail_records();
        }
        if (records_.has_record()) {
            return true;
        }
    }
}

void PartReader::note_position() {
    if (part_ == nullptr) {
        return;
    }
    assignment().position = records_.next_offset();
    if (!records_.has_record()) {
        leave_chunk();
    }
}

void PartReader::leave_chunk() {
    if (part_ == nullptr) {
        return;
    }
    Assignment& one = assignment();
    const Offset end = ChunkView(chunk_.data()).end_offset();
    if (part_->generation == one.generation && end > *one.position) {
        one.position = end;
    }
    records_.leave();
    rest_ = rest_.subspan(entered_bytes_);
    chunk_ = {};
    if (rest_.empty()) {
        leave_part();
    }
}

void PartReader::leave_part() {
    records_.leave();
    chunk_ = rest_ = {};
    copies_ = false;
    give_back(*std::exchange(part_, nullptr));
}

void PartReader::leave(const Assignment& assignment) {
    if (part_ != nullptr && &this->assignment() == &assignment) {
        leave_part();
    }
}

void PartReader::reset() noexcept {
    part_ = nullptr;
    copies_ = false;
    records_.leave();
    chunk_ = rest_ = {};
}

// The streamlet is not read on before a seek: what follows may be as bad.
Error PartReader::fail_part(const Error& why) {
    Assignment& one = assignment();
    ++one.generation;
    const std::uint32_t index = part_->assignment;
    leave_part();
    loop_.run([&] { receiver_.pause(index, one.generation); });
    return why;
}

// What was read before stays read; the limit is where a seek finds the next chunk.
Error PartReader::fail_records() {
    const Offset at = records_.next_offset();
    const Offset end = ChunkView(chunk_.data()).end_offset();
    if (part_->generation == assignment().generation) {
        assignment().position = at;
    }
    return fail_part(fail(ErrorCode::corrupt, "record_offset", end.value(), at.value()));
}

void PartReader::give_back(const ReceivedPart& part) {
    const bool much = inbox_.finish(part);
    if (loop_.has_io_thread()) {
        if (much) {
            // By the own thread, since this one has to read on.
            loop_.wake();
        }
    } else if (!loop_.polling() && inbox_.has_returns()) {
        loop_.poll();
    }
}

// What another thread gives back, the one that reads does not tell the loop of when it waits.
void PartReader::give_back_of_any(const ReceivedPart& part) {
    if (part.is_copy()) {
        plain_parts_.give_back(part);
        return;
    }
    give_back(part);
    if (loop_.has_io_thread() &&
        reading_thread_.load(std::memory_order_relaxed) != std::this_thread::get_id()) {
        loop_.wake();
    }
}

Result<const ReceivedPart*> PartReader::take_part() {
    reading_thread_.store(std::this_thread::get_id(), std::memory_order_relaxed);
    for (;;) {
        if (part_ != nullptr && part_->generation != assignment().generation) {
            leave_part();
        }
        if (part_ == nullptr) {
            KERA_TRY_ASSIGN(const bool more, next_part());
            if (!more) {
                return static_cast<const ReceivedPart*>(nullptr);
            }
        }
        const Result<const ReceivedPart*> taken = copies_ ? take_copy() : take_whole();
        if (!taken || *taken != nullptr) {
            return taken;
        }
    }
}

// Null: there is nothing in it to read, or it has to be copied.
Result<const ReceivedPart*> PartReader::take_whole() {
    Offset end{0};
    for (Bytes rest = rest_; !rest.empty();) {
        const Result<Bytes> chunk = check_next_chunk(rest, checks_);
        if (!chunk) {
            return fail_part(chunk.error());
        }
        if (is_compressed(*chunk)) {
            copies_ = true;
            return static_cast<const ReceivedPart*>(nullptr);
        }
        end = ChunkView(chunk->data()).end_offset();
        rest = rest.subspan(chunk->size());
    }
    Assignment& one = assignment();
    if (end <= *one.position) {
        leave_part();
        return static_cast<const ReceivedPart*>(nullptr);
    }
    part_->chunks = std::exchange(rest_, {});
    part_->from = *one.position;
    one.position = end;
    return static_cast<const ReceivedPart*>(std::exchange(part_, nullptr));
}

// Null: there is nothing more in it to read. An error behind the first chunk is met again.
Result<const ReceivedPart*> PartReader::take_copy() {
    PlainPart& copy = plain_parts_.fresh();
    const Bytes before = rest_;
    Result<void> copied;
    try {
        copied = copy_chunks(copy.memory);
    } catch (...) {
        rest_ = before;
        plain_parts_.give_back(copy.part);
        throw;
    }
    if (copy.memory.empty()) {
        plain_parts_.give_back(copy.part);
        if (!copied.ok()) {
            return fail_part(copied.error());
        }
        leave_part();
        return static_cast<const ReceivedPart*>(nullptr);
    }
    Assignment& one = assignment();
    copy.part = *part_;
    copy.part.message = nullptr;
    copy.part.copy = &copy;
    copy.part.chunks = copy.memory.bytes();
    copy.part.from = *one.position;
    one.position = end_offset_of(copy.part.chunks);
    if (rest_.empty()) {
        leave_part();
    }
    return static_cast<const ReceivedPart*>(&copy.part);
}

// What of the rest lies above what was read, up to the aim. Not ok: the chunk at the start of the
// rest cannot be copied.
Result<void> PartReader::copy_chunks(PlainBytes& plain) {
    while (!rest_.empty() && plain.bytes().size() < kCopyBytesAim) {
        KERA_TRY_ASSIGN(const Bytes chunk, check_next_chunk(rest_, checks_));
        if (ChunkView(chunk.data()).end_offset() > *assignment().position) {
            KERA_TRY(decompressor_.add_plain(chunk, plain));
        }
        rest_ = rest_.subspan(chunk.size());
    }
    return {};
}

}  // namespace kera
