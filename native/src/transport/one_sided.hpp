// Reading and writing a peer's memory without its processor: an optional capability of a transport.
// Thread and ownership as in transport/transport.hpp; `into` and `from` stay unchanged until the
// completion. Invariant: a RemoteMemory is valid for one connection and one lease. The peer gets it
// in a message; after revoke() the network refuses it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/error.hpp"
#include "base/result.hpp"
#include "transport/endpoint.hpp"

namespace kera {

struct RemoteMemory {
    std::uint64_t key = 0;
    std::uint64_t address = 0;
    std::uint64_t bytes = 0;
};

enum class RemoteAccess : std::uint8_t { read, write };

class OneSidedHandler {
  public:
    virtual ~OneSidedHandler() = default;
    // Once for each read or write that was begun, inside Transport::poll().
    virtual void on_one_sided_done(EndpointId endpoint, std::uint64_t token,
                                   const Result<void>& outcome) = 0;
};

class OneSided {
  public:
    virtual ~OneSided() = default;

    virtual void set_handler(OneSidedHandler& handler) = 0;

    // Gives the peer access to a part of a registered region, until revoke().
    virtual Result<RemoteMemory> expose(EndpointId endpoint, std::span<std::byte> memory,
                                        RemoteAccess access) = 0;
    virtual void revoke(EndpointId endpoint, const RemoteMemory& memory) = 0;

    // False: back-pressure, nothing was begun.
    virtual bool begin_read(EndpointId endpoint, const RemoteMemory& from,
                            std::span<std::byte> into, std::uint64_t token) = 0;
    virtual bool begin_write(EndpointId endpoint, std::span<const std::byte> from,
                             const RemoteMemory& into, std::uint64_t token) = 0;
};

}  // namespace kera
