// The path of a chunk from its message into a segment, and of its result back to the producer.
// Belongs to one reactor's thread. The hot path is on_append, append_all, append_chunk, answer,
// from top to bottom.
#include "broker/append/appends.hpp"

#include <algorithm>
#include <utility>

#include "base/bytes.hpp"
#include "base/units.hpp"
#include "broker/append/chunk_walk.hpp"

namespace kera {

namespace {

constexpr std::uint32_t kTimeoutMsDefault = 30'000;

// The chunks have to fit into the answer, and into the bytes of the message.
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
        parts_.answers.refuse(requester, fail(ErrorCode::shutting_down, "node"),
                              kAppendRetryAfterMs);
        return;
    }
    const std::uint32_t timeout_ms =
        append->timeout_ms == 0 ? kTimeoutMsDefault : append->timeout_ms;
    parts_.lanes.counters.appends.add();
    AppendRequest& request = requests_.take(append->chunk_count);
    request.requester = requester;
    request.message = std::move(message);
    request.ack_level = append->ack_level;
    request.open = append->chunk_count;
    request.deadline_ns = parts_.lanes.clock.now_ns() + timeout_ms * kNanosPerMilli;
    if (!parked_.park(request)) {
        begin(session, request, frame);
        return;
    }
    request.waiting = true;
    waiting_.push_back(&request);
}

// When something is thrown, every chunk has a result all the same. Whoever catches it answers the
// request.
void Appends::begin(Session& session, AppendRequest& request, const FrameView& frame) {
    std::uint32_t begun = 0;
    try {
        append_all(session, request, frame, begun);
    } catch (...) {
        for (; begun < request.results.size(); ++begun) {
            finish(request, begun, refusal_of(fail(ErrorCode::internal, "append")));
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
    answer_when_done(request);
}

void Appends::append_all(Session& session, AppendRequest& request, const FrameView& frame,
                         std::uint32_t& index) {
    ChunkWalk walk(request.message, frame);
    const auto count = static_cast<std::uint32_t>(request.results.size());
    for (; index < count; ++index) {
        ChunkAddress address;
        const Result<Bytes> chunk = walk.next(address, parts_.chunk_bytes_max);
        if (!chunk.ok()) {
            // Without this chunk's length the next chunk cannot be found.
            for (; index < count; ++index) {
                finish(request, index, refusal_of(chunk.error()));
            }
            return;
        }
        const Result<void> begun = append_chunk(session, request, index, *chunk, address);
        if (!begun.ok()) {
            finish(request, index, refusal_of(begun.error()));
        }
    }
}

Result<void> Appends::append_chunk(Session& session, AppendRequest& request, std::uint32_t index,
                                   Bytes chunk, const ChunkAddress& address) {
    KERA_TRY_ASSIGN(StreamletView * view,
                    parts_.lanes.streams.find(address.stream, address.streamlet));
    const AckLevel level =
        std::max(request.ack_level, view->stream->ack_level_min.load(std::memory_order_relaxed));
    KERA_TRY(view->check_leads());
    const LaneId lane = session.lane_for(view->streamlet(), address.producer);
    const AppendHandOver hand_over{here(), &request, index, address.stream, address.streamlet,
                                   lane,   chunk,    level, address.term};
    const ReactorId owner = view->streamlet().lane(lane).owner();
    if (owner == here()) {
        KERA_TRY(parts_.lanes.durability.admit(level));
        if (const auto result = lanes_.append(hand_over, *view)) {
            finish(request, index, *result);
        }
    } else {
        parts_.lanes.mailboxes.send(here(), owner, hand_over);
        ++request.handed_over;
    }
    return {};
}

int Appends::resume_parked() {
    return parked_.resume([this](AppendRequest& request) { begin_parked(request); },
                          [this](const AppendHandOver& chunk) { take_over(chunk); });
}

void Appends::begin_parked(AppendRequest& request) {
    request.waiting = false;
    std::erase(waiting_, &request);
    Session* const session = parts_.sessions.find(request.requester.connection);
    if (session == nullptr || request.answered) {
        request.answered = true;
        request.open = 0;
        answer_when_done(request);
        return;
    }
    const Result<FrameView> frame = FrameView::over(request.message.head(), UINT32_MAX);
    KERA_ASSERT(frame.ok());
    const Requester requester = request.requester;
    try {
        begin(*session, request, *frame);
    } catch (...) {
        parts_.answers.fail_request(requester);
        throw;
    }
}

void Appends::on_hand_over(const AppendHandOver& chunk) {
    if (!parked_.park(chunk)) {
        take_over(chunk);
    }
}

void Appends::take_over(const AppendHandOver& chunk) {
    std::optional<AppendResult> result;
    try {
        result = lanes_.append_handed_over(chunk);
    } catch (...) {
        hand_back(chunk, true, refusal_of(fail(ErrorCode::internal, "append")));
        throw;
    }
    hand_back(chunk, true, result);
}

void Appends::hand_back(const AppendHandOver& chunk, bool bytes_released,
                        const std::optional<AppendResult>& result) {
    parts_.lanes.mailboxes.send(
        here(), chunk.from,
        AppendHandBack{chunk.request, chunk.index, bytes_released, result.has_value(),
                       result.value_or(AppendResult())});
}

void Appends::on_durable(const PendingChunk& chunk, const Result<void>& outcome) {
    if (outcome.ok()) {
        lanes_.on_durable(chunk);
    }
    if (chunk.answered) {
        return;
    }
    const AppendResult result = outcome.ok() ? chunk.result : refusal_of(outcome.error());
    if (chunk.origin.from != here()) {
        hand_back(chunk.origin, false, result);
        return;
    }
    finish(*chunk.origin.request, chunk.origin.index, result);
    answer_when_done(*chunk.origin.request);
}

void Appends::on_hand_back(const AppendHandBack& back) {
    AppendRequest& request = *back.request;
    if (back.bytes_released && --request.handed_over == 0) {
        request.message.release();
    }
    if (back.done) {
        finish(request, back.index, back.result);
    }
    answer_when_done(request);
}

void Appends::finish(AppendRequest& request, std::uint32_t index, const AppendResult& result) {
    KERA_ASSERT(request.open > 0);
    request.results[index] = result;
    --request.open;
}

void Appends::answer_when_done(AppendRequest& request) {
    if (request.open > 0) {
        return;
    }
    try {
        answer(request);
    } catch (...) {
        recycle(request);
        throw;
    }
    recycle(request);
}

void Appends::recycle(AppendRequest& request) {
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
    // It fits: chunks were counted when the request was accepted.
    KERA_ASSERT(encoded.ok(), request.results.size());
    parts_.answers.route(request.requester, buffer.frame());
}

int Appends::expire(std::int64_t now_ns) {
    lanes_.poll();
    int expired = 0;
    for (AppendRequest* request : waiting_) {
        if (!request->answered && request->deadline_ns <= now_ns) {
            // Finished chunks keep their results. The others may still become durable; a retry
            // finds out.
            const std::vector<AppendResult> results = request->results;
            for (AppendResult& result : request->results) {
                if (result.code == ErrorCode::ok && result.base_offset == Offset(-1)) {
                    result = refusal_of(fail(ErrorCode::timed_out, "append_deadline", 0, 0));
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
