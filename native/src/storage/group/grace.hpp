// Grace periods: memory that other reactors may still be reading is freed once each of them has
// passed a poll. GracePeriods: one per core, any thread. A reader joins once, calls pass() when it
// holds no pointer into storage, and park() before it sleeps. Reclaimer: one per reactor, used by
// its thread only; owns what waits to be freed. Invariant: an object is freed only when every
// reader has passed since it was unlinked, and nothing leases it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "base/units.hpp"

namespace kera {

using GraceTicket = std::uint64_t;

class GracePeriods {
  public:
    static constexpr int kReadersMax = 64;

    // A reader's slot, until leave(). KERA_ASSERTs that there are at most kReadersMax.
    int join() noexcept;
    void leave(int slot) noexcept;

    // The reader holds nothing now.
    void pass(int slot) noexcept;
    // The reader holds nothing, and will not until unpark().
    void park(int slot) noexcept;
    void unpark(int slot) noexcept;

    // After unlinking: the ticket is over once no reader can see what was unlinked.
    GraceTicket begin() noexcept;
    bool over(GraceTicket ticket) const noexcept;

  private:
    static constexpr std::uint64_t kAway = std::numeric_limits<std::uint64_t>::max();
    static constexpr std::uint64_t kFree = kAway - 1;

    // Release in pass() and park() pairs with acquire in over(): a reader has stopped reading
    // before the memory is freed.
    struct alignas(kCacheLineBytes) Slot {
        std::atomic<std::uint64_t> seen{kFree};
    };

    std::array<Slot, kReadersMax> slots_;
    // Changed by read-modify-writes only, so that who comes later sees all that earlier ones did.
    alignas(kCacheLineBytes) std::atomic<std::uint64_t> now_{1};
};

// What a Reclaimer can own.
class Reclaimable {
  public:
    virtual ~Reclaimable() = default;
    // Whether nothing is leased. Called after the grace period, so it changes from false to true
    // only.
    virtual bool released() const noexcept = 0;
};

class Reclaimer {
  public:
    explicit Reclaimer(GracePeriods& grace) noexcept : grace_(grace) {}
    // REQUIRES: no reader runs, and nothing is leased.
    ~Reclaimer();
    Reclaimer(const Reclaimer&) = delete;
    Reclaimer& operator=(const Reclaimer&) = delete;

    // REQUIRES: nobody can find `object` from now on; readers may still hold it.
    void retire(std::unique_ptr<Reclaimable> object);
    // Frees what can be freed, and returns how many objects that were. Cheap when nothing waits.
    std::size_t reclaim() noexcept;
    std::size_t waiting() const noexcept { return waiting_.size(); }

  private:
    struct Waiting {
        GraceTicket ticket;
        std::unique_ptr<Reclaimable> object;
    };

    GracePeriods& grace_;
    std::vector<Waiting> waiting_;
};

}  // namespace kera
