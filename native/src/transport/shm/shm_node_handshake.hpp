// A node's side of the handshake: reads a client's hello, checks who it is, creates the memory that
// both will share, and sends it the descriptors. Thread: the transport's. Borrows the connections.
// Invariants: a client is told why it is refused; nothing of other clients is in the memory that it
// gets; all clients together never get more than the options allow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/rare_line.hpp"
#include "base/result.hpp"
#include "transport/channel/shm_handshake.hpp"
#include "transport/shm/shm_connections.hpp"
#include "transport/shm/shm_options.hpp"

namespace kera {

class ShmNodeHandshake {
  public:
    ShmNodeHandshake(const ShmOptions& options, ShmConnections& connections)
        : options_(options), connections_(connections) {}
    ShmNodeHandshake(const ShmNodeHandshake&) = delete;
    ShmNodeHandshake& operator=(const ShmNodeHandshake&) = delete;

    // The socket of a connection that awaits its hello can be read. Establishes it, kills it, or
    // leaves it when there is no hello yet.
    void on_readable(ShmConnection& connection);

  private:
    // False: there is no hello yet.
    Result<bool> receive_hello(ShmConnection& connection);
    Result<void> grant_channel(ShmConnection& connection, const ShmHello& hello);
    void refuse(ShmConnection& connection, const Error& why);

    const ShmOptions& options_;
    ShmConnections& connections_;
    RareLine refused_line_;
};

}  // namespace kera
