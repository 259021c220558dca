// Sitting down and getting up. See session_seat.hpp.
#include "client/session/session_seat.hpp"

#include "client/session/loop.hpp"

namespace kera {

SessionSeat::SessionSeat(Loop& loop, SessionUser& user)
    : loop_(loop), user_(user), index_(loop.add(user)) {}

SessionSeat::~SessionSeat() {
    loop_.remove(index_, user_);
}

}  // namespace kera
