// Outcomes, and who hears of them. See chunk_settler.hpp.
#include "client/send/chunk_settler.hpp"

#include <exception>

#include "base/check.hpp"
#include "base/log.hpp"
#include "client/send/streamlet_queue.hpp"

namespace kera {

BatchOutcome outcome_of(const ChunkBuffer& chunk) {
    BatchOutcome outcome;
    outcome.stream = chunk.queue->stream;
    outcome.streamlet = chunk.queue->streamlet;
    outcome.error = chunk.error;
    outcome.base_offset = chunk.base_offset;
    outcome.record_count = chunk.record_count;
    outcome.append_time_ms = chunk.append_time_ms;
    outcome.duplicate = chunk.duplicate;
    if (chunk.tokens != nullptr) {
        outcome.tokens = {chunk.tokens, chunk.record_count};
    }
    return outcome;
}

void ChunkSettler::settle(ChunkBuffer& chunk, const Error& error) {
    StreamletQueue& queue = *chunk.queue;
    queue.remove(chunk);
    chunk.state = ChunkBuffer::State::settled;
    chunk.error = error;
    --unsettled_;
    if (error.code != ErrorCode::ok) {
        chunk.base_offset = Offset(-1);
        chunk.append_time_ms = -1;
        failed_.add(1);
    }
    if (options_.on_batch) {
        tell_user(chunk);
    }
    queue.settled_chunks.fetch_add(1, std::memory_order_release);
    settled_.add(1);
    let_go_if_done(chunk);
}

// Whatever the user does with it, the chunk is settled.
void ChunkSettler::tell_user(const ChunkBuffer& chunk) {
    try {
        options_.on_batch(outcome_of(chunk));
    } catch (const std::exception& thrown) {
        log(LogLevel::error, "on_batch_threw", {{"exception", thrown.what()}});
    }
}

void ChunkSettler::let_go_if_done(ChunkBuffer& chunk) {
    if (chunk.state != ChunkBuffer::State::settled || chunk.references > 0) {
        return;
    }
    if (reader_.application != nullptr) {
        const bool pushed = reader_.application->push(&chunk);
        KERA_ASSERT(pushed);
    } else if (reader_.loop != nullptr) {
        reader_.loop->push_back(&chunk);
    } else {
        pool_.give_back(chunk);
    }
}

}  // namespace kera
