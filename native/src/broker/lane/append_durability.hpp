// How a reactor's appends become durable: into the virtual log, and from there to disk; and who
// waits for that. Belongs to one reactor's thread. Without a disk it knows only memory, and refuses
// what asks for more. Invariant: whoever waits is told once, in the order of the virtual log, and
// of success only when the chunk is synced.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "broker/mail/reactor_message.hpp"
#include "storage/lane/lane.hpp"
#include "storage/segment/append.hpp"
#include "transport/transport.hpp"
#include "wire/frame/levels.hpp"

namespace kera {

// A chunk in memory whose producer wants it on disk.
struct PendingChunk {
    Position position;
    AppendHandOver origin;
    SharedStreamlet* shared = nullptr;
    Offset base_offset;
    AppendResult result;
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

    // Whether an append at this level may begin now: unsupported without a disk, disk_full,
    // disk_failed.
    virtual Result<void> admit(AckLevel level) = 0;
    // The chunk is in memory: into the virtual log with it. Returns the position from which on it
    // is durable. Never throws: a node that has no memory for this ends, since a chunk that readers
    // see and the log does not have would be acknowledged by its retry, and be gone after a stop.
    virtual Position note(const Appended& appended, AckLevel level) noexcept = 0;
    // Where a retry's chunk is durable at the latest, if it was appended at all.
    virtual Position noted(AckLevel level) noexcept = 0;
    virtual void wait(PendingChunk&& chunk) = 0;
    virtual int poll(DurabilityHandler& handler) = 0;
    // The stream is deleted: ends the waiting of its chunks with unknown_stream, and writes nothing
    // of it any more.
    virtual void forget(StreamId stream, DurabilityHandler& handler) = 0;
    // A segment is full, or was left behind: it may go to its file.
    virtual void closed(Segment& segment) noexcept = 0;
    // Start-up: a segment that recovery has put together in memory.
    virtual void adopt(Segment& segment) = 0;
    // A group is not kept any more: its files can go.
    virtual void dropped(StreamId stream, StreamletId streamlet, const DroppedGroup& group) = 0;
    virtual std::int64_t next_deadline_ns() const noexcept = 0;
    // Nothing waits for the disk, and everything noted is on it.
    virtual bool settled() const noexcept = 0;
    // Everything noted is to be on disk soon.
    virtual void want_all() noexcept = 0;
};

// A core without a disk.
class MemoryDurability final : public AppendDurability {
  public:
    Result<void> admit(AckLevel level) override {
        if (level == AckLevel::disk) {
            return fail(ErrorCode::unsupported, "ack_level", 2, 3);
        }
        return {};
    }
    Position note(const Appended&, AckLevel) noexcept override { return Position(0); }
    Position noted(AckLevel) noexcept override { return Position(0); }
    void wait(PendingChunk&&) override { KERA_ASSERT(false); }
    int poll(DurabilityHandler&) override { return 0; }
    void forget(StreamId, DurabilityHandler&) override {}
    void closed(Segment&) noexcept override {}
    void adopt(Segment&) override {}
    void dropped(StreamId, StreamletId, const DroppedGroup&) override {}
    std::int64_t next_deadline_ns() const noexcept override { return kNoDeadline; }
    bool settled() const noexcept override { return true; }
    void want_all() noexcept override {}
};

}  // namespace kera
