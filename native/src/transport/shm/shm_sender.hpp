// The sending half of a ShmTransport: a message goes into the ring, its body by reference when the
// peer sees that memory, else as a copy; one too long for a record goes in parts. Thread: the
// transport's. A referenced body stays the sender's until the peer has given it back or died.
// Invariant: what is in the ring costs no system call, except to wake a peer that sleeps.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "transport/shm/shm_connections.hpp"
#include "transport/shm/shm_options.hpp"
#include "transport/transport.hpp"

namespace kera {

class ShmSender {
  public:
    // `polling`: the transport is inside poll(), which wakes the peer at its end.
    ShmSender(const ShmOptions& options, ShmConnections& connections, const bool& polling)
        : options_(options), connections_(connections), polling_(polling) {}
    ShmSender(const ShmSender&) = delete;
    ShmSender& operator=(const ShmSender&) = delete;

    // See Transport::send().
    SendOutcome send(ShmConnection& connection, std::span<const std::byte> head,
                     std::span<const IoSpan> body, Token token);

    // Moves as much of a long message into the ring as there is room for.
    void continue_long_message(ShmConnection& connection);

  private:
    bool refer_to(const ShmConnection& connection, std::span<const IoSpan> body,
                  std::size_t head_bytes);
    SendOutcome send_references(ShmConnection& connection, std::span<const std::byte> head,
                                std::uint64_t body_bytes, Token token);
    SendOutcome send_copy(ShmConnection& connection, std::span<const std::byte> head,
                          std::span<const IoSpan> body, std::uint32_t frame_bytes, Token token);
    // `sent` when there is room for the record; else what send() answers.
    SendOutcome find_room(ShmConnection& connection, std::uint64_t record_bytes);

    const ShmOptions& options_;
    ShmConnections& connections_;
    const bool& polling_;
    // Reused by each send.
    std::vector<ShmReference> references_;
    std::vector<IoSpan> pieces_;
    std::vector<Token> released_;
};

}  // namespace kera
