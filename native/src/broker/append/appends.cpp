// The path of a chunk from its message into a segment, and of its result back to the producer.
// Belongs to one reactor's thread. The hot path is on_append, append_all, append_here, answer, from
// top to bottom.
#include "broker/append/appends.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/bytes.hpp"
#include "base/units.hpp"
#include "broker/append/chunk_walk.hpp"

namespace kera {

namespace {

constexpr std::uint32_t kRetryAfterMs = 20;
constexpr std::uint32_t kTimeoutMsDefault = 30'000;

// No more chunks than an answer can tell of, and than the message has bytes for.
Result<void> check_chunk_count(const Append& append, const FrameView& frame,
                               const Inbound& message) noexcept {
    if (append.chunk_count == 0) {
        return fail(ErrorCode::malformed, "chunk_count", 1, 0);
    }
    if (append.chunk_count > kAppendChunksMax) {
        return fail(ErrorCode::limit_exceeded, "chunk_count", kAppendChunksMax, append.chunk_count);
    }
    const std::size_t head = kFrameHeaderBytes + std::size_t{frame.header().block_length};
    const std::size_t chunks_max = (message.bytes() - head) / kChunkHeaderBytes;
    if (append.chunk_count > chunks_max) {
        return fail(ErrorCode::malformed, "chunk_count", static_cast<std::int64_t>(chunks_max),
                    append.chunk_count);
    }
    return {};
}

AppendResult refusal(const Error& error) noexcept {
    AppendResult result;
    result.code = error.code;
    result.limit = error.limit;
    result.value = error.value;
    result.retry_after_ms = is_retriable(error.code) ? kRetryAfterMs : 0;
    return result;
}

}  // namespace

void Appends::on_append(Session& session, const Requester& requester, const FrameView& frame,
                        Inbound&& message) {
    const Result<Append> append = Append::decode(frame);
    if (!append.ok()) {
        parts_.answers.refuse(requester, append.error());
        return;
    }
    if (const Result<void> counted = check_chunk_count(*append, frame, message); !counted.ok()) {
        parts_.answers.refuse(requester, counted.error());
        return;
    }
    if (refusing_) {
        parts_.answers.refuse(requester, fail(ErrorCode::shutting_down, "node"), kRetryAfterMs);
        return;
    }
    const std::uint32_t timeout_ms =
        append->timeout_ms == 0 ? kTimeoutMsDefault : append->timeout_ms;
    parts_.counters.appends.add();
    AppendRequest& request = requests_.take(append->chunk_count);
    request.requester = requester;
    request.message = std::move(message);
    request.ack_level = append->ack_level;
    request.open = append->chunk_count;
    request.deadline_ns = parts_.clock.now_ns() + timeout_ms * kNanosPerMilli;
    if (parks(request)) {
        park(request);
    } else {
        begin(session, request, frame);
    }
}

// What is thrown leaves no chunk without a result; who catches it answers the request.
void Appends::begin(Session& session, AppendRequest& request, const FrameView& frame) {
    std::uint32_t begun = 0;
    try {
        append_all(session, request, frame, begun);
    } catch (...) {
        for (; begun < request.results.size(); ++begun) {
            finish(request, begun, refusal(fail(ErrorCode::internal, "append")));
        }
        request.answered = true;
        wait_for_rest(request);
        throw;
    }
    wait_for_rest(request);
}

void Appends::wait_for_rest(AppendRequest& request) {
    if (request.handed_over == 0) {
        request.message.release();
    }
    if (request.open > 0) {
        request.waiting = true;
        waiting_.push_back(&request);
    }
    settle(request);
}

void Appends::append_all(Session& session, AppendRequest& request, const FrameView& frame,
                         std::uint32_t& index) {
    ChunkWalk walk(request.message, frame);
    const auto count = static_cast<std::uint32_t>(request.results.size());
    for (; index < count; ++index) {
        ChunkAddress address;
        const Result<Bytes> chunk = walk.next(address, parts_.chunk_bytes_max);
        if (!chunk.ok()) {
            // Where a chunk's length cannot be believed, nothing behind it can be found.
            for (; index < count; ++index) {
                finish(request, index, refusal(chunk.error()));
            }
            return;
        }
        const Result<void> begun = append_chunk(session, request, index, *chunk, address);
        if (!begun.ok()) {
            finish(request, index, refusal(begun.error()));
        }
    }
}

Result<void> Appends::append_chunk(Session& session, AppendRequest& request, std::uint32_t index,
                                   Bytes chunk, const ChunkAddress& address) {
    KERA_TRY_ASSIGN(StreamletView * view, parts_.streams.find(address.stream, address.streamlet));
    const AckLevel level =
        std::max(request.ack_level, view->stream->ack_level_min.load(std::memory_order_relaxed));
    if (!view->shared->leads.load(std::memory_order_relaxed)) {
        return fail(ErrorCode::not_leader, "streamlet_id", 0, address.streamlet.value());
    }
    const LaneId lane = session.lane_for(view->streamlet(), address.producer);
    const AppendHandOver hand_over{parts_.reactor,    &request, index, address.stream,
                                   address.streamlet, lane,     chunk, level};
    const ReactorId owner = view->streamlet().lane(lane).owner();
    if (owner == parts_.reactor) {
        KERA_TRY(parts_.durability.admit(level));
        append_here(hand_over, *view->shared);
    } else {
        parts_.mailboxes.send(parts_.reactor, owner, hand_over);
        ++request.handed_over;
    }
    return {};
}

bool Appends::append_here(const AppendHandOver& chunk, SharedStreamlet& shared) {
    Lane& lane = shared.streamlet->lane(chunk.lane);
    const AppendContext context{shared.streamlet->term(), parts_.clock.epoch_ms(), chunk.ack_level};
    const Result<Appended> appended = lane.append(chunk.chunk, context);
    if (!appended.ok()) {
        append_refused(chunk, appended.error());
        return false;
    }
    if (appended->closed != nullptr) {
        parts_.durability.closed(*appended->closed);
        parts_.lane_maintenance.schedule_retention(chunk.stream, chunk.streamlet);
    }
    if (appended->new_producer) [[unlikely]] {
        // The assignment may have been given up meanwhile, for want of an append.
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
        return true;
    }
    head_moved(shared);
    finish_chunk(chunk, result);
    return false;
}

void Appends::append_refused(const AppendHandOver& chunk, const Error& why) {
    parts_.counters.errors.add();
    if (why.code == ErrorCode::memory_exhausted) {
        memory_watch_.refused(chunk.stream, chunk.streamlet, chunk.chunk.size());
    }
    finish_chunk(chunk, refusal(why));
}

void Appends::head_moved(SharedStreamlet& shared) {
    // Pairs with the fetch_or in StreamTable::wait: either we see the bit, or the waiter sees the
    // new head.
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

void Appends::take_over(const AppendHandOver& chunk) {
    // The stream may have been deleted, or led elsewhere, while the chunk was on its way; and it is
    // this reactor's disk that has to take it.
    const Result<StreamletView*> view = parts_.streams.find(chunk.stream, chunk.streamlet);
    if (!view.ok()) {
        finish_chunk(chunk, refusal(view.error()));
        return;
    }
    SharedStreamlet& shared = *(*view)->shared;
    Result<void> admitted = parts_.durability.admit(chunk.ack_level);
    if (!shared.leads.load(std::memory_order_relaxed)) {
        admitted = fail(ErrorCode::not_leader, "streamlet_id", 0, chunk.streamlet.value());
    }
    if (!admitted.ok()) {
        finish_chunk(chunk, refusal(admitted.error()));
        return;
    }
    bool waits_for_disk = false;
    try {
        waits_for_disk = append_here(chunk, shared);
    } catch (...) {
        finish_chunk(chunk, refusal(fail(ErrorCode::internal, "append")));
        throw;
    }
    if (waits_for_disk) {
        parts_.mailboxes.send(parts_.reactor, chunk.from,
                              AppendHandBack{chunk.request, chunk.index, true, false, {}});
    }
}

void Appends::finish_chunk(const AppendHandOver& chunk, const AppendResult& result) {
    if (chunk.from == parts_.reactor) {
        finish(*chunk.request, chunk.index, result);
    } else {
        parts_.mailboxes.send(parts_.reactor, chunk.from,
                              AppendHandBack{chunk.request, chunk.index, true, true, result});
    }
}

void Appends::on_durable(const PendingChunk& chunk, const Result<void>& outcome) {
    if (outcome.ok()) {
        chunk.shared->streamlet->lane(chunk.origin.lane).mark_durable(chunk.base_offset);
        head_moved(*chunk.shared);
    }
    const AppendResult result = outcome.ok() ? chunk.result : refusal(outcome.error());
    if (chunk.origin.from == parts_.reactor) {
        finish(*chunk.origin.request, chunk.origin.index, result);
        settle(*chunk.origin.request);
    } else {
        parts_.mailboxes.send(
            parts_.reactor, chunk.origin.from,
            AppendHandBack{chunk.origin.request, chunk.origin.index, false, true, result});
    }
}

void Appends::on_hand_back(const AppendHandBack& back) {
    AppendRequest& request = *back.request;
    if (back.bytes_released && --request.handed_over == 0) {
        request.message.release();
    }
    if (back.done) {
        finish(request, back.index, back.result);
    }
    settle(request);
}

void Appends::finish(AppendRequest& request, std::uint32_t index, const AppendResult& result) {
    KERA_ASSERT(request.open > 0);
    request.results[index] = result;
    --request.open;
}

void Appends::settle(AppendRequest& request) {
    if (request.open > 0) {
        return;
    }
    try {
        answer(request);
    } catch (...) {
        put_away(request);
        throw;
    }
    put_away(request);
}

void Appends::put_away(AppendRequest& request) {
    if (request.waiting) {
        std::erase(waiting_, &request);
    }
    if (request.handed_over == 0) {
        requests_.give_back(request);
    }
}

void Appends::answer(AppendRequest& request) {
    if (std::exchange(request.answered, true)) {
        return;
    }
    if (request.ack_level == AckLevel::none) {
        parts_.answers.close(request.requester);
        return;
    }
    FrameBuffer& buffer = parts_.answers.buffer();
    const Result<void> encoded =
        AppendAnswer::encode(buffer, request.requester.correlation_id, request.results);
    // Chunks were counted when the request was taken.
    KERA_ASSERT(encoded.ok(), request.results.size());
    parts_.answers.route(request.requester, buffer.frame());
}

int Appends::expire(std::int64_t now_ns) {
    memory_watch_.poll();
    int expired = 0;
    for (AppendRequest* request : waiting_) {
        if (!request->answered && request->deadline_ns <= now_ns) {
            // Chunks that are done keep their results; the others may still become durable, as a
            // retry will find out.
            const std::vector<AppendResult> results = request->results;
            for (AppendResult& result : request->results) {
                if (result.code == ErrorCode::ok && result.base_offset == Offset(-1)) {
                    result = refusal(fail(ErrorCode::timed_out, "append_deadline", 0, 0));
                }
            }
            answer(*request);
            request->results = results;
            ++expired;
        }
    }
    return expired;
}

std::int64_t Appends::next_deadline_ns() const noexcept {
    std::int64_t next = kNoDeadline;
    for (const AppendRequest* request : waiting_) {
        if (!request->answered) {
            next = std::min(next, request->deadline_ns);
        }
    }
    return next;
}

}  // namespace kera
