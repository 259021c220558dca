// What producers were told and readers saw of one streamlet, and whether all of it can be true. One
// thread. Producers number their records from 0. Invariants checked: one value per offset and one
// offset per record, for ever; each producer's records in order; acknowledged or read records stay
// until retention or a deletion; the start goes back only after a restart, and rises only as far as
// retention and deletions allow; the head never goes back.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.hpp"
#include "violations.hpp"

namespace kera {

struct RecordName {
    std::int32_t producer = 0;
    std::int64_t number = 0;

    friend auto operator<=>(const RecordName&, const RecordName&) = default;
};

inline std::string to_text(const RecordName& record) {
    return std::to_string(record.producer) + "/" + std::to_string(record.number);
}

// What retention may delete; -1 for no limit.
struct KeptAtLeast {
    std::int64_t age_ms = -1;
    std::int64_t bytes = -1;
};

using SeenRecords = std::vector<std::pair<Offset, RecordName>>;

class StreamletHistory {
  public:
    StreamletHistory(std::string name, const KeptAtLeast& kept, Violations& violations)
        : name_(std::move(name)), kept_(kept), violations_(violations) {}

    // --- producers
    void written(const RecordName& record, std::int64_t now_ms, std::int64_t bytes) {
        written_[record] = {now_ms, bytes};
    }
    std::int64_t written_at_ms(const RecordName& record) const { return written_.at(record).at_ms; }
    // `offset` is negative when the producer was not told it.
    void acknowledged(const RecordName& record, Offset offset) {
        ++acknowledged_count_;
        if (offset >= Offset(0)) {
            lies_at(offset, record, "acknowledged");
        }
    }
    void failed() { ++failed_count_; }
    std::int64_t outcome_count() const noexcept { return acknowledged_count_ + failed_count_; }
    std::int64_t written_count() const noexcept {
        return static_cast<std::int64_t>(written_.size());
    }

    // --- readers
    void saw(Offset offset, const RecordName& record) { lies_at(offset, record, "read"); }
    // A read from `from` returned these records and continues at `next`. The streamlet's start was
    // `start` then.
    void read(Offset from, Offset next, Offset start, const SeenRecords& shown) {
        if (next < from) {
            say("a read at " + text(from) + " goes on at " + text(next));
        }
        auto one = shown.begin();
        for (auto kept = at_.lower_bound(std::max(from, start)); kept != at_.end(); ++kept) {
            if (kept->first >= next) {
                break;
            }
            one = std::find_if(one, shown.end(),
                               [&](const auto& record) { return record.first >= kept->first; });
            const bool served = one != shown.end() && one->first == kept->first;
            if (!served && !is_rotten(kept->first)) {
                say("record " + to_text(kept->second) + " at " + text(kept->first) +
                    " was promised and is passed over by a read from " + text(from) + " to " +
                    text(next));
            }
        }
        for (const auto& [offset, record] : shown) {
            saw(offset, record);
        }
    }
    void start_is(Offset start, std::int64_t now_ms) {
        const bool may_fall = std::exchange(start_may_fall_, false);
        if (start < told_start_) {
            say("the start is " + text(start) + " although " + text(told_start_) + " was told");
        } else if (start < start_ && !may_fall) {
            say("the start went back from " + text(start_) + " to " + text(start));
        } else if (start < start_) {
            start_ = start;
        } else if (start > start_) {
            ++starts_raised_;
            check_start(start, now_ms);
            start_ = start;
        }
    }
    // Records deleted by retention alone may be there again after a restart. Then all of them are.
    void node_restarted() { start_may_fall_ = true; }
    // From an answer that may be older than others.
    void head_was(Offset head) { head_ = std::max(head_, head); }
    void head_is(Offset head) {
        if (head < head_) {
            const auto promised = at_.lower_bound(head);
            say("the head went back from " + text(head_) + " to " + text(head) +
                (promised == at_.end()
                     ? ", behind which nothing was promised"
                     : ", before " + to_text(promised->second) + " at " + text(promised->first)));
        }
        head_ = std::max(head_, head);
    }

    // --- administration and faults
    void delete_before(Offset asked) { deleted_before_ = std::max(deleted_before_, asked); }
    void deleted_before(Offset told) { told_start_ = std::max(told_start_, told); }
    // A damaged chunk on disk: readers may get an error, and recovery may lose it.
    void rotten(Offset base, Offset end, Offset segment_from, Offset segment_end) {
        rotten_[base] = end;
        rotten_segments_.emplace_back(segment_from, segment_end);
    }
    bool is_rotten(Offset offset) const {
        auto after = rotten_.upper_bound(offset);
        return after != rotten_.begin() && std::prev(after)->second > offset;
    }
    bool has_rot() const noexcept { return !rotten_.empty(); }
    // Where a reader that was refused at `from` continues; none when there is no reason for a
    // refusal.
    std::optional<Offset> behind_rot(Offset from) const {
        for (const auto& [first, end] : rotten_segments_) {
            if (first <= from && from < end) {
                const auto after = std::find_if(rotten_.begin(), rotten_.end(),
                                                [&](const auto& one) { return one.second > from; });
                return after == rotten_.end() ? end : std::max(after->second, from + 1);
            }
        }
        return std::nullopt;
    }

    Offset start() const noexcept { return start_; }
    // Also when no reader has seen the requested start yet.
    bool may_start_above(Offset offset) const noexcept {
        return start_ > offset || deleted_before_ > offset;
    }
    Offset head() const noexcept { return head_; }
    std::int64_t starts_raised() const noexcept { return starts_raised_; }
    const std::string& name() const noexcept { return name_; }
    void say(const std::string& what) { violations_.add(name_ + ": " + what); }

  private:
    struct Written {
        std::int64_t at_ms = 0;
        std::int64_t bytes = 0;
    };

    static std::string text(Offset offset) { return std::to_string(offset.value()); }

    void lies_at(Offset offset, const RecordName& record, const char* how) {
        const auto [known, is_new] = at_.try_emplace(offset, record);
        if (known->second != record) {
            say("offset " + text(offset) + " was " + to_text(known->second) + ", and " +
                to_text(record) + " was " + how + " there");
            return;
        }
        if (!is_new) {
            return;
        }
        if (!written_.contains(record)) {
            say("record " + to_text(record) + " at " + text(offset) + " was never written");
        }
        auto& numbers = of_producer_[record.producer];
        const auto [there, first] = numbers.try_emplace(record.number, offset);
        if (!first) {
            say("record " + to_text(record) + " lies at " + text(there->second) + " and at " +
                text(offset));
            return;
        }
        const auto after = std::next(there);
        if (there != numbers.begin() && std::prev(there)->second >= offset) {
            say("record " + to_text(record) + " at " + text(offset) +
                " lies before an earlier one");
        }
        if (after != numbers.end() && after->second <= offset) {
            say("record " + to_text(record) + " at " + text(offset) + " lies behind a later one");
        }
    }

    // Everything before the start was deleted by request, is too old, or exceeds the kept size.
    void check_start(Offset start, std::int64_t now_ms) {
        std::optional<std::pair<Offset, RecordName>> too_young;
        for (auto gone = at_.lower_bound(start_); gone != at_.end() && gone->first < start;
             ++gone) {
            const bool expired =
                kept_.age_ms >= 0 && written_[gone->second].at_ms < now_ms - kept_.age_ms;
            if (gone->first >= deleted_before_ && !expired && !is_rotten(gone->first)) {
                too_young = *gone;
            }
        }
        if (!too_young) {
            return;
        }
        if (kept_.bytes < 0) {
            say("the start went to " + text(start) + " past record " + to_text(too_young->second) +
                " at " + text(too_young->first) + ", which nothing allowed to go");
        } else if (bytes_from(start) < kept_.bytes) {
            say("the start went to " + text(start) + " and leaves " +
                std::to_string(bytes_from(start)) + " bytes of " + std::to_string(kept_.bytes));
        }
    }

    // The most that it can be; records without an offset count, too.
    std::int64_t bytes_from(Offset start) const {
        constexpr std::int64_t kAroundRecordBytes = 192;
        std::int64_t bytes = 0;
        for (const auto& [record, written] : written_) {
            const auto producer = of_producer_.find(record.producer);
            bool below = false;
            if (producer != of_producer_.end()) {
                const auto offset = producer->second.find(record.number);
                below = offset != producer->second.end() && offset->second < start;
            }
            bytes += below ? 0 : written.bytes + kAroundRecordBytes;
        }
        return bytes;
    }

    const std::string name_;
    const KeptAtLeast kept_;
    Violations& violations_;
    std::map<RecordName, Written> written_;
    std::map<Offset, RecordName> at_;
    std::map<std::int32_t, std::map<std::int64_t, Offset>> of_producer_;
    std::map<Offset, Offset> rotten_;
    std::vector<std::pair<Offset, Offset>> rotten_segments_;
    Offset start_{0};
    bool start_may_fall_ = false;
    Offset head_{0};
    Offset deleted_before_{0};
    Offset told_start_{0};
    std::int64_t starts_raised_ = 0;
    std::int64_t acknowledged_count_ = 0;
    std::int64_t failed_count_ = 0;
};

struct StreamletPlace {
    StreamId stream;
    StreamletId streamlet;

    friend auto operator<=>(const StreamletPlace&, const StreamletPlace&) = default;
};

}  // namespace kera
