// Where a transport listens or connects: `<scheme>:<address>`, as in tcp:127.0.0.1:9090,
// tcp:[::1]:9090, shm:/run/kera/node.sock, sim:node1. Plain value, any thread.
// Invariant: scheme is lower case letters, digits and '+'; neither part is empty.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace kera {

struct Uri {
    std::string scheme;
    std::string address;

    std::string text() const { return scheme + ":" + address; }
    friend bool operator==(const Uri&, const Uri&) = default;
};

Result<Uri> parse_uri(std::string_view text);

// The address of a network transport: a host by name or number, and a port.
struct HostPort {
    std::string host;  // without the brackets of an IPv6 number
    std::uint16_t port = 0;
};

Result<HostPort> parse_host_port(std::string_view address);
std::string host_port_text(const HostPort& host_port);

}  // namespace kera
