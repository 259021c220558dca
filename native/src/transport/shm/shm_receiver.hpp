// The receiving half of a ShmTransport: takes records from the ring, makes messages of them, and
// delivers these. Thread: the transport's. Received messages may outlive their connection, never
// this. Invariant: nothing that a peer wrote is believed before it was copied and checked; a broken
// record ends the connection of that peer alone.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "transport/channel/ring_receiver.hpp"
#include "transport/channel/shm_inbound.hpp"
#include "transport/inbound.hpp"
#include "transport/shm/shm_connections.hpp"
#include "transport/shm/shm_options.hpp"
#include "transport/transport.hpp"

namespace kera {

class ShmReceiver {
  public:
    ShmReceiver(const ShmOptions& options, const Clock& clock, ShmConnections& connections)
        : options_(options), clock_(clock), connections_(connections) {}
    ShmReceiver(const ShmReceiver&) = delete;
    ShmReceiver& operator=(const ShmReceiver&) = delete;

    // Returns the number of messages that were delivered.
    int receive(ShmConnection& connection, TransportHandler& handler, int message_budget);

  private:
    Result<Inbound> take_record(ShmConnection& connection);
    Result<Inbound> take_message(ShmConnection& connection);
    Result<Inbound> take_part(ShmConnection& connection);
    Result<void> begin_frame(ShmConnection& connection);

    const ShmOptions& options_;
    const Clock& clock_;
    ShmConnections& connections_;
    ShmInboundPool inbounds_;
    ShmRecord record_;  // the one that is being taken
};

}  // namespace kera
