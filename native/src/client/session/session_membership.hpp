// Registers a user with the loop, and removes it when this is destroyed. The loop's thread; borrows
// both. Invariant: the loop has no user that was destroyed, also when a user's constructor throws.
#pragma once

#include <cstdint>

#include "client/session/session_user.hpp"

namespace kera {

class Loop;

class SessionMembership {
  public:
    SessionMembership(Loop& loop, SessionUser& user);
    SessionMembership(const SessionMembership&) = delete;
    SessionMembership& operator=(const SessionMembership&) = delete;
    ~SessionMembership();

    // The loop's number of this user, which goes into the tokens of what it sends.
    std::uint32_t index() const noexcept { return index_; }

  private:
    Loop& loop_;
    const SessionUser& user_;
    const std::uint32_t index_;
};

}  // namespace kera
