// What the conformance tests need of any transport: a listening side, clients, and time that
// passes. Thread: the test's. Owns its transports.
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
    // An address of this kind where nobody listens.
    virtual Uri nowhere() const = 0;
    // A process of its own, as far as the transport can tell.
    virtual std::unique_ptr<Transport> make_client() = 0;
    // Lets time pass where it does not pass by itself.
    virtual void step() {}
};

std::unique_ptr<TransportWorld> make_tcp_world();
std::unique_ptr<TransportWorld> make_shm_world();
std::unique_ptr<TransportWorld> make_sim_world();
std::unique_ptr<TransportWorld> make_sim_world_in_pieces();

}  // namespace kera
