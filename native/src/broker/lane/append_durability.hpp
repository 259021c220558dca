// How a reactor's appends become durable: they go into the virtual log, and from there to disk; and
// who waits for that. Belongs to one reactor's thread. A core without a disk refuses appends that
// ask for one. Invariant: who waits is told once, in the order of the virtual log, and of success
// only when the chunk is synced.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "broker/mail/reactor_message.hpp"
#include "storage/lane/lane.hpp"
#include "storage/segment/append.hpp"
#include "transport/transport.hpp"
#include "wire/frame/levels.hpp"

namespace kera {

class StreamTable;

// A chunk in memory that has to be on disk before its producer is answered.
struct PendingChunk {
    Position position;
    AppendHandOver origin;
    SharedStreamlet* shared = nullptr;
    Offset base_offset;
    AppendResult result;
    // Its producer has a result: the leadership ended before the chunk was on disk.
    bool answered = false;
};

class DurabilityHandler {
  public:
    virtual void on_durable(const PendingChunk& chunk, const Result<void>& outcome) = 0;

  protected:
    ~DurabilityHandler() = default;
};

class AppendDurability {
  public:
    virtual ~AppendDurability() = default;

    // Once, before the first poll(): where the reactor's streams are.
    virtual void serve(StreamTable& streams) noexcept = 0;
    // Whether an append at this level may begin now. unsupported without a disk; disk_full;
    // disk_failed.
    virtual Result<void> admit(AckLevel level) = 0;
    // The chunk is in memory; adds it to the virtual log. Returns the position at which it is
    // durable. Never throws: readers already see the chunk, so without a log entry its retry would
    // be acknowledged and the chunk lost at the next stop. A node that has no memory for this ends.
    virtual Position note(const Appended& appended, AckLevel level) noexcept = 0;
    // The chunk is a retry: the position at which the first one is durable at the latest.
    virtual Position noted(AckLevel level) noexcept = 0;
    virtual bool is_durable(Position position) const noexcept = 0;
    virtual void wait(PendingChunk&& chunk) = 0;
    virtual int poll(DurabilityHandler& handler) = 0;
    // The stream is deleted: its waiting chunks end with unknown_stream.
    virtual void forget(StreamId stream, DurabilityHandler& handler) = 0;
    // This node does not lead streamlets [first, end) any more: their waiting chunks end with
    // not_leader. They are written all the same.
    virtual void leadership_ended(StreamId stream, StreamletId first, StreamletId end,
                                  DurabilityHandler& handler) = 0;
    // The segment gets no more chunks: once they are stable, it may be evicted.
    virtual void closed(Segment& segment) noexcept = 0;
    virtual std::int64_t next_deadline_ns() const noexcept = 0;
    // Nothing waits for the disk, and everything added is on it.
    virtual bool settled() const noexcept = 0;
    // Everything added has to be on disk soon.
    virtual void want_all() noexcept = 0;
};

// For a core without a disk.
class MemoryDurability final : public AppendDurability {
  public:
    void serve(StreamTable&) noexcept override {}
    Result<void> admit(AckLevel level) override {
        if (level == AckLevel::disk) {
            return fail(ErrorCode::unsupported, "ack_level", 2, 3);
        }
        return {};
    }
    Position note(const Appended&, AckLevel) noexcept override { return Position(0); }
    Position noted(AckLevel) noexcept override { return Position(0); }
    bool is_durable(Position) const noexcept override { return true; }
    void wait(PendingChunk&&) override { KERA_ASSERT(false); }
    int poll(DurabilityHandler&) override { return 0; }
    void forget(StreamId, DurabilityHandler&) override {}
    void leadership_ended(StreamId, StreamletId, StreamletId, DurabilityHandler&) override {}
    void closed(Segment&) noexcept override {}
    std::int64_t next_deadline_ns() const noexcept override { return kNoDeadline; }
    bool settled() const noexcept override { return true; }
    void want_all() noexcept override {}
};

}  // namespace kera
