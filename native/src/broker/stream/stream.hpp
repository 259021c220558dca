// A stream as the reactors of one core share it. Created and changed by the catalog's reactor, read
// by all of them. Owned by shared_ptr: each reactor holds one from StreamOpened to StreamDropped,
// and the catalog holds one. Invariant: id, name and the streamlets themselves never change;
// `settings` are the catalog reactor's alone.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "broker/metrics/counter_sets.hpp"
#include "storage/streamlet/streamlet.hpp"
#include "wire/message/stream_messages.hpp"

namespace kera {

// A streamlet, and which reactors want to hear when its head moves.
struct SharedStreamlet {
    std::unique_ptr<Streamlet> streamlet;
    // Bit r: reactor r has waiting readers. Set before it looks at the head for the last time; read
    // after the head has moved; both seq_cst, so one of the two sees the other.
    std::atomic<std::uint64_t> waiting_reactors{0};
    // Cleared when the control plane gives the leadership to another node: nothing is appended or
    // served any more.
    std::atomic<bool> leads{true};
    // The start that is on disk: groups below it may go, with their files. Stored (release) by the
    // catalog's reactor once it is stable; pairs with acquire in LaneMaintenance.
    std::atomic<std::int64_t> kept_start{0};
    // Offsets below it were given away before the start, though their records may be lost. Set by
    // recovery, and stored with the starts.
    Offset given_end{0};
    // Written now and then by the reactor that owns the first lane.
    StreamletGauges gauges;
};

struct Stream {
    StreamId id;
    std::string name;
    StreamSettings settings;
    // Of `settings`, for every reactor.
    std::atomic<AckLevel> ack_level_min{AckLevel::none};
    std::vector<SharedStreamlet> streamlets;
    // Some start has moved, and the catalog's reactor has been asked to store it. Set by any
    // reactor, cleared before the starts are looked at; both as read-modify-writes, so that a start
    // that moved before a refused set is seen.
    std::atomic<bool> starts_asked{false};
};

// What every request for a stream is answered that could not be recovered; see
// StreamDirectory::set_aside.
constexpr Error set_aside_error(StreamId stream) noexcept {
    return fail(ErrorCode::corrupt, "stream_set_aside", 0, stream.value());
}

}  // namespace kera
