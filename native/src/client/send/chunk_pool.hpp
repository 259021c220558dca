// The fixed memory of a producer, cut into chunk buffers; a large record takes neighbouring ones.
// Thread: acquire() and has_room() belong to the application's, give_back() to the loop's, adopt()
// to the loop's with the producer's lock. The buffer that was returned first is used first: the
// last one is still in a cache, but in the broker's, which makes each line slow to write.
// Invariant: the buffers that are free and those that were acquired sum up to the region.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "client/send/chunk_buffer.hpp"
#include "ring/value_queue.hpp"
#include "wire/frame/frame.hpp"

namespace kera {

struct ChunkPoolOptions {
    std::uint32_t chunk_bytes = 0;
    std::uint64_t memory_bytes = 0;
    bool record_tokens = false;
};

// One run of memory: the client's own, or what the transport shares with the broker.
class PoolRegion {
  public:
    // Called on the loop's thread when nothing refers to the memory any more.
    using Release = std::function<void()>;

    PoolRegion(MutableBytes memory, const ChunkPoolOptions& options, Release release);
    PoolRegion(const PoolRegion&) = delete;
    PoolRegion& operator=(const PoolRegion&) = delete;
    ~PoolRegion();

    std::uint32_t buffer_count() const noexcept {
        return static_cast<std::uint32_t>(buffers_.size());
    }

  private:
    friend class ChunkPool;

    std::vector<ChunkBuffer> buffers_;
    std::unique_ptr<std::uint64_t[]> tokens_;
    Release release_;
    bool retired_ = false;
    // Once retired: buffers that have not come back.
    std::uint32_t outstanding_ = 0;
};

class ChunkPool {
  public:
    explicit ChunkPool(const ChunkPoolOptions& options);

    const ChunkPoolOptions& options() const noexcept { return options_; }
    std::uint32_t chunk_bytes() const noexcept { return options_.chunk_bytes; }
    // The largest chunk that could ever fit.
    std::uint64_t chunk_bytes_max() const noexcept;
    std::uint64_t memory_bytes() const noexcept;

    // Room for a chunk of at least `bytes`, or nullptr when there is none now.
    ChunkBuffer* acquire(std::uint64_t bytes);
    // Whether acquire() might succeed; takes in what came back.
    bool has_room(std::uint64_t bytes);

    void give_back(ChunkBuffer& buffer);

    // From now on chunks are opened in `memory`; those of the region before finish where they are.
    void adopt(MutableBytes memory, PoolRegion::Release release);
    // Own memory, for where the transport has none.
    void adopt_own_memory();
    bool adopted() const noexcept { return current_ != nullptr; }
    // Whether chunks of an earlier region are still about; one such region at a time.
    bool is_moving() const noexcept { return regions_.size() > 1; }

  private:
    void reclaim();
    void make_free(ChunkBuffer& buffer);
    ChunkBuffer* find_run(std::uint32_t count);
    ChunkBuffer* take_run(std::uint32_t count);
    void retire_current();
    void drop(PoolRegion& region);

    const ChunkPoolOptions options_;
    std::vector<std::unique_ptr<PoolRegion>> regions_;
    PoolRegion* current_ = nullptr;
    std::deque<ChunkBuffer*> free_;
    std::unique_ptr<ValueQueue<ChunkBuffer*>> returned_;
};

}  // namespace kera
