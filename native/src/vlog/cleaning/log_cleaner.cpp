#include "vlog/cleaning/log_cleaner.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "base/log.hpp"
#include "wire/file/journal_layout.hpp"

namespace kera {

int LogCleaner::poll(std::span<const JournalFileRange> files,
                     std::span<const std::vector<JournalFileRange>> leftovers, Position durable) {
    while (!pieces_.empty() && pieces_.front().end <= durable) {
        unstable_bytes_ -= pieces_.front().bytes;
        pieces_.pop_front();
    }
    if (stopped_) {
        if (step_ == Step::waiting || step_ == Step::copying) {
            leave_file();
        }
        return 0;
    }
    switch (step_) {
        case Step::none: {
            const std::int64_t now_ns = clock_.now_ns();
            if (now_ns < next_look_ns_) {
                return 0;
            }
            next_look_ns_ = now_ns + options_.look_every_ns;
            const JournalFileRange* const file = choose(files, leftovers);
            if (file == nullptr) {
                return 0;
            }
            begin(*file);
            return 1;
        }
        case Step::waiting:
            return read_piece() ? 1 : 0;
        case Step::copying:
            return copy();
        case Step::opening:
        case Step::reading:
            break;
    }
    return 0;
}

bool LogCleaner::may_try(const JournalFileRange& file) const {
    const auto tried = tried_.find(file.file->path());
    return file.file->needed_bytes() > 0 &&
           (tried == tried_.end() || tried->second <= clock_.now_ns());
}

const JournalFileRange* LogCleaner::choose(
    std::span<const JournalFileRange> files,
    std::span<const std::vector<JournalFileRange>> leftovers) {
    for (const std::vector<JournalFileRange>& journal : leftovers) {
        for (const JournalFileRange& file : journal) {
            if (may_try(file)) {
                return &file;
            }
        }
    }
    std::int64_t kept_bytes = 0;
    std::int64_t needed_bytes = 0;
    const JournalFileRange* best = nullptr;
    double best_share = 1.0;
    for (const JournalFileRange& file : files) {
        const auto bytes = static_cast<std::int64_t>(file.bytes());
        const std::int64_t needed = file.file->needed_bytes();
        kept_bytes += bytes;
        needed_bytes += needed;
        const double share = static_cast<double>(needed) / static_cast<double>(bytes);
        if (share < best_share && may_try(file)) {
            best_share = share;
            best = &file;
        }
    }
    const std::int64_t kept_max =
        needed_bytes / 100 * options_.kept_percent_max + options_.kept_bytes_more;
    return kept_bytes > kept_max ? best : nullptr;
}

void LogCleaner::begin(const JournalFileRange& file) {
    victim_ = file;
    next_at_ = 0;
    wanted_bytes_ = options_.piece_bytes;
    error_.reset();
    step_ = Step::opening;
    in_flight_ = true;
    disk_.open({victim_.file->path(), OpenMode::read, FileUse::reading, 0}, *this, 0);
}

bool LogCleaner::read_piece() {
    if (unstable_bytes_ >= options_.unstable_bytes_max) {
        return false;
    }
    const std::uint64_t left = victim_.bytes() - next_at_;
    const std::uint64_t bytes = std::min(left, wanted_bytes_);
    Result<SegmentBlock> block = memory_.claim_to_load(bytes);
    if (!block.ok()) {
        return false;
    }
    block_ = std::move(block).value();
    piece_at_ = next_at_;
    piece_bytes_ = bytes;
    step_ = Step::reading;
    in_flight_ = true;
    disk_.read_at(file_, piece_at_, MutableBytes(block_.data(), bytes), *this, 0);
    return true;
}

void LogCleaner::on_disk_done(DiskToken, Result<std::uint64_t> done) {
    in_flight_ = false;
    if (!done.ok()) {
        error_ = done.error();
        end_file(true);
        return;
    }
    if (step_ == Step::opening) {
        file_ = static_cast<FileId>(*done);
        step_ = Step::waiting;
        return;
    }
    if (*done != piece_bytes_) {
        error_ = fail(ErrorCode::corrupt, "log_file_bytes",
                      static_cast<std::int64_t>(piece_at_ + piece_bytes_),
                      static_cast<std::int64_t>(piece_at_ + *done));
        end_file(true);
        return;
    }
    copied_bytes_ = 0;
    step_ = Step::copying;
}

int LogCleaner::copy() {
    int copied = 0;
    if (piece_at_ == 0 && next_at_ == 0) {
        const Result<JournalFileHeader> header =
            JournalFileHeader::read(Bytes(block_.data(), piece_bytes_));
        if (!header.ok() || header->first_position != victim_.first) {
            error_ = header.ok() ? fail(ErrorCode::corrupt, "journal_first_position",
                                        victim_.first.value(), header->first_position.value())
                                 : header.error();
            end_file(true);
            return 1;
        }
        incarnation_ = header->incarnation;
        next_at_ = kJournalFileHeaderBytes;
    }
    constexpr int kEntriesPerPoll = 64;
    for (; copied < kEntriesPerPoll && moved_.takes_moved(); ++copied) {
        const std::optional<std::uint64_t> next = copy_entry(next_at_);
        if (error_) {
            end_file(true);
            return 1;
        }
        if (!next) {
            end_piece(next_at_);
            return 1;
        }
        next_at_ = *next;
    }
    return copied;
}

std::optional<std::uint64_t> LogCleaner::copy_entry(std::uint64_t at) {
    const Bytes rest = Bytes(block_.data(), piece_bytes_).subspan(at - piece_at_);
    if (rest.size() < kJournalEntryHeaderBytes) {
        return std::nullopt;
    }
    const Result<JournalEntryHeader> header = JournalEntryHeader::read(rest);
    const Position expected =
        victim_.first + static_cast<std::int64_t>(at - kJournalFileHeaderBytes);
    if (!header.ok() || header->position != expected || header->incarnation != incarnation_) {
        error_ = header.ok() ? fail(ErrorCode::corrupt, "entry_position", expected.value(),
                                    header->position.value())
                             : header.error();
        return std::nullopt;
    }
    const std::uint64_t entry_bytes = std::uint64_t{kJournalEntryHeaderBytes} + header->body_bytes;
    if (entry_bytes > rest.size()) {
        wanted_bytes_ = std::max<std::uint64_t>(options_.piece_bytes, entry_bytes);
        return std::nullopt;
    }
    if (header->kind != JournalEntryKind::chunk) {
        return at + entry_bytes;
    }
    const std::uint64_t chunk_at = at + kJournalEntryHeaderBytes;
    const Bytes bytes = rest.subspan(kJournalEntryHeaderBytes, header->body_bytes);
    const Result<ChunkView> chunk = first_chunk(bytes);
    if (!chunk.ok()) {
        victim_.file->note_damage();
        return at + entry_bytes;  // it keeps its file
    }
    const ChunkInfo info = chunk->info();
    const ChunkPlace place = chunk->place();
    const auto position = static_cast<std::uint32_t>(place.position);
    SegmentLease segment =
        finder_.find_segment({info.stream, info.streamlet, place.lane, place.group, place.segment});
    if (!check_chunk_crcs(bytes).ok()) {
        victim_.file->note_damage();
    } else if (segment && segment->is_at(*victim_.file, chunk_at, position)) {
        copied_end_ = moved_.add_moved(std::move(segment), victim_.file, chunk_at, position, bytes);
        copied_bytes_ += static_cast<std::int64_t>(bytes.size());
        counters_.chunks += 1;
        counters_.bytes += static_cast<std::int64_t>(bytes.size());
    }
    return at + entry_bytes;
}

void LogCleaner::leave_piece() {
    if (copied_bytes_ > 0) {
        const auto bytes = static_cast<std::int64_t>(block_.bytes());
        unstable_bytes_ += bytes;
        pieces_.push_back({std::move(block_), bytes, copied_end_});
    }
    block_.reset();
    copied_bytes_ = 0;
}

// What was copied goes on its way, whatever becomes of the rest.
void LogCleaner::leave_file() {
    leave_piece();
    if (file_ != FileId::none) {
        disk_.close(std::exchange(file_, FileId::none));
    }
    victim_ = JournalFileRange();
    step_ = Step::none;
}

void LogCleaner::end_piece(std::uint64_t next_at) {
    leave_piece();
    const bool is_last = piece_at_ + piece_bytes_ == victim_.bytes();
    if (is_last) {
        end_file(next_at < victim_.bytes());
        return;
    }
    step_ = Step::waiting;
}

// A file that is still needed after a while has something that could not be copied.
void LogCleaner::end_file(bool failed) {
    if (failed) {
        counters_.failures += 1;
        victim_.file->note_damage();
        log(LogLevel::warn, "log_file_not_cleaned",
            {{"path", victim_.file->path()},
             {"error", error_.value_or(fail(ErrorCode::corrupt, "log_file_bytes"))}});
    } else {
        counters_.files += 1;
        next_look_ns_ = 0;
    }
    std::erase_if(tried_, [this](const auto& one) { return one.second <= clock_.now_ns(); });
    tried_[victim_.file->path()] = clock_.now_ns() + options_.retry_ns;
    leave_file();
}

}  // namespace kera
