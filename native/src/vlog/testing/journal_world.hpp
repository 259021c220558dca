// A journal on a simulated disk, and a model of what was appended and promised. One thread.
// Invariant: `appended_` are the entries that the virtual log should have, by position.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "disk/sim_disk.hpp"
#include "storage/testing/segment_sample.hpp"
#include "vlog/journal/journal.hpp"
#include "vlog/journal/journal_finishing.hpp"
#include "vlog/journal/journal_path.hpp"
#include "vlog/journal/journal_scan.hpp"
#include "vlog/journal/journal_settling.hpp"
#include "vlog/tail/found_tail.hpp"

namespace kera {

class JournalWorld final : public StableListener {
  public:
    explicit JournalWorld(std::uint64_t seed, std::uint64_t file_bytes = 16_KiB)
        : log_sink_(set_log_sink([](LogLevel, std::string_view) {})), random_(seed) {
        options_.file_bytes = file_bytes;
        options_.first_file_bytes = file_bytes / 2;
        options_.entries_max = 256;
    }

    ~JournalWorld() { set_log_sink(std::move(log_sink_)); }

    void start() {
        disk_ = std::make_unique<SimDisk>(media_, clock_, random_);
        begin_tail();
        make_journal();
    }

    // The process ends cleanly, and another one continues.
    void restart() {
        run_until([this] { return journal_->idle() && disk_->in_flight() == 0; });
        begin_again();
    }

    void power_cut() {
        disk_->crash();
        media_.crash(random_);
    }

    // The process is killed; the machine and its memory stay. finish() comes next.
    void kill() {
        disk_->crash();
        journal_.reset();
        disk_ = std::make_unique<SimDisk>(media_, clock_, random_);
    }
    // Does for the journal what a start does with what a killed process has left.
    Result<FinishedJournal> finish() { return finish(tail()); }
    Result<FinishedJournal> finish(const FoundTail& tail) {
        return finish_journal(*disk_, {options_.node, options_.reactor, clock_.epoch_ms(), 77},
                              tail);
    }
    FoundTail tail() { return read_tails(tail_room(), chunks_).value()[0]; }
    // Where the last chunk ends that was ever appended.
    Position appended_end() const noexcept { return appended_end_; }
    // What a tail says that is not of this journal.
    FoundTail foreign_tail(Position position) {
        FoundTail tail = this->tail();
        for (TailEntry& entry : tail.entries) {
            entry.position = entry.position + (position - Position(0));
        }
        return tail;
    }

    // After a power cut: does what recovery does for the journal.
    JournalScan begin_again() {
        journal_.reset();
        disk_.reset();
        disk_ = std::make_unique<SimDisk>(media_, clock_, random_);
        const JournalScan found = scan();
        start_ = settle_journal(*disk_, options_.reactor, found).value();
        appended_.erase(appended_.lower_bound(found.end), appended_.end());
        need_found(found);
        begin_tail();
        make_journal();
        return found;
    }

    // A chunk of about so many bytes; returns what durable_position() has to reach.
    Position append(std::uint32_t bytes, bool wants_sync) {
        std::vector<std::byte> made;
        const SegmentPlace place{StreamId(1), StreamletId(0), LaneId(0), GroupId(0), SegmentId(0)};
        append_sample_chunk(made, place, Offset(next_offset_++), bytes);
        KERA_ASSERT(chunk_bytes_ + made.size() <= chunks_.size(), chunk_bytes_);
        const MutableBytes chunk = MutableBytes(chunks_).subspan(chunk_bytes_, made.size());
        copy_bytes(chunk.data(), made.data(), made.size());
        chunk_bytes_ += made.size();
        const Position position = journal_->next_position();
        appended_[position] = std::move(made);
        appended_end_ = journal_->append(chunk, wants_sync);
        return appended_end_;
    }

    bool step() {
        int work = disk_->poll() + journal_->poll();
        if (work > 0) {
            return true;
        }
        const std::int64_t next_ns =
            std::min(disk_->next_deadline_ns(), journal_->next_deadline_ns());
        if (next_ns == INT64_MAX) {
            return false;
        }
        clock_.advance_ns(std::max<std::int64_t>(next_ns - clock_.now_ns(), 1000));
        return true;
    }
    void run_until(const std::function<bool()>& done) {
        for (int i = 0; i < 200'000 && !done(); ++i) {
            step();
        }
        ASSERT_TRUE(done());
    }
    void run_until_durable(Position end) {
        run_until([this, end] { return journal_->durable_position() >= end; });
    }
    void run_for(std::int64_t duration_ns) {
        const std::int64_t end_ns = clock_.now_ns() + duration_ns;
        while (clock_.now_ns() < end_ns && step()) {
        }
    }

    JournalScan scan() {
        files_.clear();
        std::vector<FoundJournalFile> found;
        for (const FolderEntry& entry : list_files()) {
            if (const auto number = parse_journal_file_name(entry.name)) {
                files_.push_back(*disk_->map(journal_file_path(options_.reactor, *number)));
                found.push_back({*number, files_.back().bytes()});
            } else {
                found.push_back(
                    {*parse_journal_file_name(entry.name, kJournalAsideEnding), {}, true});
            }
        }
        std::ranges::sort(found, {}, &FoundJournalFile::number);
        return scan_journal(found);
    }

    // The flipped bit is so many bytes after `position`.
    JournalScan scan_with_flipped_bit(Position position, std::int64_t behind) {
        for (const ScannedJournalFile& file : scan().files) {
            if (file.begun && file.first <= position && position < file.end) {
                const auto at = static_cast<std::uint64_t>(position - file.first + behind) +
                                kJournalFileHeaderBytes;
                media_.find(journal_file_path(options_.reactor, file.number))->flip_bit(at * 8);
            }
        }
        return scan();
    }

    // Checks that everything found was appended there, without a gap, and reaches as far as was
    // promised.
    void expect_found(const JournalScan& scan) {
        ASSERT_TRUE(scan.rotten.empty());
        ASSERT_GE(scan.end, promised_);
        auto expected = appended_.lower_bound(first_needed_);
        for (const ScannedEntry& entry : scan.entries) {
            if (entry.kind != JournalEntryKind::chunk || entry.position < first_needed_ ||
                forgotten_.contains(entry.position)) {
                continue;
            }
            ASSERT_TRUE(expected != appended_.end()) << "position=" << entry.position.value();
            ASSERT_EQ(entry.position, expected->first);
            ASSERT_TRUE(std::ranges::equal(entry.body, expected->second));
            ++expected;
        }
        ASSERT_TRUE(expected == appended_.end() || expected->first >= scan.end);
    }
    // Notes what a client was told.
    void note_promises() { promised_ = std::max(promised_, journal_->durable_position()); }
    // Chunks before `position` are not needed any more.
    void cut(Position position) {
        first_needed_ = std::max(first_needed_, position);
        needed_.erase(needed_.begin(), needed_.lower_bound(position));
    }
    // Nor are those from `first` to `end`, as if their stream was deleted. REQUIRES: stable.
    void forget(Position first, Position end) {
        needed_.erase(needed_.lower_bound(first), needed_.lower_bound(end));
        const auto from = appended_.lower_bound(first);
        const auto to = appended_.lower_bound(end);
        std::for_each(from, to, [this](const auto& one) { forgotten_.insert(one.first); });
        appended_.erase(from, to);
    }

    std::size_t file_count() { return list_files().size(); }
    std::int64_t highest_file_number() {
        std::int64_t highest = -1;
        for (const FolderEntry& entry : list_files()) {
            highest = std::max(highest, *parse_journal_file_name(entry.name));
        }
        return highest;
    }

    Journal& journal() { return *journal_; }
    SimDisk& disk() { return *disk_; }
    SimMedia& media() { return media_; }
    ManualClock& clock() { return clock_; }
    Random& random() { return random_; }
    Position start_position() const { return start_.position; }

  private:
    void make_journal() {
        stable_ = start_.position;
        journal_ = std::make_unique<Journal>(*disk_, clock_, random_, options_, start_, *this);
    }
    // Files are needed as long as a chunk in them is.
    void need(const std::shared_ptr<LogFile>& file, Position position, std::size_t bytes) {
        if (position >= first_needed_) {
            needed_[position].add(file, 0, 0, static_cast<std::uint32_t>(bytes));
        }
    }
    void need_found(const JournalScan& scan) {
        needed_.clear();
        for (const ScannedEntry& entry : scan.entries) {
            for (const JournalFileRange& range : start_.recovered) {
                if (entry.kind == JournalEntryKind::chunk && range.number == entry.file_number) {
                    need(range.file, entry.position, entry.body.size());
                }
            }
        }
    }
    void on_stable(const std::shared_ptr<LogFile>& file, Position, Position stable) override {
        for (auto at = appended_.lower_bound(stable_); at != appended_.end(); ++at) {
            if (at->first + (std::int64_t{kJournalEntryHeaderBytes} +
                             static_cast<std::int64_t>(at->second.size())) >
                stable) {
                break;
            }
            need(file, at->first, at->second.size());
        }
        stable_ = stable;
    }
    MutableBytes tail_room() {
        return {reinterpret_cast<std::byte*>(tail_memory_.data()),
                tail_memory_.size() * sizeof(std::uint64_t)};
    }
    void begin_tail() {
        tail_memory_.assign(JournalTails::bytes_for(1, kTailCapacity) / sizeof(std::uint64_t), 0);
        tails_.emplace(tail_room(), 1, kTailCapacity, chunks_);
        options_.tail = &tails_->of(ReactorId(0));
    }
    std::vector<FolderEntry> list_files() {
        return disk_->list(journal_folder(options_.reactor)).value();
    }

    // Tests ask for faults here; their log lines would hide a test's own.
    LogSink log_sink_;
    ManualClock clock_;
    Random random_;
    SimMedia media_;
    JournalOptions options_;
    JournalStart start_;
    std::unique_ptr<SimDisk> disk_;
    std::unique_ptr<Journal> journal_;
    // Not touched before it is used. Chunks stay for good, as those of a killed process do.
    static constexpr std::size_t kChunkMemoryBytes = 64_MiB;
    static constexpr std::uint64_t kTailCapacity = 4'096;
    std::unique_ptr<std::byte[]> chunk_memory_{new std::byte[kChunkMemoryBytes]};
    MutableBytes chunks_{chunk_memory_.get(), kChunkMemoryBytes};
    std::size_t chunk_bytes_ = 0;
    std::vector<std::uint64_t> tail_memory_;
    std::optional<JournalTails> tails_;
    std::map<Position, std::vector<std::byte>> appended_;
    std::set<Position> forgotten_;
    // What holds the journal's files, by the positions of chunks.
    std::map<Position, SegmentExtents> needed_;
    Position stable_;
    std::vector<MappedFile> files_;
    Position appended_end_;
    Position promised_;
    Position first_needed_;
    std::int64_t next_offset_ = 0;
};

}  // namespace kera
