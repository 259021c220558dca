// Appends: from a producer's message into lanes, and from there, once durable enough, back to the
// producer as an answer. Belongs to one reactor's thread. Chunks for lanes of other reactors travel
// by mailbox and are answered from here. While the disk is behind, requests are parked, and
// producers hear of it by the time it takes. Invariants: a chunk gets exactly one result; a
// positive one only when the chunk is durable at the level asked for. Parked requests are begun in
// their order.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "broker/append/append_request.hpp"
#include "broker/append/lane_appends.hpp"
#include "broker/append/parked_appends.hpp"
#include "broker/lane/append_durability.hpp"
#include "broker/lane/lane_maintenance.hpp"
#include "broker/mail/reactor_mailboxes.hpp"
#include "broker/metrics/counter_sets.hpp"
#include "broker/session/answers.hpp"
#include "broker/session/session_table.hpp"
#include "broker/stream/stream_table.hpp"

namespace kera {

class Appends final : public DurabilityHandler {
  public:
    struct Parts {
        LaneAppends::Parts lanes;
        SessionTable& sessions;
        Answers& answers;
        std::uint32_t chunk_bytes_max;
    };

    explicit Appends(const Parts& parts) noexcept
        : parts_(parts), lanes_(parts.lanes), parked_(parts.lanes.durability) {}

    // REQUIRES: the frame is an Append, and the message its bytes.
    void on_append(Session& session, const Requester& requester, const FrameView& frame,
                   Inbound&& message);
    void on_hand_over(const AppendHandOver& chunk);
    void on_hand_back(const AppendHandBack& back);
    void on_durable(const PendingChunk& chunk, const Result<void>& outcome) override;
    // Begins parked requests as far as the disk has caught up.
    int go_on();
    // Answers what has waited too long, and looks whether memory has room again.
    int expire(std::int64_t now_ns);
    // The node is about to stop: shutting_down is all that producers hear from now on.
    void refuse_new() noexcept { refusing_ = true; }
    // Messages of requests that will not be finished, before their transports go. REQUIRES: no
    // reactor runs.
    void let_go() noexcept { requests_.release_messages(); }
    bool idle() const noexcept { return requests_.in_use() == 0; }
    std::int64_t next_deadline_ns() const noexcept;

  private:
    ReactorId here() const noexcept { return parts_.lanes.reactor; }
    void begin_parked(AppendRequest& request);
    // A chunk from another reactor, for a lane of this one.
    void take_over(const AppendHandOver& chunk);
    void begin(Session& session, AppendRequest& request, const FrameView& frame);
    void wait_for_rest(AppendRequest& request);
    // To the reactor it came from. Without a result: that follows when the disk has the chunk.
    void hand_back(const AppendHandOver& chunk, bool bytes_released,
                   const std::optional<AppendResult>& result);
    // `index`: of the first chunk that has not been begun, also when something is thrown.
    void append_all(Session& session, AppendRequest& request, const FrameView& frame,
                    std::uint32_t& index);
    Result<void> append_chunk(Session& session, AppendRequest& request, std::uint32_t index,
                              Bytes chunk, const ChunkAddress& address);
    void finish(AppendRequest& request, std::uint32_t index, const AppendResult& result);
    void answer(AppendRequest& request);
    void settle(AppendRequest& request);
    void put_away(AppendRequest& request);

    Parts parts_;
    LaneAppends lanes_;
    ParkedAppends parked_;
    AppendRequests requests_;
    std::vector<AppendRequest*> waiting_;
    bool refusing_ = false;
};

}  // namespace kera
