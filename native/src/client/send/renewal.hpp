// New numbers for the chunks behind a gap in a streamlet's sequences: a chunk was given up, or the
// broker has lost some. Thread: the loop's. Borrows everything. Invariants: chunks get new numbers
// only when none of the streamlet is in flight or referred to by a frame. If the broker may have
// seen the missing chunk, the epoch is raised too, so that the chunk cannot be stored after them.
#pragma once

#include <cstdint>

#include "client/send/attached_streams.hpp"
#include "client/send/producer_identity.hpp"
#include "client/send/send_list.hpp"

namespace kera {

class Renewal {
  public:
    Renewal(AttachedStreams& streams, ProducerIdentity& identity, SendList& send_list)
        : streams_(streams), identity_(identity), send_list_(send_list) {}

    // Whether some streamlet waits for new numbers.
    bool needed() const noexcept { return renewing_ > 0; }

    // The chunk is the first without an outcome, and is given up.
    void begin_after(const ChunkBuffer& given_up);
    // The streamlet goes on under a new epoch. REQUIRES: it is not renewing.
    void begin_epoch(StreamletQueue& queue);
    // The streamlet stops instead.
    void cancel(const StreamletQueue& queue) noexcept;

    // Whether some streamlet may be renumbered now, as far as the loop's thread knows.
    bool any_ready() const;
    // REQUIRES: nobody else seals, and what was sealed is in the queues.
    void renumber_ready();
    void ask_for_epoch(std::int64_t now_ns);

  private:
    bool lacks_epoch(const StreamletQueue& queue) const noexcept {
        return queue.needs_epoch && queue.epoch == identity_.epoch();
    }
    bool is_ready(const StreamletQueue& queue) const noexcept {
        return queue.state == StreamletQueue::State::renewing && queue.in_flight == 0 &&
               !lacks_epoch(queue);
    }
    void renumber(StreamletQueue& queue);

    AttachedStreams& streams_;
    ProducerIdentity& identity_;
    SendList& send_list_;
    std::uint32_t renewing_ = 0;
};

}  // namespace kera
