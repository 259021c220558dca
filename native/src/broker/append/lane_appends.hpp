// Puts chunks into this reactor's lanes, and tells whoever waits for their records. Belongs to one
// reactor's thread, the lanes' owner; knows chunks, not requests. Invariant: what is in a lane is
// in the virtual log, too, before its result is told.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "broker/append/memory_watch.hpp"
#include "broker/lane/append_durability.hpp"
#include "broker/lane/lane_maintenance.hpp"
#include "broker/mail/reactor_mailboxes.hpp"
#include "broker/metrics/counter_sets.hpp"
#include "broker/stream/stream_table.hpp"

namespace kera {

// The result of a chunk that was not appended.
AppendResult refusal_of(const Error& error) noexcept;

class LaneAppends {
  public:
    struct Parts {
        ReactorId reactor;
        const Clock& clock;
        StreamTable& streams;
        ReactorMailboxes& mailboxes;
        AppendDurability& durability;
        LaneMaintenance& lane_maintenance;
        const SegmentMemory& memory;
        ReactorCounters& counters;
    };

    explicit LaneAppends(const Parts& parts) noexcept
        : parts_(parts), memory_watch_(parts.reactor, parts.clock, parts.memory) {}

    // The chunk's result; none when it has to wait for the disk, which then has the chunk.
    // REQUIRES: the lane is this reactor's, and durability has admitted the chunk.
    std::optional<AppendResult> append(const AppendHandOver& chunk, SharedStreamlet& shared);
    // The same for a chunk from another reactor: whatever was checked there may have changed since.
    std::optional<AppendResult> append_handed_over(const AppendHandOver& chunk);
    // The disk has the chunk: its records can be read.
    void on_durable(const PendingChunk& chunk);
    // Now and then: looks whether memory has room again.
    void poll() { memory_watch_.poll(); }

  private:
    AppendResult refuse(const AppendHandOver& chunk, const Error& why);
    void tell_waiters(SharedStreamlet& shared);

    Parts parts_;
    MemoryWatch memory_watch_;
};

}  // namespace kera
