// Entering and leaving parts and chunks. See part_reader.hpp.
#include "client/consume/part_reader.hpp"

#include <utility>

#include "client/consume/receiver.hpp"
#include "client/session/loop.hpp"

namespace kera {

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
    chunk_ = *chunk;
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
    rest_ = rest_.subspan(chunk_.size());
    chunk_ = {};
    if (rest_.empty()) {
        leave_part();
    }
}

void PartReader::leave_part() {
    records_.leave();
    chunk_ = rest_ = {};
    give_back(*std::exchange(part_, nullptr));
}

void PartReader::leave(const Assignment& assignment) {
    if (part_ != nullptr && &this->assignment() == &assignment) {
        leave_part();
    }
}

void PartReader::reset() noexcept {
    part_ = nullptr;
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
    give_back(part);
    if (loop_.has_io_thread() &&
        reading_thread_.load(std::memory_order_relaxed) != std::this_thread::get_id()) {
        loop_.wake();
    }
}

Result<const ReceivedPart*> PartReader::take_part() {
    reading_thread_.store(std::this_thread::get_id(), std::memory_order_relaxed);
    for (;;) {
        if (part_ == nullptr) {
            KERA_TRY_ASSIGN(const bool more, next_part());
            if (!more) {
                return static_cast<const ReceivedPart*>(nullptr);
            }
        }
        Offset end{0};
        for (Bytes rest = rest_; !rest.empty();) {
            const Result<Bytes> chunk = check_next_chunk(rest, checks_);
            if (!chunk) {
                return fail_part(chunk.error());
            }
            end = ChunkView(chunk->data()).end_offset();
            rest = rest.subspan(chunk->size());
        }
        Assignment& one = assignment();
        if (end <= *one.position) {
            leave_part();
            continue;
        }
        part_->chunks = std::exchange(rest_, {});
        part_->from = *one.position;
        one.position = end;
        return static_cast<const ReceivedPart*>(std::exchange(part_, nullptr));
    }
}

}  // namespace kera
