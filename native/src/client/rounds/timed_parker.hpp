// Lets a thread sleep until others want it, or until a time that others choose while it sleeps.
// Thread: announce(), stay() and park() belong to the thread that sleeps; the rest is for any,
// where the caller sees to it that one thread at a time sets the time. Owns its descriptors.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>

#include "base/file_descriptor.hpp"
#include "ring/parker.hpp"

namespace kera {

// Throws std::system_error where the system has no more descriptors, as it does for a thread that
// it refuses.
std::unique_ptr<Parker> make_parker(int watched_fd);

class TimedParker {
  public:
    // Throws std::system_error where the system has no more descriptors.
    TimedParker();
    TimedParker(const TimedParker&) = delete;
    TimedParker& operator=(const TimedParker&) = delete;

    // As those of Parker.
    void announce() noexcept { parker_->announce(); }
    void stay() noexcept { parker_->stay(); }
    void park() noexcept { parker_->park(Parker::kForEver, 0); }
    void wake() noexcept { parker_->wake(); }

    // Ends the sleep after so long, at once where that is over; the latest call counts.
    void wake_after(std::int64_t ns) noexcept { set_timer(std::max<std::int64_t>(ns, 1)); }
    // Takes that back.
    void wake_never() noexcept { set_timer(0); }

  private:
    void set_timer(std::int64_t after_ns) noexcept;

    const FileDescriptor timer_;
    const std::unique_ptr<Parker> parker_;
};

}  // namespace kera
