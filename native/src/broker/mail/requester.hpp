// Who sent a request, so that any reactor can answer it later. A plain value, any thread.
#pragma once

#include <cstdint>

#include "base/ids.hpp"

namespace kera {

// The control plane: it has no session.
inline constexpr ConnectionId kControlConnection{-1};

struct Requester {
    ReactorId reactor;
    ConnectionId connection;
    std::int64_t correlation_id = -1;
    std::uint16_t template_id = 0;

    bool is_control() const noexcept { return connection == kControlConnection; }
};

}  // namespace kera
