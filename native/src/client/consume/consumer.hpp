// Reads streamlets from where it is told, in offset order, chunks and records in place.
// Thread: all functions up to the SessionUser's belong to one application thread at a time.
// Owns its positions and what has arrived; a record's bytes are valid until the handler returns, a
// batch's until it is released. Invariants: records of a streamlet come in order, each once; bytes
// received and not yet read stay below the limit by at most one answer.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "client/consume/chunk_reader.hpp"
#include "client/consume/consumer_options.hpp"
#include "client/consume/feed.hpp"
#include "client/consume/inbox.hpp"
#include "client/session/session_membership.hpp"
#include "client/session/session_user.hpp"

namespace kera {

struct StreamletRef {
    StreamId stream;
    StreamletId streamlet;
    friend bool operator==(const StreamletRef&, const StreamletRef&) = default;
};

class Consumer final : public SessionUser {
  public:
    Consumer(Loop& loop, ConsumerOptions options);
    ~Consumer() override;

    static Result<void> check(const ConsumerOptions& options);

    // Reads this streamlet too; an assigned one goes on from `start` instead.
    Result<void> assign(const StreamletRef& streamlet, const StartAt& start);
    Result<void> unassign(const StreamletRef& streamlet);
    Result<void> seek(const StreamletRef& streamlet, const StartAt& start);
    // What was received and not yet read is dropped, and asked for again by resume().
    Result<void> pause(const StreamletRef& streamlet);
    Result<void> resume(const StreamletRef& streamlet);
    // The offset of the next record to be read; none before the first one of a start that is not an
    // offset.
    std::optional<Offset> position(const StreamletRef& streamlet) const;
    // Where the readable records ended when the last answer was given.
    std::optional<Offset> readable_head(const StreamletRef& streamlet) const;

    // Calls handler(const RecordView&, const RecordPlace&) for what is there, at most `records_max`
    // times. An error concerns one streamlet, which is read on after a seek.
    template <class Handler>
    Result<int> poll_records(int records_max, Handler&& handler) {
        int records = 0;
        while (records < records_max) {
            if (!reader_.has_record()) {
                KERA_TRY_ASSIGN(const bool more, next_chunk_of_records());
                if (!more) {
                    break;
                }
            }
            records += reader_.read(records_max - records, handler);
            if (reader_.damaged()) [[unlikely]] {
                return fail_records();
            }
            note_position();
        }
        return records;
    }

    // Calls handler(const ChunkView&, const ReceivedPart&); records below part.from were not asked
    // for.
    template <class Handler>
    Result<int> poll_chunks(int chunks_max, Handler&& handler) {
        int chunks = 0;
        for (; chunks < chunks_max; ++chunks) {
            KERA_TRY_ASSIGN(const bool more, next_chunk());
            if (!more) {
                break;
            }
            handler(ChunkView(chunk_.data()), *part_);
            leave_chunk();
        }
        return chunks;
    }

    // Waits for something to read.
    bool await(std::int64_t deadline_ns);

    // All chunks of one streamlet that arrived together, null when there are none now. They have
    // been checked, and stay valid until release(). Any number may be held, in any order.
    Result<const ReceivedPart*> take_batch();
    // Any one thread at a time.
    void release(const ReceivedPart& batch);

    int poll(std::int64_t now_ns) override { return feed_.poll(now_ns); }
    std::int64_t next_deadline_ns() const override { return feed_.next_deadline_ns(); }
    bool has_work() const override { return inbox_.has_returns(); }
    bool idle() const override { return true; }
    void shut_down(const Error& why) override;
    void on_session_ready() override { feed_.on_session_ready(); }
    void on_session_lost() override { feed_.on_session_lost(); }
    std::uint32_t index() const noexcept { return membership_.index(); }

  private:
    // One streamlet as the application sees it.
    struct Position {
        StreamletRef streamlet;
        StartAt start;
        std::uint32_t generation = 0;
        std::optional<Offset> next;
        std::optional<Offset> readable_head;
        bool assigned = false;
        bool paused = false;
    };

    Position* find(const StreamletRef& streamlet);
    const Position* find(const StreamletRef& streamlet) const;
    void restart(Position& position, const StartAt& start);
    Result<bool> next_part();
    Result<bool> next_chunk();
    Result<bool> next_chunk_of_records();
    Result<bool> enter_chunk();
    void leave_chunk();
    void leave_part();
    // After a seek: what is being read was not asked for.
    void leave(const Position& position);
    void note_position();
    Error fail_part(const Error& why);
    Error fail_records();
    void give_back(const ReceivedPart& part);

    Loop& loop_;
    const ConsumerOptions options_;
    const SessionMembership membership_;
    const ChunkChecks checks_;
    Inbox inbox_;
    Feed feed_;
    std::vector<Position> positions_;

    ReceivedPart* part_ = nullptr;
    // What is left of the part, and the chunk at its start.
    Bytes rest_;
    Bytes chunk_;
    RecordReader reader_;
};

}  // namespace kera
