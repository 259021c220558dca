// A stream, shared by the reactors of a core. The first reactor creates and changes it, all of them
// read it. Owned by shared_ptr: each reactor holds one from StreamOpened to StreamDropped, and so
// does the directory. Invariants: id and name never change; streamlets are only added, and do not
// move; `settings` belong to the first reactor.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "broker/metrics/counter_sets.hpp"
#include "broker/stream/term_starts.hpp"
#include "storage/streamlet/streamlet.hpp"
#include "wire/message/stream_messages.hpp"

namespace kera {

// A streamlet, and which reactors wait for its head to move.
struct SharedStreamlet {
    std::unique_ptr<Streamlet> streamlet;
    // Bit r: reactor r has waiting readers. They set it before their last look at the head; an
    // append reads it after the head has moved. Both are seq_cst, so one of the two sees the other.
    std::atomic<std::uint64_t> waiting_reactors{0};
    // Whether this node leads the streamlet, as the first reactor has decided. Others go by what
    // they were told: StreamletView::leads.
    bool leads = false;
    // The first reactor's. A term in which another node leads is not here.
    TermStarts terms;
    // The start that is stored: groups below it may be deleted, with their files. Stored (release)
    // by the first reactor once it is stable; pairs with acquire in LaneMaintenance.
    std::atomic<std::int64_t> kept_start{0};
    // Offsets below it were given away before this run, though their records may be lost. Set by
    // recovery, and stored with the starts.
    Offset given_end{0};
    // Written by the reactor that owns the first lane.
    StreamletGauges gauges;
};

struct Stream {
    StreamId id;
    std::string name;
    StreamSettings settings;
    // From `settings`, for every reactor.
    std::atomic<AckLevel> ack_level_min{AckLevel::none};
    // Only the first reactor adds some. Then it waits for all reactors to have taken them into
    // their StreamTable; the others look at this list only when they are told to do so.
    std::deque<SharedStreamlet> streamlets;
    // A start has moved, and the first reactor was asked to store it. Set by any reactor, cleared
    // before the starts are read. Both are read-modify-writes, so a start that moved before a
    // failed set is seen.
    std::atomic<bool> starts_asked{false};
    // Of a stream that is set aside: its log files are needed as long as these live.
    std::vector<SegmentExtents> kept_aside;
};

// The answer to every request for a streamlet that this node does not lead. It names the latest
// term that the node knows.
inline Error not_leader_error(const Streamlet& streamlet) noexcept {
    return fail(ErrorCode::not_leader, "streamlet_id", streamlet.term().value(),
                streamlet.id().value());
}

// The answer to every request for a stream that could not be recovered; see
// StreamDirectory::set_aside.
constexpr Error set_aside_error(StreamId stream) noexcept {
    return fail(ErrorCode::corrupt, "stream_set_aside", 0, stream.value());
}

}  // namespace kera
