// A client's side of the handshake: connects to a node, says what memory it wants, and maps what
// the node granted. Thread: the transport's. Borrows the connections. Invariant: a client talks
// only to a node of its own user, of root, or of the user that its address names.
#pragma once

#include <string_view>

#include "base/file_descriptor.hpp"
#include "base/result.hpp"
#include "transport/shm/shm_connections.hpp"
#include "transport/shm/shm_options.hpp"

namespace kera {

class ShmClientHandshake {
  public:
    ShmClientHandshake(const ShmOptions& options, ShmConnections& connections)
        : options_(options), connections_(connections) {}
    ShmClientHandshake(const ShmClientHandshake&) = delete;
    ShmClientHandshake& operator=(const ShmClientHandshake&) = delete;

    // The socket of a connection on which the hello has been sent.
    Result<FileDescriptor> begin(std::string_view address) const;

    // The socket of a connection that awaits its welcome can be read. Establishes it, kills it, or
    // leaves it when there is no welcome yet.
    void on_readable(ShmConnection& connection);

  private:
    // False: there is no welcome yet.
    static Result<bool> receive_welcome(ShmConnection& connection);

    const ShmOptions& options_;
    ShmConnections& connections_;
};

}  // namespace kera
