#include "vlog/virtual_log.hpp"

#include <algorithm>

namespace kera {

VirtualLog::VirtualLog(Disk& disk, const Clock& clock, Random& random, SegmentMemory& memory,
                       const VirtualLogOptions& options, const JournalStart& start)
    : options_(options),
      journal_(disk, clock, random, options.journal, start),
      segments_(disk, clock, memory, options.segments),
      watch_(disk, clock, options.watch) {}

Result<void> VirtualLog::admit(bool wants_disk) {
    KERA_TRY(watch_.check());
    if (journal_.state() == JournalState::disk_full) {
        return *journal_.error();
    }
    if (wants_disk && journal_.state() == JournalState::disk_failed) {
        return *journal_.error();
    }
    if (!journal_.has_room()) {
        return fail(ErrorCode::would_block, "journal_entries", options_.journal.entries_max,
                    options_.journal.entries_max);
    }
    return {};
}

Position VirtualLog::add(const ChunkRef& chunk) {
    const Position first = journal_.next_position();
    const Position end = journal_.append(Bytes(chunk.data, chunk.bytes), false);
    segments_.note(chunk, first, end);
    return end;
}

int VirtualLog::poll() {
    int work = journal_.poll();
    work += segments_.poll(journal_.durable_position());
    watch_.poll();
    cut_journal();
    return work;
}

void VirtualLog::cut_journal() {
    const Position next = journal_.next_position();
    const Position low = segments_.low_position().value_or(next);
    if (low > cut_) {
        cut_ = low;
        journal_.cut(low);
    }
    const auto bytes_max = static_cast<std::int64_t>(options_.journal_bytes_max);
    if (next - low > bytes_max && !segments_.has_queue()) {
        segments_.checkpoint_before(next - bytes_max / 2);
    }
}

std::int64_t VirtualLog::next_deadline_ns() const noexcept {
    return std::min(journal_.next_deadline_ns(), segments_.next_deadline_ns());
}

bool VirtualLog::settled() const noexcept {
    return idle() && journal_.durable_position() == journal_.next_position() &&
           segments_.finished();
}

}  // namespace kera
