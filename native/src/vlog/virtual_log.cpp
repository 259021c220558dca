#include "vlog/virtual_log.hpp"

#include <algorithm>

namespace kera {

VirtualLog::VirtualLog(Disk& disk, const Clock& clock, Random& random, SegmentMemory& memory,
                       const VirtualLogOptions& options, const JournalStart& start)
    : clock_(clock),
      memory_(memory),
      options_(options),
      journal_(disk, clock, random, options.journal, start),
      removals_(disk),
      segments_(disk, clock, memory, removals_, options.segments),
      watch_(disk, clock, options.watch),
      grown_to_(start.position),
      grown_at_ns_(clock.now_ns()),
      asked_at_(start.position) {}

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
    const Position first = journal_.next_position();
    const Position end = journal_.append(Bytes(chunk.data, chunk.bytes), false);
    segments_.note(chunk, first, end);
    return end;
}

int VirtualLog::poll() {
    int work = journal_.poll();
    request_segments();
    work += segments_.poll(journal_.durable_position());
    watch_.poll();
    cut_journal();
    return work;
}

// A closed segment is in the journal already. If retention deletes it before the journal has to be
// cut, it is written once instead of twice.
void VirtualLog::request_segments() {
    if (segments_.waiting() == 0) {
        return;
    }
    const Position next = journal_.next_position();
    const auto bytes_max = static_cast<std::int64_t>(options_.journal_bytes_max);
    const std::int64_t step_bytes =
        std::min(bytes_max / 64, static_cast<std::int64_t>(memory_.segment_share_bytes()));
    const bool grown = next != grown_to_;
    if (grown) {
        grown_to_ = next;
        grown_at_ns_ = clock_.now_ns();
    }
    if (all_wanted_ || (!grown && clock_.now_ns() - grown_at_ns_ >= options_.quiet_ns)) {
        segments_.write_before(next, WhichSegments::closed);
    } else if (next - asked_at_ >= step_bytes) {
        asked_at_ = next;
        segments_.write_before(memory_.fills_up() ? next : next - bytes_max / 4 * 3,
                               WhichSegments::closed);
    }
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
        segments_.write_before(next - bytes_max / 2, WhichSegments::all);
    }
}

std::int64_t VirtualLog::next_deadline_ns() const noexcept {
    const std::int64_t quiet_at_ns =
        segments_.waiting() == 0 ? INT64_MAX : grown_at_ns_ + options_.quiet_ns;
    return std::min({journal_.next_deadline_ns(), segments_.next_deadline_ns(), quiet_at_ns});
}

bool VirtualLog::settled() const noexcept {
    return idle() && journal_.durable_position() == journal_.next_position() &&
           segments_.finished();
}

}  // namespace kera
