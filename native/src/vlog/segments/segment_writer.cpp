#include "vlog/segments/segment_writer.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/check.hpp"
#include "base/log.hpp"
#include "disk/posix_files.hpp"

namespace kera {

SegmentWriter::SegmentWriter(Disk& disk, const Clock& clock, SegmentMemory& memory,
                             FileRemovals& removals, const SegmentWriterOptions& options)
    : disk_(disk),
      clock_(clock),
      memory_(memory),
      removals_(removals),
      options_(options),
      dirty_(flushes_),
      retry_(options.retry) {}

void SegmentWriter::note(const ChunkRef& chunk, Position first, Position end) {
    SegmentFlush& flush = flushes_.of(*chunk.segment);
    if (flush.crc_bytes == chunk.position) {
        // Now the chunk's header is in the cache. Later, somebody would have to walk the whole
        // segment.
        flush.data_crc.add(ChunkView(chunk.data));
        flush.crc_bytes += chunk.bytes;
    }
    flush.last_end = end;
    if (!flush.dirty_from) {
        flush.dirty_from = first;
        dirty_.add(flush);
    }
}

void SegmentWriter::close(Segment& segment) {
    if (segment.head_bytes() == 0) {
        return;
    }
    SegmentFlush& flush = flushes_.of(segment);
    flush.closed = true;
    if (flush.step == FlushStep::none && flush.dirty_from) {
        flush.step = FlushStep::waiting;
        ++waiting_;
    } else {
        enqueue(flush);
    }
}

void SegmentWriter::adopt_recovered(Segment& segment) {
    SegmentFlush& flush = flushes_.of(segment);
    flush.recovered = true;
    ++recovered_left_;
    flush.closed = true;
    enqueue(flush);
}

void SegmentWriter::enqueue(SegmentFlush& flush) {
    // A segment that is being checkpointed is queued again afterwards.
    if ((flush.step == FlushStep::none || flush.step == FlushStep::waiting) && !flush.dropped) {
        waiting_ -= flush.step == FlushStep::waiting ? 1 : 0;
        flush.step = FlushStep::queued;
        flush.checkpoint_bytes = flush.segment->head_bytes();
        flush.checkpoint_end = flush.last_end;
        queue_.push_back(flush.slot);
    }
}

std::optional<Position> SegmentWriter::low_position() const noexcept {
    std::optional<Position> low;
    if (const SegmentFlush* first = dirty_.front()) {
        low = first->dirty_from;
    }
    for (const std::uint32_t slot : flushing_) {
        const std::optional<Position>& from = flushes_[slot].flushing_from;
        if (from && (!low || *from < *low)) {
            low = from;
        }
    }
    return low;
}

void SegmentWriter::write_before(Position position, WhichSegments which) {
    for (SegmentFlush* flush = dirty_.front(); flush != nullptr && *flush->dirty_from < position;
         flush = dirty_.next(*flush)) {
        if (flush->closed || which == WhichSegments::all) {
            enqueue(*flush);
        }
    }
}

int SegmentWriter::poll(Position durable) {
    int work = release_durable(durable);
    durable_ = durable;
    if (blocked()) {
        return work;
    }
    if (retry_.is_waiting(clock_)) {
        return work;
    }
    while (!blocked()) {
        SegmentFlush& flush = flushes_[queue_.front()];
        queue_.pop_front();
        start(flush);
        ++work;
    }
    return work;
}

// A file must not hold what the journal may still lose: after a crash a later chunk would be there
// without an earlier one.
bool SegmentWriter::blocked() const noexcept {
    return queue_.empty() || active_ >= options_.flushes_max ||
           flushes_[queue_.front()].needed() > durable_;
}

void SegmentWriter::start(SegmentFlush& flush) {
    flush.begin_file();
    flush.flushing_from = flush.dirty_from;
    dirty_.remove(flush);
    if (flush.last_end > flush.needed()) {
        // Something was appended after the checkpoint was requested.
        flush.dirty_from = flush.needed();
        dirty_.add(flush);
    }
    flush.step = FlushStep::opening;
    flushing_.push_back(flush.slot);
    ++active_;
    FileSpec spec;
    spec.path = flush.aside ? flush.path() + kAsideSuffix : flush.path();
    spec.mode = flush.aside ? OpenMode::scratch : OpenMode::write;
    disk_.open(std::move(spec), *this, flush.slot);
}

void SegmentWriter::on_disk_done(DiskToken token, Result<std::uint64_t> done) {
    SegmentFlush& flush = flushes_[static_cast<std::uint32_t>(token)];
    if (done.ok() && flush.step == FlushStep::opening) {
        flush.file = static_cast<FileId>(*done);
    }
    if (flush.dropped) {
        end_dropped(flush);
    } else if (!done.ok()) {
        failed(flush, done.error());
    } else {
        step(flush, *done);
    }
}

void SegmentWriter::step(SegmentFlush& flush, std::uint64_t done) {
    switch (flush.step) {
        case FlushStep::opening:
            flush.step = FlushStep::writing;
            disk_.write_at(flush.file, flush.new_bytes_at(), flush.new_bytes(), Durability::durable,
                           *this, flush.slot);
            return;
        case FlushStep::writing:
            counters_.bytes += static_cast<std::int64_t>(done);
            if (flush.aside) {
                disk_.close(std::exchange(flush.file, FileId::none));
                flush.step = FlushStep::renaming;
                disk_.rename_durably(flush.path() + kAsideSuffix, flush.path(), *this, flush.slot);
                return;
            }
            if (flush.writes_closed) {
                // This comes last: until it is stable, the file is a checkpoint that holds
                // everything.
                flush.step = FlushStep::closing;
                disk_.write_at(flush.file, 0, flush.new_header(), Durability::durable, *this,
                               flush.slot);
                return;
            }
            finish(flush);
            return;
        case FlushStep::closing:
        case FlushStep::renaming:
            finish(flush);
            return;
        case FlushStep::none:
        case FlushStep::waiting:
        case FlushStep::queued:
        case FlushStep::done:
            break;
    }
    KERA_ASSERT(false, static_cast<int>(flush.step));
}

void SegmentWriter::finish(SegmentFlush& flush) {
    end_operation(flush);
    flush.flushing_from.reset();
    flush.file_bytes = flush.target_bytes;
    flush.tail = std::vector<std::byte>();
    fault_.reset();
    retry_.note_success();
    if (!flush.writes_closed) {
        counters_.checkpoints += 1;
        flush.step = FlushStep::none;
        if (flush.closed) {
            enqueue(flush);
        }
        return;
    }
    counters_.segments_flushed += 1;
    recovered_left_ -= flush.recovered ? 1 : 0;
    flush.step = FlushStep::done;
    memory_.flushed(*flush.segment);
    release_when_durable(flush);
}

void SegmentWriter::failed(SegmentFlush& flush, const Error& error) {
    counters_.failures += 1;
    if (!fault_) {
        log(LogLevel::error, "segment_not_written", {{"path", flush.path()}, {"error", error}});
    }
    fault_ = error;
    retry_.note_failure(clock_.now_ns());
    end_operation(flush);
    // It is unknown which pages arrived, and the next sync would not say. The whole segment goes to
    // another file.
    flush.file_bytes = 0;
    if (flush.flushing_from) {
        const Position from = *std::exchange(flush.flushing_from, std::nullopt);
        dirty_.remove(flush);
        flush.dirty_from = from;
        dirty_.add(flush);
    }
    flush.step = FlushStep::none;
    enqueue(flush);
}

void SegmentWriter::drop(StreamId stream, StreamletId streamlet, const DroppedGroup& group) {
    SegmentPlace place{stream, streamlet, group.lane, group.group, SegmentId(0)};
    for (std::uint32_t i = 0; i < group.segment_count; ++i) {
        place.segment = SegmentId(static_cast<std::int32_t>(i));
        SegmentFlush* const flush = flushes_.take(place);
        if (flush != nullptr) {
            forget(*flush);
        }
        if (flush == nullptr || !flush->active()) {
            removals_.add(segment_file_path(place));
        }
    }
}

void SegmentWriter::drop_stream(StreamId stream) {
    flushes_.take_all(stream, [this](SegmentFlush& flush) { forget(flush); });
}

void SegmentWriter::forget(SegmentFlush& flush) {
    dirty_.remove(flush);
    flush.dropped = true;
    recovered_left_ -= flush.recovered && flush.step != FlushStep::done ? 1 : 0;
    waiting_ -= flush.step == FlushStep::waiting ? 1 : 0;
    if (flush.step == FlushStep::queued) {
        std::erase(queue_, flush.slot);
    }
    if (!flush.active() && flush.step != FlushStep::done) {
        release_when_durable(flush);
    }
}

void SegmentWriter::end_dropped(SegmentFlush& flush) {
    end_operation(flush);
    flush.flushing_from.reset();
    if (flush.aside) {
        removals_.add(flush.path() + kAsideSuffix);
    }
    removals_.add(flush.path());
    release_when_durable(flush);
}

void SegmentWriter::end_operation(SegmentFlush& flush) {
    if (flush.file != FileId::none) {
        disk_.close(std::exchange(flush.file, FileId::none));
    }
    --active_;
    std::erase(flushing_, flush.slot);
}

void SegmentWriter::release_when_durable(SegmentFlush& flush) {
    flush.step = FlushStep::done;
    releasing_.push_back(flush.slot);
}

int SegmentWriter::release_durable(Position durable) {
    int released = 0;
    while (!releasing_.empty() && flushes_[releasing_.front()].last_end <= durable) {
        flushes_.release(flushes_[releasing_.front()]);
        releasing_.pop_front();
        ++released;
    }
    return released;
}

std::int64_t SegmentWriter::next_deadline_ns() const noexcept {
    return blocked() ? std::numeric_limits<std::int64_t>::max() : retry_.retry_at_ns();
}

}  // namespace kera
