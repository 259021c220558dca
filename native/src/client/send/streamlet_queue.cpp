// The list of a streamlet's chunks. See streamlet_queue.hpp.
#include "client/send/streamlet_queue.hpp"

#include "base/check.hpp"

namespace kera {

void StreamletQueue::push_back(ChunkBuffer& chunk) noexcept {
    chunk.before = last;
    chunk.after = nullptr;
    chunk.position = next_position++;
    (last == nullptr ? first : last->after) = &chunk;
    last = &chunk;
    if (first_queued == nullptr) {
        first_queued = &chunk;
    }
}

void StreamletQueue::remove(ChunkBuffer& chunk) noexcept {
    (chunk.before == nullptr ? first : chunk.before->after) = chunk.after;
    (chunk.after == nullptr ? last : chunk.after->before) = chunk.before;
    if (first_queued == &chunk) {
        first_queued = chunk.after;
        find_first_queued();
    }
    chunk.before = chunk.after = nullptr;
}

void StreamletQueue::find_first_queued() noexcept {
    ChunkBuffer* chunk = first;
    while (chunk != nullptr && chunk->state != ChunkBuffer::State::queued) {
        chunk = chunk->after;
    }
    first_queued = chunk;
}

}  // namespace kera
