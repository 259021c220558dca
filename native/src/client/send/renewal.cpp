// Who waits for new numbers, and giving them. See renewal.hpp.
#include "client/send/renewal.hpp"

#include "wire/chunk/chunk_builder.hpp"

namespace kera {

namespace {

bool is_referred_to(const StreamletQueue& queue) {
    for (const ChunkBuffer* chunk = queue.first; chunk != nullptr; chunk = chunk->after) {
        if (chunk->references > 0) {
            return true;
        }
    }
    return false;
}

}  // namespace

void Renewal::begin_after(const ChunkBuffer& given_up) {
    StreamletQueue& queue = *given_up.queue;
    if (queue.state == StreamletQueue::State::open) {
        queue.state = StreamletQueue::State::renewing;
        queue.resume_sequence = given_up.base_sequence;
        queue.needs_epoch = false;
        ++renewing_;
    }
    queue.needs_epoch = queue.needs_epoch || given_up.was_sent;
}

void Renewal::begin_epoch(StreamletQueue& queue) {
    queue.state = StreamletQueue::State::renewing;
    queue.needs_epoch = true;
    ++renewing_;
}

void Renewal::cancel(const StreamletQueue& queue) noexcept {
    if (queue.state == StreamletQueue::State::renewing) {
        --renewing_;
    }
}

bool Renewal::any_ready() const {
    bool ready = false;
    streams_.for_each_queue(
        [this, &ready](const StreamletQueue& queue) { ready = ready || is_ready(queue); });
    return ready;
}

void Renewal::renumber_ready() {
    streams_.for_each_queue([this](StreamletQueue& queue) {
        if (is_ready(queue) && !is_referred_to(queue)) {
            renumber(queue);
        }
    });
}

void Renewal::renumber(StreamletQueue& queue) {
    Sequence sequence = queue.needs_epoch ? Sequence(0) : queue.resume_sequence;
    queue.epoch = queue.needs_epoch ? identity_.epoch() : queue.epoch;
    for (ChunkBuffer* chunk = queue.first; chunk != nullptr; chunk = chunk->after) {
        chunk->base_sequence = sequence;
        chunk->epoch = queue.epoch;
        renumber_chunk({chunk->data, chunk->chunk_bytes}, identity_.id(), queue.epoch, sequence);
        sequence = advance(sequence, static_cast<std::int32_t>(chunk->record_count));
    }
    queue.open_chunk->epoch = queue.epoch;
    queue.open_chunk->next_sequence = sequence;
    queue.state = StreamletQueue::State::open;
    queue.failures = 0;
    --renewing_;
    send_list_.add(queue);
}

void Renewal::ask_for_epoch(std::int64_t now_ns) {
    bool wanted = false;
    streams_.for_each_queue([this, &wanted](const StreamletQueue& queue) {
        wanted = wanted || (queue.state == StreamletQueue::State::renewing && lacks_epoch(queue));
    });
    if (wanted) {
        identity_.ask(now_ns);
    }
}

}  // namespace kera
