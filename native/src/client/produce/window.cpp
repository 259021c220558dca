// The list of a streamlet's chunks. See window.hpp.
#include "client/produce/window.hpp"

#include "base/check.hpp"

namespace kera {

void Window::push_back(ChunkBuffer& chunk) noexcept {
    chunk.before = last;
    chunk.after = nullptr;
    chunk.line_number = lined_up++;
    (last == nullptr ? first : last->after) = &chunk;
    last = &chunk;
    if (first_queued == nullptr) {
        first_queued = &chunk;
    }
}

void Window::remove(ChunkBuffer& chunk) noexcept {
    (chunk.before == nullptr ? first : chunk.before->after) = chunk.after;
    (chunk.after == nullptr ? last : chunk.after->before) = chunk.before;
    if (first_queued == &chunk) {
        first_queued = chunk.after;
        find_first_queued();
    }
    chunk.before = chunk.after = nullptr;
}

void Window::find_first_queued() noexcept {
    ChunkBuffer* chunk = first;
    while (chunk != nullptr && chunk->state != ChunkBuffer::State::queued) {
        chunk = chunk->after;
    }
    first_queued = chunk;
}

}  // namespace kera
