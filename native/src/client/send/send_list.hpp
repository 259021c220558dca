// The streamlets that have something to send, in the order in which frames take from them.
// Thread: the loop's. Borrows the queues, which are linked through themselves. Invariant: a queue
// is in the list at most once.
#pragma once

#include <cstdint>

#include "client/send/streamlet_queue.hpp"

namespace kera {

class SendList {
  public:
    bool empty() const noexcept { return first_ == nullptr; }

    // Puts the queue at the end, unless it is in the list already.
    void add(StreamletQueue& queue) noexcept;
    // The chunk is not in flight any more. It is sent again in its place, unless it is settled.
    void put_back(ChunkBuffer& chunk) noexcept;

    // Offers the chunks that may be sent, streamlet after streamlet, until `take` says false.
    template <class Take>
    void draw(std::int64_t now_ns, Take&& take) {
        for (StreamletQueue* queue = first_; queue != nullptr; queue = queue->next_listed) {
            if (!queue->may_send(now_ns)) {
                continue;
            }
            for (ChunkBuffer* chunk = queue->first_queued;
                 chunk != nullptr && chunk->state == ChunkBuffer::State::queued &&
                 queue->reaches(*chunk);
                 chunk = chunk->after) {
                if (!take(*chunk)) {
                    drawn_until_ = queue;
                    return;
                }
            }
        }
        drawn_until_ = nullptr;
    }
    // Takes the queues that draw() has finished with off the list. Those that have more to send go
    // to its end.
    void remove_drawn(std::int64_t now_ns) noexcept;

  private:
    StreamletQueue* first_ = nullptr;
    StreamletQueue* last_ = nullptr;
    // Where the latest draw() stopped; null: at the end of the list.
    StreamletQueue* drawn_until_ = nullptr;
};

}  // namespace kera
