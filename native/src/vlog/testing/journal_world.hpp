// A journal on a simulated disk, and a model of what was appended and promised. One thread.
// Invariant: `appended_` are the entries that the virtual log should have, by position.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "disk/sim_disk.hpp"
#include "storage/testing/segment_file_sample.hpp"
#include "vlog/journal/journal.hpp"
#include "vlog/journal/journal_path.hpp"
#include "vlog/journal/journal_scan.hpp"
#include "vlog/journal/journal_settling.hpp"

namespace kera {

class JournalWorld {
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
        journal_ = std::make_unique<Journal>(*disk_, clock_, random_, options_, start_);
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

    // After a power cut: does what recovery does for the journal.
    JournalScan begin_again() {
        journal_.reset();
        disk_.reset();
        disk_ = std::make_unique<SimDisk>(media_, clock_, random_);
        const JournalScan found = scan();
        start_ = settle_journal(*disk_, options_.reactor, found).value();
        appended_.erase(appended_.lower_bound(found.end), appended_.end());
        journal_ = std::make_unique<Journal>(*disk_, clock_, random_, options_, start_);
        return found;
    }

    // A chunk of about so many bytes; returns what durable_position() has to reach.
    Position append(std::uint32_t bytes, bool wants_sync) {
        std::vector<std::byte>& chunk = memory_.emplace_back();
        const SegmentPlace place{StreamId(1), StreamletId(0), LaneId(0), GroupId(0), SegmentId(0)};
        append_sample_chunk(chunk, place, Offset(next_offset_++), bytes);
        const Position position = journal_->next_position();
        appended_[position] = chunk;
        return journal_->append(chunk, wants_sync);
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
        auto expected = appended_.lower_bound(std::max(scan.cut, first_needed_));
        for (const ScannedEntry& entry : scan.entries) {
            if (entry.kind != JournalEntryKind::chunk || entry.position < first_needed_) {
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
    void cut(Position position) {
        first_needed_ = std::max(first_needed_, position);
        journal_->cut(position);
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
    std::deque<std::vector<std::byte>> memory_;
    std::map<Position, std::vector<std::byte>> appended_;
    std::vector<MappedFile> files_;
    Position promised_;
    Position first_needed_;
    std::int64_t next_offset_ = 0;
};

}  // namespace kera
