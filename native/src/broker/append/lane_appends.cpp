// The hot path is append, tell_waiters.
#include "broker/append/lane_appends.hpp"

#include <atomic>
#include <bit>

namespace kera {

AppendResult refusal_of(const Error& error) noexcept {
    AppendResult result;
    result.code = error.code;
    result.limit = error.limit;
    result.value = error.value;
    result.retry_after_ms = is_retriable(error.code) ? kAppendRetryAfterMs : 0;
    return result;
}

std::optional<AppendResult> LaneAppends::append(const AppendHandOver& chunk,
                                                const StreamletView& view) {
    SharedStreamlet& shared = *view.shared;
    Lane& lane = shared.streamlet->lane(chunk.lane);
    // A client that states no term gets the one that this reactor was told.
    const Term term = chunk.term == kAnyTerm ? view.term : chunk.term;
    const AppendContext context{term, parts_.clock.epoch_ms(), chunk.ack_level};
    const Result<Appended> appended = lane.append(chunk.chunk, context);
    if (!appended.ok()) {
        return refuse(chunk, appended.error());
    }
    if (appended->closed != nullptr) {
        parts_.durability.closed(*appended->closed);
        parts_.lane_maintenance.schedule_retention(chunk.stream, chunk.streamlet);
    }
    if (appended->new_producer) [[unlikely]] {
        // The streamlet may have forgotten the producer's lane meanwhile, since nothing was
        // appended.
        const ChunkView first(appended->chunk.data);
        shared.streamlet->producer_lanes().restore(first.info().producer, chunk.lane);
    }
    AppendResult result;
    result.base_offset = appended->base_offset;
    result.append_time_ms = appended->append_time_ms;
    result.duplicate = appended->duplicate;
    Position position;
    if (appended->duplicate) {
        position = parts_.durability.noted(chunk.ack_level);
    } else {
        position = parts_.durability.note(*appended, chunk.ack_level);
        if (appended->chunk.position == 0) {
            memory_watch_.segment_begun();
        }
        parts_.counters.append_chunks.add();
        parts_.counters.append_bytes.add(appended->chunk.bytes);
    }
    if (chunk.ack_level == AckLevel::disk) {
        parts_.durability.wait({position, chunk, &shared, appended->base_offset, result});
        return std::nullopt;
    }
    tell_waiters(shared);
    return result;
}

AppendResult LaneAppends::refuse(const AppendHandOver& chunk, const Error& why) {
    parts_.counters.errors.add();
    if (why.code == ErrorCode::memory_exhausted) {
        memory_watch_.refused(chunk.stream, chunk.streamlet, chunk.chunk.size());
    }
    return refusal_of(why);
}

std::optional<AppendResult> LaneAppends::append_handed_over(const AppendHandOver& chunk) {
    // Since it was sent, the stream may have been deleted or got another leader. And this reactor's
    // disk has to accept it, not the sender's.
    const Result<StreamletView*> view = parts_.streams.find(chunk.stream, chunk.streamlet);
    if (!view.ok()) {
        return refusal_of(view.error());
    }
    if (const Result<void> leads = (*view)->check_leads(); !leads.ok()) {
        return refusal_of(leads.error());
    }
    if (const Result<void> admitted = parts_.durability.admit(chunk.ack_level); !admitted.ok()) {
        return refusal_of(admitted.error());
    }
    return append(chunk, **view);
}

void LaneAppends::on_durable(const PendingChunk& chunk) {
    chunk.shared->streamlet->lane(chunk.origin.lane).mark_durable(chunk.base_offset);
    tell_waiters(*chunk.shared);
}

void LaneAppends::tell_waiters(SharedStreamlet& shared) {
    // Pairs with the fetch_or in StreamTable::wait: either this sees the bit, or the waiter sees
    // the new head.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    std::uint64_t waiting = shared.waiting_reactors.load(std::memory_order_seq_cst);
    while (waiting != 0) {
        const ReactorId reactor(std::countr_zero(waiting));
        waiting &= waiting - 1;
        const HeadMoved moved{shared.streamlet->stream(), shared.streamlet->id()};
        if (reactor != parts_.reactor) {
            parts_.mailboxes.send(parts_.reactor, reactor, moved);
        } else if (auto found = parts_.streams.find(moved.stream, moved.streamlet); found.ok()) {
            parts_.streams.note_moved(**found);
        }
    }
}

}  // namespace kera
