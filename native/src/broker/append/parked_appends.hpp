// Appends that wait until the disk has caught up: requests of this reactor's clients, and chunks
// that other reactors have handed over. Belongs to one reactor's thread. Borrows the requests; a
// chunk's bytes lie in its request's message. Invariants: requests are begun in their order, chunks
// in theirs; at most kBytesMax are parked, or one that is larger.
#pragma once

#include <cstddef>
#include <deque>

#include "base/units.hpp"
#include "broker/append/append_request.hpp"
#include "broker/lane/append_durability.hpp"

namespace kera {

class ParkedAppends {
  public:
    static constexpr std::size_t kBytesMax = 64_MiB;

    explicit ParkedAppends(AppendDurability& durability) noexcept : durability_(durability) {}

    // True when the append has to wait, and is kept here. False when it can begin, or when too much
    // is parked: then it is refused with would_block, and producers try again.
    bool park(AppendRequest& request) { return park(requests_, &request, request.message.bytes()); }
    bool park(const AppendHandOver& chunk) { return park(chunks_, chunk, chunk.chunk.size()); }

    // Hands the appends that may begin to `begin_request(AppendRequest&)` and `begin_chunk(const
    // AppendHandOver&)`, alternating, so that neither this reactor's clients nor those of others
    // starve. Returns how many there were.
    template <class BeginRequest, class BeginChunk>
    int resume(BeginRequest&& begin_request, BeginChunk&& begin_chunk) {
        int begun = 0;
        bool chunk_next = false;
        for (; (!requests_.empty() || !chunks_.empty()) && disk_keeps_up(); ++begun) {
            chunk_next = requests_.empty() || (!chunks_.empty() && !chunk_next);
            if (chunk_next) {
                const AppendHandOver chunk = chunks_.front();
                chunks_.pop_front();
                bytes_ -= chunk.chunk.size();
                begin_chunk(chunk);
            } else {
                AppendRequest& request = *requests_.front();
                requests_.pop_front();
                bytes_ -= request.message.bytes();
                begin_request(request);
            }
        }
        return begun;
    }

  private:
    // The one condition for parking. `queue` has the parked appends of the same kind.
    template <class Parked>
    bool park(std::deque<Parked>& queue, const Parked& parked, std::size_t bytes) {
        const bool waits = !queue.empty() || !disk_keeps_up();
        const bool fits = queue.empty() || bytes_ + bytes <= kBytesMax;
        if (waits && fits) {
            queue.push_back(parked);
            bytes_ += bytes;
        }
        return waits && fits;
    }
    // For every other reason the append is begun, and then refused.
    bool disk_keeps_up() const {
        const Result<void> admitted = durability_.admit(AckLevel::leader);
        return admitted.ok() || admitted.error().code != ErrorCode::would_block;
    }

    AppendDurability& durability_;
    std::deque<AppendRequest*> requests_;
    std::deque<AppendHandOver> chunks_;
    // Of requests and chunks together.
    std::size_t bytes_ = 0;
};

}  // namespace kera
