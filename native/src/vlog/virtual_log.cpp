#include "vlog/virtual_log.hpp"

#include <algorithm>

namespace kera {

VirtualLog::VirtualLog(Disk& disk, const Clock& clock, Random& random, SegmentMemory& memory,
                       SegmentFinder& finder, const VirtualLogOptions& options,
                       const JournalStart& start)
    : memory_(memory),
      journal_(disk, clock, random, options.journal, start, *this),
      removals_(disk),
      leftovers_(removals_),
      cleaner_(disk, clock, memory, finder, *this, options.cleaner),
      watch_(disk, clock, options.watch) {}

Result<void> VirtualLog::admit(bool wants_disk) {
    KERA_TRY(watch_.check());
    if (journal_.state() == JournalState::disk_full) {
        return *journal_.error();
    }
    if (wants_disk && journal_.state() == JournalState::disk_failed) {
        return *journal_.error();
    }
    return journal_.check_room();
}

Position VirtualLog::add(const ChunkRef& chunk) {
    const Position end = journal_.append(Bytes(chunk.data, chunk.bytes), false);
    unstable_.push_back(
        {SegmentLease(*chunk.segment), chunk.position, chunk.bytes, end, nullptr, 0});
    return end;
}

Position VirtualLog::add_moved(SegmentLease segment, const std::shared_ptr<LogFile>& from,
                               std::uint64_t from_at, std::uint32_t position, Bytes chunk) {
    const Position end = journal_.append(chunk, false);
    unstable_.push_back({std::move(segment), position, static_cast<std::uint32_t>(chunk.size()),
                         end, from, from_at});
    return end;
}

void VirtualLog::on_stable(const std::shared_ptr<LogFile>& file, Position file_first,
                           Position stable) {
    while (!unstable_.empty() && unstable_.front().end <= stable) {
        const UnstableChunk& chunk = unstable_.front();
        const Position body = chunk.end - static_cast<std::int64_t>(chunk.bytes);
        const auto file_at =
            static_cast<std::uint64_t>(kJournalFileHeaderBytes + (body - file_first));
        if (chunk.from != nullptr) {
            // When it was dropped meanwhile, nobody needs the copy.
            (void)chunk.segment->moved(*chunk.from, chunk.from_at, file, file_at, chunk.position,
                                       chunk.bytes);
        } else {
            chunk.segment->stored(file, file_at, chunk.position, chunk.bytes);
            let_evict(*chunk.segment);
        }
        unstable_.pop_front();
    }
}

void VirtualLog::segment_closed(Segment& segment) {
    let_evict(segment);
}

void VirtualLog::let_evict(Segment& segment) {
    if (segment.state() == SegmentState::closed && segment.head_bytes() > 0 &&
        segment.stored_bytes() == segment.head_bytes()) {
        memory_.flushed(segment);
    }
}

int VirtualLog::poll() {
    int work = journal_.poll();
    leftovers_.poll();
    work += cleaner_.poll(journal_.files().left_behind(), leftovers_.journals(),
                          journal_.durable_position());
    watch_.poll();
    return work;
}

std::int64_t VirtualLog::next_deadline_ns() const noexcept {
    return journal_.next_deadline_ns();
}

}  // namespace kera
