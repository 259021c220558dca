// Readers of a streamlet by every possible way, each checked against the streamlet's history. One
// thread; they borrow the node and the history. step() requests a little more, or takes what has
// arrived. done() says whether everything readable was read. Invariants checked by all: reading
// goes forwards, and every error has a known cause.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "history.hpp"
#include "raw_connection.hpp"
#include "wire/message/consume_messages.hpp"
#include "writer.hpp"

namespace kera {

class StreamletReader {
  public:
    StreamletReader(SimulatedNode& node, StreamletHistory& history, const StreamletPlace& place,
                    std::string name)
        : node_(node), history_(history), place_(place), name_(std::move(name)) {}
    virtual ~StreamletReader() = default;
    StreamletReader(const StreamletReader&) = delete;
    StreamletReader& operator=(const StreamletReader&) = delete;

    virtual void step() = 0;
    // Up to the present head.
    virtual bool done() const { return next_ >= history_.head(); }
    // Any number that grows while there is progress.
    virtual std::int64_t progress() const { return next_.value(); }
    std::string describe_place() const {
        return name_ + " at " + std::to_string(next_.value()) + " of " +
               std::to_string(history_.head().value());
    }
    StreamletHistory& history() noexcept { return history_; }
    std::int64_t refusals() const noexcept { return refusals_; }

  protected:
    // Decides where this reader continues after an error.
    void refused(ErrorCode code, Offset start) {
        ++refusals_;
        if (code == ErrorCode::offset_out_of_range && next_ < start) {
            history_.start_is(start, node_.now_ms());
            next_ = start;
            return;
        }
        const bool disk = code == ErrorCode::disk_failed || code == ErrorCode::corrupt;
        if (const auto behind = history_.behind_rot(next_); disk && behind) {
            next_ = *behind;
            return;
        }
        // A temporary failure: the next try succeeds.
        if (code == ErrorCode::disk_failed) {
            failing_since_ns_ = failing_since_ns_ == 0 ? node_.now_ns() : failing_since_ns_;
            if (node_.now_ns() - failing_since_ns_ < kDiskFailsNsMax) {
                return;
            }
        }
        history_.say(name_ + " is told " + to_string(code) + " at " +
                     std::to_string(next_.value()) + ", which nothing explains");
    }
    void served() noexcept { failing_since_ns_ = 0; }
    void take(Offset from, Offset next, Offset start, Bytes data) {
        served();
        SeenRecords shown;
        Offset last(-1);
        const bool sound = walk_chunks(data, [&](const ChunkView& chunk) {
            for_each_record(chunk, [&](const RecordView& record, Offset offset) {
                if (offset <= last) {
                    history_.say(name_ + " is shown offset " + std::to_string(offset.value()) +
                                 " behind " + std::to_string(last.value()));
                }
                last = offset;
                if (offset >= from) {
                    shown.emplace_back(offset, record_name_of(record));
                }
            });
        });
        if (!sound) {
            history_.say(name_ + " is served rot at " + std::to_string(from.value()));
        }
        history_.read(from, next, start, shown);
    }

    // NOLINTBEGIN(readability-identifier-naming): for the readers below, which call them as their
    // own
    SimulatedNode& node_;
    StreamletHistory& history_;
    const StreamletPlace place_;
    const std::string name_;
    Offset next_{0};
    // NOLINTEND(readability-identifier-naming)

  private:
    static constexpr std::int64_t kDiskFailsNsMax = 60 * kNanosPerSecond;

    std::int64_t refusals_ = 0;
    std::int64_t failing_since_ns_ = 0;
};

// Fetches by offset, with the cursor of the answer before, and sometimes without.
class OffsetReader final : public StreamletReader {
  public:
    OffsetReader(SimulatedNode& node, StreamletHistory& history, const StreamletPlace& place,
                 std::int32_t reactor)
        : StreamletReader(node, history, place, "a fetching reader"),
          connection_(node, "fetcher", reactor) {}

    void from_the_start() {
        next_ = history_.start();
        cursor_ = WireCursor{};
    }
    void step() override {
        if (!connection_.connected()) {
            cursor_ = WireCursor{};
        }
        if (!connection_.connect()) {
            return;
        }
        Fetch fetch;
        fetch.bytes_max = 1U << 17U;
        fetch.entries.push_back(
            {place_.stream, place_.streamlet, next_, cursor_, 1U << 17U, ReadOrder::offset});
        const std::optional<FrameBytes> frame = connection_.ask(fetch);
        if (!frame) {
            return;
        }
        const FrameView view = view_of(*frame);
        std::vector<FetchAnswer::Entry> entries;
        const Result<std::uint32_t> head = FetchAnswer::decode(view, entries);
        if (!head.ok() || entries.size() != 1) {
            const Result<DoneAnswer> refusal = decode_answer<DoneAnswer>(*frame);
            refused(refusal.ok() ? ErrorCode::malformed : refusal.error().code, Offset(-1));
            return;
        }
        take_entry(entries[0], Bytes(*frame).subspan(*head));
    }

  private:
    void take_entry(const FetchAnswer::Entry& entry, Bytes data) {
        if (entry.code != ErrorCode::ok) {
            cursor_ = WireCursor{};
            refused(entry.code, entry.start_offset);
            return;
        }
        history_.start_is(entry.start_offset, node_.now_ms());
        history_.head_is(entry.readable_head);
        take(next_, entry.next_offset, entry.start_offset, data);
        next_ = entry.next_offset;
        cursor_ = node_.random().chance(0.1) ? WireCursor{} : entry.cursor;
    }

    RawConnection connection_;
    WireCursor cursor_;
};

// Acquires, reads in group order, releases; starts again from the first group when the connection
// was lost.
class GroupReader final : public StreamletReader {
  public:
    GroupReader(SimulatedNode& node, StreamletHistory& history, const StreamletPlace& place,
                std::string reader, std::int32_t reactor)
        : StreamletReader(node, history, place, "a reader of groups"),
          reader_(std::move(reader)),
          connection_(node, "grouper", reactor) {}

    void step() override {
        if (!connection_.connected()) {
            lease_.reset();
        }
        if (!connection_.connect()) {
            return;
        }
        if (!lease_) {
            acquire();
        } else {
            read();
        }
    }
    // An open group never ends. Idle means that there is nothing more now.
    bool done() const override { return idle_; }
    std::int64_t progress() const override { return steps_; }
    std::int64_t groups_done() const noexcept { return groups_done_; }

  private:
    void acquire() {
        AcquireGroup acquire;
        acquire.stream = place_.stream;
        acquire.streamlet = place_.streamlet;
        acquire.reader_name = reader_;
        const std::optional<FrameBytes> frame = connection_.ask(acquire);
        if (!frame) {
            return;
        }
        const Result<AcquireGroupAnswer> answer = decode_answer<AcquireGroupAnswer>(*frame);
        if (!answer.ok()) {
            refused(answer.error().code, Offset(-1));
            return;
        }
        idle_ = answer->cursor.lane < 0;
        if (!idle_) {
            lease_ = *answer;
            last_ = Offset(-1);
            ++steps_;
        }
    }
    void read() {
        Fetch fetch;
        fetch.bytes_max = 1U << 16U;
        fetch.entries.push_back({place_.stream, place_.streamlet, Offset(0), lease_->cursor,
                                 1U << 16U, ReadOrder::group});
        const std::optional<FrameBytes> frame = connection_.ask(fetch);
        if (!frame) {
            return;
        }
        std::vector<FetchAnswer::Entry> entries;
        const Result<std::uint32_t> head = FetchAnswer::decode(view_of(*frame), entries);
        if (!head.ok() || entries.size() != 1) {
            const Result<DoneAnswer> refusal = decode_answer<DoneAnswer>(*frame);
            refused(refusal.ok() ? ErrorCode::malformed : refusal.error().code, Offset(-1));
            release(false);
            return;
        }
        const FetchAnswer::Entry& entry = entries[0];
        if (entry.code != ErrorCode::ok) {
            group_refused(entry);
            return;
        }
        take_group(Bytes(*frame).subspan(*head));
        steps_ += entry.data_bytes > 0 ? 1 : 0;
        lease_->cursor = entry.cursor;
        if (entry.end_of_group || entry.data_bytes == 0) {
            groups_done_ += entry.end_of_group ? 1 : 0;
            idle_ = !entry.end_of_group;
            release(entry.end_of_group);
        }
    }
    void take_group(Bytes data) {
        served();
        const bool sound = walk_chunks(data, [this](const ChunkView& chunk) {
            if (chunk.base_offset() <= last_) {
                history_.say(name_ + " goes back to " +
                             std::to_string(chunk.base_offset().value()));
            }
            last_ = chunk.base_offset();
            for_each_record(chunk, [this](const RecordView& record, Offset offset) {
                history_.saw(offset, record_name_of(record));
            });
        });
        if (!sound) {
            history_.say(name_ + " is served rot");
        }
    }
    // The group may be deleted. Or a part of it is damaged, and the rest is skipped.
    void group_refused(const FetchAnswer::Entry& entry) {
        const bool gone = entry.code == ErrorCode::offset_out_of_range;
        const bool rotten = history_.has_rot() && (entry.code == ErrorCode::corrupt ||
                                                   entry.code == ErrorCode::disk_failed);
        if (!gone && !rotten) {
            refused(entry.code, Offset(-1));
        }
        release(rotten);
        ++steps_;
    }
    void release(bool done) {
        ReleaseGroup release;
        release.lease = lease_->lease;
        release.cursor = lease_->cursor;
        release.done = done;
        static_cast<void>(connection_.ask(release));
        lease_.reset();
    }

    const std::string reader_;
    RawConnection connection_;
    std::optional<AcquireGroupAnswer> lease_;
    Offset last_{-1};
    bool idle_ = false;
    std::int64_t steps_ = 0;
    std::int64_t groups_done_ = 0;
};

}  // namespace kera
