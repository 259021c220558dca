// Shared chunks that are closed while threads outside still write what they have reserved there.
// Thread: the loop's. Borrows the chunks. Invariant: chunks of a streamlet leave in the order in
// which they came, so one that nobody writes to any more waits for those before it.
#pragma once

#include <cstddef>
#include <vector>

#include "client/produce/shared_chunks.hpp"

namespace kera {

class UncommittedChunks {
  public:
    // Whether a chunk that was closed now has to wait here.
    static bool must_wait(const SharedChunk& chunk, const SharedChunks::Content& content) noexcept {
        return chunk.target->uncommitted_chunks > 0 || SharedChunks::uncommitted(content);
    }
    void add(SharedChunk& chunk) {
        ++chunk.target->uncommitted_chunks;
        chunks_.push_back(&chunk);
    }
    bool empty() const noexcept { return chunks_.empty(); }

    // Takes out those that nobody writes to any more, and calls seal(chunk, content) for each.
    // Returns how many.
    template <class Seal>
    int take_committed(const SharedChunks& all, Seal&& seal) {
        std::size_t kept = 0;
        for (SharedChunk* const chunk : chunks_) {
            OpenChunk& target = *chunk->target;
            const SharedChunks::Content content = all.content(*chunk);
            if (is_before(*chunk, kept) || SharedChunks::uncommitted(content)) {
                chunks_[kept++] = chunk;
                continue;
            }
            --target.uncommitted_chunks;
            seal(*chunk, content);
        }
        const std::size_t taken = chunks_.size() - kept;
        chunks_.resize(kept);
        return static_cast<int>(taken);
    }

    // Takes all out, whoever writes there.
    template <class Fail>
    void take_all(Fail&& fail) {
        for (SharedChunk* const chunk : chunks_) {
            --chunk->target->uncommitted_chunks;
            fail(*chunk);
        }
        chunks_.clear();
    }

  private:
    // Whether another chunk of the streamlet stays before this one. There is seldom more than one
    // chunk here for each thread outside.
    bool is_before(const SharedChunk& chunk, std::size_t kept) const noexcept {
        for (std::size_t at = 0; at < kept; ++at) {
            if (chunks_[at]->target == chunk.target) {
                return true;
            }
        }
        return false;
    }

    std::vector<SharedChunk*> chunks_;
};

}  // namespace kera
