// Appends: from a producer's message into lanes, and back to the producer as an answer once they
// are durable enough. Belongs to one reactor's thread. Chunks for other reactors' lanes travel by
// mailbox. While the disk is behind, requests are parked and begun later, in their order.
// Invariant: a chunk gets exactly one result, a positive one only when it is as durable as was
// asked.
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

    // REQUIRES: the frame is an Append, and `message` has its bytes.
    void on_append(Session& session, const Requester& requester, const FrameView& frame,
                   Inbound&& message);
    void on_hand_over(const AppendHandOver& chunk);
    void on_hand_back(const AppendHandBack& back);
    void on_durable(const PendingChunk& chunk, const Result<void>& outcome) override;
    // Begins parked requests as far as the disk has caught up.
    int resume_parked();
    // Answers requests that have waited too long, and checks whether memory has room again.
    int expire(std::int64_t now_ns);
    // The node is about to stop: from now on producers get only shutting_down.
    void refuse_new() noexcept { refusing_ = true; }
    // Releases the messages of requests that will not be finished, before their transports are
    // destroyed. REQUIRES: no reactor runs.
    void release_messages() noexcept { requests_.release_messages(); }
    bool idle() const noexcept { return requests_.in_use() == 0; }
    std::int64_t next_deadline_ns() const noexcept;

  private:
    ReactorId here() const noexcept { return parts_.lanes.reactor; }
    void begin_parked(AppendRequest& request);
    // Appends a chunk that another reactor has handed over.
    void take_over(const AppendHandOver& chunk);
    void begin(Session& session, AppendRequest& request, const FrameView& frame);
    void wait_for_rest(AppendRequest& request);
    // Returns the chunk's memory, its result, or both to the reactor it came from. The result of a
    // chunk that waits for the disk follows later.
    void hand_back(const AppendHandOver& chunk, bool bytes_released,
                   const std::optional<AppendResult>& result);
    // `index` is the first chunk that has not been begun, also when something is thrown.
    void append_all(Session& session, AppendRequest& request, const FrameView& frame,
                    std::uint32_t& index);
    Result<void> append_chunk(Session& session, AppendRequest& request, std::uint32_t index,
                              Bytes chunk, const ChunkAddress& address);
    void finish(AppendRequest& request, std::uint32_t index, const AppendResult& result);
    void answer(AppendRequest& request);
    void answer_when_done(AppendRequest& request);
    void recycle(AppendRequest& request);

    Parts parts_;
    LaneAppends lanes_;
    ParkedAppends parked_;
    AppendRequests requests_;
    std::vector<AppendRequest*> waiting_;
    bool refusing_ = false;
};

}  // namespace kera
