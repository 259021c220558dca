// A thread that brings in memory before it is needed, because the first access to a page costs more
// than writing the page. One thread makes it, waits for it and destroys it; any may read the
// counters. Owns no memory: the range outlives it. Invariant: data in the range never changes.
#pragma once

#include <atomic>
#include <cstddef>
#include <thread>

namespace kera {

class TouchAhead {
  public:
    // From `from` to the end, then from the start to `from`. REQUIRES: page-aligned base and bytes.
    TouchAhead(std::byte* base, std::size_t bytes, std::size_t from);
    TouchAhead(const TouchAhead&) = delete;
    TouchAhead& operator=(const TouchAhead&) = delete;
    // Stops within one step.
    ~TouchAhead();

    std::size_t touched_bytes() const noexcept {
        return touched_bytes_.load(std::memory_order_relaxed);
    }
    // The kernel refused memory or a thread. The other pages come at their first use.
    bool gave_up() const noexcept { return gave_up_.load(std::memory_order_relaxed); }

    // Blocks until every page is in memory or the thread has given up.
    void wait();

  private:
    void run(std::byte* base, std::size_t bytes, std::size_t from) noexcept;
    bool touch_range(std::byte* begin, std::byte* end) noexcept;
    void give_up(std::size_t bytes, int failure);

    std::atomic<bool> stop_{false};
    std::atomic<bool> gave_up_{false};
    std::atomic<std::size_t> touched_bytes_{0};
    std::thread thread_;
};

}  // namespace kera
