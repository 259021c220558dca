#include "vlog/journal/journal.hpp"

#include <algorithm>
#include <limits>

#include "base/check.hpp"
#include "base/log.hpp"
#include "base/planted_defect.hpp"

namespace kera {

Journal::Journal(Disk& disk, const Clock& clock, Random& random, const JournalOptions& options,
                 const JournalStart& start, StableListener& listener)
    : disk_(disk),
      clock_(clock),
      options_(options),
      listener_(listener),
      ring_(options.entries_max, start.position),
      files_(disk, clock, random, options, start),
      written_(start.position),
      durable_(start.position),
      wanted_(start.position),
      proven_(start.position),
      last_chunk_end_(start.position),
      freed_(start.freed),
      headers_(std::size_t{kBatchEntries} * kJournalEntryHeaderBytes),
      retry_(options.retry) {
    spans_.reserve(2 * kBatchEntries + 1);
}

Result<void> Journal::check_room() const {
    if (ring_.size() >= options_.entries_max) {
        return fail(ErrorCode::would_block, "journal_entries", options_.entries_max, ring_.size());
    }
    const std::int64_t backlog_bytes = ring_.end() - durable_;
    const auto backlog_bytes_max = static_cast<std::int64_t>(options_.backlog_bytes_max);
    if (backlog_bytes >= backlog_bytes_max) {
        return fail(ErrorCode::would_block, "journal_backlog_bytes", backlog_bytes_max,
                    backlog_bytes);
    }
    return {};
}

Position Journal::append(Bytes chunk, bool wants_sync) {
    if (!ring_.has_unwritten()) {
        unwritten_since_ns_ = clock_.now_ns();
    }
    if (options_.tail != nullptr) {
        options_.tail->push_chunk(ring_.end(), chunk);
    }
    const Position end = ring_.push(JournalEntryKind::chunk, chunk);
    last_chunk_end_ = end;
    if (wants_sync) {
        want_durable();
    }
    return end;
}

bool Journal::write_is_due(std::int64_t now_ns) const noexcept {
    return ring_.has_unwritten() &&
           (wanted_ > written_ ||
            ring_.end() - written_ >= static_cast<std::int64_t>(options_.gather_bytes) ||
            now_ns - unwritten_since_ns_ >= options_.gather_ns);
}

bool Journal::sync_is_due(std::int64_t now_ns) const noexcept {
    return wanted_ > durable_ ||
           written_ - durable_ >= static_cast<std::int64_t>(options_.sync_bytes_max) ||
           (written_ > durable_ && now_ns - unsynced_since_ns_ >= options_.sync_interval_ns);
}

int Journal::poll() {
    files_.poll();
    if (in_flight_ != InFlight::none) {
        return 0;
    }
    note_freed();
    if (!ring_.has_unwritten() && written_ == durable_ && last_chunk_end_ <= proven_) {
        return 0;
    }
    const std::int64_t now_ns = clock_.now_ns();
    note_stable(now_ns);
    if (now_ns < retry_.retry_at_ns()) {
        return 0;
    }
    if (write_is_due(now_ns)) {
        if (!prepare_file()) {
            return 0;
        }
        if (in_flight_ == InFlight::none) {
            start_write(now_ns);
        }
        return 1;
    }
    if (written_ > durable_ && sync_is_due(now_ns)) {
        start_sync();
        return 1;
    }
    return 0;
}

// False while there is no file to write to. It may start a sync instead: the journal leaves a file
// only when the file is stable.
bool Journal::prepare_file() {
    const JournalFile* file = files_.current();
    if (file != nullptr && fits(*ring_.unwritten(), 0)) {
        return true;
    }
    if (file != nullptr && written_ > durable_) {
        start_sync();
        return true;
    }
    if (!files_.has_prepared()) {
        files_.want_next();
        files_.poll();
        if (files_.fault()) {
            const bool full = files_.fault()->code == ErrorCode::disk_full;
            set_state(full ? JournalState::disk_full : JournalState::disk_failed, &*files_.fault());
        }
        return false;
    }
    files_.rotate(written_);
    return true;
}

// An entry larger than a file gets its own file, which grows.
bool Journal::fits(const JournalEntry& entry, std::uint64_t batch_bytes) const noexcept {
    const JournalFile& file = *files_.current();
    const std::uint64_t before = file.written_bytes + batch_bytes;
    const std::uint64_t bytes = std::uint64_t{kJournalEntryHeaderBytes} + entry.body_bytes;
    return before <= kJournalFileHeaderBytes || before + bytes <= file.capacity_bytes;
}

// Begins spans_. False when the file has its header already.
bool Journal::gather_header() {
    const JournalFile& file = *files_.current();
    spans_.clear();
    if (file.written_bytes > 0) {
        return false;
    }
    JournalFileHeader header;
    header.node = options_.node;
    header.reactor = options_.reactor;
    header.file_number = file.number;
    header.first_position = file.first;
    header.created_ms = clock_.epoch_ms();
    header.incarnation = file.incarnation;
    header.write(file_header_.data());
    spans_.emplace_back(file_header_);
    return true;
}

// Fills spans_ with as many entries as one write takes. Returns their bytes, with the file's
// header.
std::uint64_t Journal::gather_batch() {
    const JournalFile& file = *files_.current();
    std::uint64_t bytes = gather_header() ? kJournalFileHeaderBytes : 0;
    batch_entries_ = 0;
    for (const JournalEntry* entry = ring_.unwritten(); entry != nullptr;
         entry = ring_.unwritten(batch_entries_)) {
        const std::uint64_t entry_bytes = kJournalEntryHeaderBytes + entry->body_bytes;
        const bool first = batch_entries_ == 0;
        if (!first && (batch_entries_ == kBatchEntries || !fits(*entry, bytes) ||
                       bytes + entry_bytes > options_.batch_bytes_max)) {
            break;
        }
        std::byte* header_at =
            headers_.data() + std::size_t{batch_entries_} * kJournalEntryHeaderBytes;
        JournalEntryHeader header;
        header.kind = entry->kind;
        header.body_bytes = entry->body_bytes;
        header.position = entry->position;
        header.incarnation = file.incarnation;
        header.durable_position = durable_;
        header.write(header_at);
        batch_proof_ = durable_;
        spans_.emplace_back(header_at, kJournalEntryHeaderBytes);
        spans_.emplace_back(entry->body, entry->body_bytes);
        bytes += entry_bytes;
        batch_end_ = entry->end();
        ++batch_entries_;
    }
    return bytes;
}

void Journal::start_write(std::int64_t now_ns) {
    if (repeats_entries_) {
        start_header();
        return;
    }
    batch_bytes_ = gather_batch();
    const bool durable = sync_is_due(now_ns);
    in_flight_ = durable ? InFlight::durable_write : InFlight::write;
    const JournalFile& file = *files_.current();
    disk_.write_at(file.id, file.written_bytes, spans_,
                   durable ? Durability::durable : Durability::buffered, *this, 0);
}

// A file without a header, with something behind it, says that all before it was stable, and it
// ends where the file before ends. A file that repeats entries begins before that end. So it gets
// entries only when its header is stable.
void Journal::start_header() {
    gather_header();
    batch_entries_ = 0;
    batch_bytes_ = kJournalFileHeaderBytes;
    batch_end_ = written_;
    batch_proof_ = proven_;
    in_flight_ = InFlight::durable_write;
    const JournalFile& file = *files_.current();
    disk_.write_at(file.id, file.written_bytes, spans_, Durability::durable, *this, 0);
}

void Journal::start_sync() {
    in_flight_ = InFlight::sync;
    disk_.sync(files_.current()->id, *this, 0);
}

void Journal::on_disk_done(DiskToken, Result<std::uint64_t> done) {
    const InFlight operation = in_flight_;
    in_flight_ = InFlight::none;
    if (!done.ok()) {
        failed(done.error(), operation);
        return;
    }
    const std::int64_t now_ns = clock_.now_ns();
    if (operation != InFlight::sync) {
        if (written_ == durable_) {
            unsynced_since_ns_ = now_ns;
        }
        ring_.mark_written(batch_entries_);
        files_.current()->written_bytes += batch_bytes_;
        written_ = batch_end_;
        proven_ = std::max(proven_, batch_proof_);
        if (planted(PlantedDefect::tail_ends_at_written) && options_.tail != nullptr) {
            options_.tail->pop_through(written_);
        }
        unwritten_since_ns_ = now_ns;
        counters_.batches += 1;
        counters_.bytes += static_cast<std::int64_t>(batch_bytes_);
    }
    if (operation != InFlight::write) {
        repeats_entries_ = false;
        counters_.syncs += 1;
        durable_ = written_;
        durable_since_ns_ = now_ns;
        became_durable();
    }
    retry_.note_success();
    set_state(JournalState::ok, nullptr);
}

void Journal::became_durable() {
    ring_.pop_through(durable_);
    if (options_.tail != nullptr) {
        options_.tail->pop_through(durable_);
    }
    if (const JournalFile* file = files_.current()) {
        listener_.on_stable(file->file, file->first, durable_);
    }
    if (freed_next_ && freed_end_ <= durable_) {
        freed_ = std::move(*freed_next_);
        freed_next_.reset();
        files_.give_up_emptied();
    }
}

void Journal::note_freed() {
    // The bytes of the entry before are needed until it is stable.
    if (freed_next_ || freed_end_ > durable_ || !files_.find_emptied()) {
        return;
    }
    freed_next_ = freed_;
    for (const JournalFileRange& range : files_.emptied()) {
        freed_next_->add({range.first, range.end});
    }
    push_freed(*freed_next_);
    if (planted(PlantedDefect::files_given_up_too_early)) {
        files_.give_up_emptied();
    }
}

// When nothing follows the last chunk for a while, a note that frees nothing follows it. It says up
// to where the log was stable, and so recovery can tell rot in the last chunks from a torn tail.
void Journal::note_stable(std::int64_t now_ns) {
    const bool quiet = !ring_.has_unwritten() && written_ == durable_;
    if (quiet && last_chunk_end_ > proven_ && !freed_next_ &&
        now_ns - durable_since_ns_ >= options_.sync_interval_ns) {
        push_freed(freed_);
    }
}

// REQUIRES: the entry before is stable.
void Journal::push_freed(const PositionRanges& freed) {
    freed_body_ = encode_freed(freed.all());
    if (!ring_.has_unwritten()) {
        unwritten_since_ns_ = clock_.now_ns();
    }
    if (options_.tail != nullptr) {
        options_.tail->push_blank(ring_.end(), static_cast<std::uint32_t>(freed_body_.size()));
    }
    freed_end_ = ring_.push(JournalEntryKind::freed, freed_body_);
}

void Journal::failed(const Error& error, InFlight operation) {
    counters_.failures += 1;
    const bool full = error.code == ErrorCode::disk_full;
    set_state(full ? JournalState::disk_full : JournalState::disk_failed, &error);
    retry_.note_failure(clock_.now_ns());
    if (full && operation == InFlight::write) {
        return;  // what did not fit is tried again in the same place: nothing that was written is
                 // in doubt
    }
    // After a failed sync it is unknown which pages arrived, and the next sync would not say.
    // Everything that is not known to be stable goes to another file.
    files_.abandon(durable_);
    repeats_entries_ = true;
    written_ = durable_;
    ring_.rewind();
}

void Journal::set_state(JournalState state, const Error* error) {
    if (state != state_) {
        if (error != nullptr) {
            log(LogLevel::error, "journal_stopped",
                {{"reactor", options_.reactor}, {"durable", durable_}, {"error", *error}});
        } else {
            log(LogLevel::info, "journal_goes_on",
                {{"reactor", options_.reactor}, {"durable", durable_}});
        }
    }
    state_ = state;
    error_ = error == nullptr ? std::nullopt : std::optional<Error>(*error);
}

std::int64_t Journal::next_deadline_ns() const noexcept {
    std::int64_t deadline_ns = files_.next_deadline_ns();
    if (in_flight_ != InFlight::none) {
        return deadline_ns;
    }
    std::int64_t due_ns = std::numeric_limits<std::int64_t>::max();
    const bool waiting = wanted_ > durable_;
    if (ring_.has_unwritten()) {
        due_ns = waiting ? 0 : unwritten_since_ns_ + options_.gather_ns;
    }
    if (written_ > durable_) {
        due_ns = waiting ? 0 : std::min(due_ns, unsynced_since_ns_ + options_.sync_interval_ns);
    }
    if (last_chunk_end_ > proven_ && !ring_.has_unwritten() && written_ == durable_) {
        due_ns = durable_since_ns_ + options_.sync_interval_ns;
    }
    if (due_ns == std::numeric_limits<std::int64_t>::max()) {
        return deadline_ns;
    }
    // Without a file to write to, JournalFiles says when to look again.
    const JournalEntry* next = ring_.unwritten();
    const bool blocked =
        next != nullptr && written_ == durable_ && (files_.current() == nullptr || !fits(*next, 0));
    if (blocked && !files_.has_prepared()) {
        return deadline_ns;
    }
    return std::min(deadline_ns, std::max(due_ns, retry_.retry_at_ns()));
}

}  // namespace kera
