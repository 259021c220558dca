// Joining and leaving. See session_membership.hpp.
#include "client/session/session_membership.hpp"

#include "client/session/loop.hpp"

namespace kera {

SessionMembership::SessionMembership(Loop& loop, SessionUser& user)
    : loop_(loop), user_(user), index_(loop.users().add(user)) {}

SessionMembership::~SessionMembership() {
    loop_.users().remove(index_, user_);
}

}  // namespace kera
