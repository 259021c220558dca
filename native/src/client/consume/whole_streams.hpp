// The streams that a consumer reads as a whole: how many streamlets it has assigned of each, and
// how many the broker has told of. Thread: the application's, but note_size() and for_each() are
// the loop's. Invariant: what was told and is not assigned is shown by has_grown().
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "base/ids.hpp"

namespace kera {

class WholeStreams {
  public:
    // Streamlets that are to be assigned: [first, end).
    struct Grown {
        StreamId stream;
        std::int32_t first = 0;
        std::int32_t end = 0;
    };

    // The application has assigned so many, or assigns them again.
    void add(StreamId stream, std::int32_t streamlets);
    // 0: it is not read as a whole.
    std::int32_t streamlets(StreamId stream) const;

    // Cheap. The release that it pairs with is note_size()'s.
    bool has_grown() const noexcept { return has_grown_.load(std::memory_order_acquire); }
    // What has grown; counts as assigned from now on.
    std::vector<Grown> take_grown();

    // Whether a stream of these has grown.
    bool note_size(StreamId stream, std::int32_t streamlets);
    template <class Visit>
    void for_each(Visit&& visit) const {
        const std::lock_guard lock(mutex_);
        for (const Whole& one : streams_) {
            visit(one.stream);
        }
    }

  private:
    struct Whole {
        StreamId stream;
        std::int32_t assigned = 0;
        std::int32_t told = 0;
    };

    // REQUIRES: the mutex. Null: none.
    const Whole* find(StreamId stream) const noexcept;

    mutable std::mutex mutex_;
    std::vector<Whole> streams_;
    std::atomic<bool> has_grown_{false};
};

}  // namespace kera
