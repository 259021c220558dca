// Appends chunks to this reactor's lanes, and tells those who wait for their records. Belongs to
// one reactor's thread, the lanes' owner. Knows chunks, not requests. Invariant: a chunk that is in
// a lane is also in the virtual log before its result is known.
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

// After this time a client may send again what was refused for now.
inline constexpr std::uint32_t kAppendRetryAfterMs = 20;

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

    // The chunk's result; none when it first has to be on disk: then durability has it. REQUIRES:
    // the lane is this reactor's, and durability has admitted the chunk.
    std::optional<AppendResult> append(const AppendHandOver& chunk, const StreamletView& view);
    // The same for a chunk from another reactor. It is checked again: much may have changed since.
    std::optional<AppendResult> append_handed_over(const AppendHandOver& chunk);
    // The chunk is on disk: its records become readable.
    void on_durable(const PendingChunk& chunk);
    // Called now and then: checks whether memory has room again.
    void poll() { memory_watch_.poll(); }

  private:
    AppendResult refuse(const AppendHandOver& chunk, const Error& why);
    void tell_waiters(SharedStreamlet& shared);

    Parts parts_;
    MemoryWatch memory_watch_;
};

}  // namespace kera
