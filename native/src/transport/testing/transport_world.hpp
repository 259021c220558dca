// What the conformance tests need of a transport: a server, clients, and time that passes.
// Thread: the test's. Owns the server.
#pragma once

#include <memory>

#include "transport/transport.hpp"

namespace kera {

class TransportWorld {
  public:
    virtual ~TransportWorld() = default;

    // Listens already at server_uri().
    virtual Transport& server() = 0;
    virtual const Uri& server_uri() const = 0;
    // An address where nobody listens.
    virtual Uri nowhere() const = 0;
    // A client as if in a process of its own.
    virtual std::unique_ptr<Transport> make_client() = 0;
    // Moves time, in a simulation.
    virtual void step() {}
};

std::unique_ptr<TransportWorld> make_tcp_world();
std::unique_ptr<TransportWorld> make_shm_world();
std::unique_ptr<TransportWorld> make_sim_world();
std::unique_ptr<TransportWorld> make_sim_world_in_pieces();

}  // namespace kera
