// Reads streamlets from where it is told, in offset order, chunks and records in place.
// Thread: all functions up to the SessionUser's belong to one application thread at a time, but for
// what says otherwise.
// Owns its assignments and what has arrived; a record's bytes are valid until the handler returns,
// a batch's until it is released. Invariants: records of a streamlet come in order, each once;
// bytes received and not yet read stay below the limit by at most one answer.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "base/result.hpp"
#include "client/consume/assignments.hpp"
#include "client/consume/consumer_options.hpp"
#include "client/consume/inbox.hpp"
#include "client/consume/part_reader.hpp"
#include "client/consume/receiver.hpp"
#include "client/consume/whole_streams.hpp"
#include "client/session/session_membership.hpp"
#include "client/session/session_user.hpp"

namespace kera {

class Consumer final : public SessionUser {
  public:
    Consumer(Loop& loop, ConsumerOptions options);
    ~Consumer() override;

    static Result<void> check(const ConsumerOptions& options);

    // Reads this streamlet too; an assigned one goes on from `start` instead.
    Result<void> assign(const StreamletRef& streamlet, const StartAt& start);
    // Reads all streamlets of a stream, which had so many when it was described. Later ones are
    // read from their beginning, as soon as the broker tells of them.
    Result<void> assign_stream(StreamId stream, std::int32_t streamlets, const StartAt& start);
    // How many streamlets of a stream it reads as a whole; 0: none.
    std::int32_t streamlets(StreamId stream) const { return whole_streams_.streamlets(stream); }
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
        KERA_TRY(follow_growth());
        return reader_.read_records(records_max, handler);
    }

    // Calls handler(const ChunkView&, const ReceivedPart&); records below part.from were not asked
    // for.
    template <class Handler>
    Result<int> poll_chunks(int chunks_max, Handler&& handler) {
        KERA_TRY(follow_growth());
        return reader_.read_chunks(chunks_max, handler);
    }

    // Waits for something to read; whether there is something.
    bool await(std::int64_t deadline_ns);
    // Any thread: whoever waits returns, and nobody waits any more.
    void end_waiting();

    // All chunks of one streamlet that arrived together, null when there are none now. They have
    // been checked, and stay valid until release(). Any number may be held, in any order.
    Result<const ReceivedPart*> take_batch() {
        KERA_TRY(follow_growth());
        return reader_.take_part();
    }
    // Any one thread at a time.
    void release(const ReceivedPart& batch) { reader_.give_back_of_any(batch); }

    int poll(std::int64_t now_ns) override { return receiver_.poll(now_ns); }
    std::int64_t next_deadline_ns() const override { return receiver_.next_deadline_ns(); }
    bool has_work() const override { return inbox_.has_returns(); }
    bool idle() const override { return true; }
    void shut_down(const Error& why) override;
    void on_session_ready() override { receiver_.on_session_ready(); }
    void on_session_lost() override { receiver_.on_session_lost(); }
    void for_each_stream(const std::function<void(StreamId)>& visit) override {
        whole_streams_.for_each(visit);
    }
    // The application's thread assigns what is new, with its next call for records.
    void on_stream_size(StreamId stream, std::int32_t streamlets) override {
        whole_streams_.note_size(stream, streamlets);
    }
    std::uint32_t index() const noexcept { return membership_.index(); }

  private:
    void read_from(Assignment& assignment, const StartAt& start);
    Result<void> follow_growth() {
        return whole_streams_.has_grown() ? assign_grown() : Result<void>{};
    }
    Result<void> assign_grown();

    Loop& loop_;
    const ConsumerOptions options_;
    std::atomic<bool> waiting_ended_{false};
    const SessionMembership membership_;
    Inbox inbox_;
    Receiver receiver_;
    Assignments assignments_;
    WholeStreams whole_streams_;
    PartReader reader_;
};

}  // namespace kera
