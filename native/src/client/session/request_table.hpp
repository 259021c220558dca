// The requests of one connection that await their answer, with owner and deadline.
// Thread: the loop's. Slots are made once; a correlation id names a slot and its use, so that a
// late answer never reaches a newer request. Invariant: each opened request leaves by exactly one
// of close(), expire() and fail_all().
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "base/error.hpp"
#include "transport/inbound.hpp"
#include "wire/frame/frame.hpp"

namespace kera {

// Whoever sent a request; told exactly once how it went.
class RequestOwner {
  public:
    virtual void on_answer(std::uint64_t cookie, const FrameView& frame, Inbound& message) = 0;
    // `retry_after_ms` is the broker's hint; 0 where there is none.
    virtual void on_request_failed(std::uint64_t cookie, const Error& why,
                                   std::uint32_t retry_after_ms) = 0;

  protected:
    ~RequestOwner() = default;
};

class RequestTable {
  public:
    struct Request {
        RequestOwner* owner = nullptr;
        std::uint64_t cookie = 0;
        std::int64_t deadline_ns = 0;
    };

    static constexpr std::uint32_t kCapacityMax = 1U << 16U;

    explicit RequestTable(std::uint32_t capacity) { set_capacity(capacity); }

    // How many may be in flight from now on; the peer says so in its greeting.
    void set_capacity(std::uint32_t capacity);
    std::uint32_t in_flight() const noexcept { return in_flight_; }
    std::uint32_t room() const noexcept {
        return capacity_ > in_flight_ ? capacity_ - in_flight_ : 0;
    }

    // The correlation id. REQUIRES: room() > 0.
    std::int64_t open(const Request& request);
    // Takes the request out; false when it is not awaited any more.
    bool close(std::int64_t correlation_id, Request& out);

    // Fails what is past its deadline.
    int expire(std::int64_t now_ns);
    void fail_all(const Error& why);
    // Forgets what `owner` asked; its answers will be dropped.
    void forget(const RequestOwner& owner);

    std::int64_t next_deadline_ns() const noexcept { return earliest_ns_; }

  private:
    static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

    struct Slot {
        Request request;
        std::int64_t use = 0;
        bool open = false;
    };

    void free_slot(std::uint32_t index) noexcept;

    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_;
    std::uint32_t capacity_ = 0;
    std::uint32_t in_flight_ = 0;
    // Not after any open request's deadline; may be before.
    std::int64_t earliest_ns_ = kNever;
};

}  // namespace kera
