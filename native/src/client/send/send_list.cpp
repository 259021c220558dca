// Who is in the list. See send_list.hpp.
#include "client/send/send_list.hpp"

#include "base/check.hpp"

namespace kera {

void SendList::add(StreamletQueue& queue) noexcept {
    if (queue.listed) {
        return;
    }
    queue.listed = true;
    queue.next_listed = nullptr;
    (last_ == nullptr ? first_ : last_->next_listed) = &queue;
    last_ = &queue;
}

void SendList::put_back(ChunkBuffer& chunk) noexcept {
    StreamletQueue& queue = *chunk.queue;
    KERA_ASSERT(queue.in_flight > 0);
    --queue.in_flight;
    if (chunk.state == ChunkBuffer::State::in_flight) {
        chunk.state = ChunkBuffer::State::queued;
        queue.find_first_queued();
    }
    add(queue);
}

void SendList::remove_drawn(std::int64_t now_ns) noexcept {
    StreamletQueue* const last = last_;
    while (first_ != drawn_until_) {
        StreamletQueue* const queue = first_;
        const bool was_last = queue == last;
        first_ = queue->next_listed;
        if (first_ == nullptr) {
            last_ = nullptr;
        }
        queue->listed = false;
        if (queue->may_send(now_ns)) {
            add(*queue);
        }
        if (was_last) {
            break;
        }
    }
}

}  // namespace kera
