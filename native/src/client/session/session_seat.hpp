// A user's place in a loop, which the loop's tokens name. The loop's thread; borrows both.
// Invariant: the loop knows no user that is not there, also where its constructor throws.
#pragma once

#include <cstdint>

#include "client/session/session_user.hpp"

namespace kera {

class Loop;

class SessionSeat {
  public:
    SessionSeat(Loop& loop, SessionUser& user);
    SessionSeat(const SessionSeat&) = delete;
    SessionSeat& operator=(const SessionSeat&) = delete;
    ~SessionSeat();

    std::uint32_t index() const noexcept { return index_; }

  private:
    Loop& loop_;
    const SessionUser& user_;
    const std::uint32_t index_;
};

}  // namespace kera
