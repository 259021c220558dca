// A connection of a SimNet: two ends, and a pipe in each direction that delivers frames in order
// until the connection breaks. Thread: the simulation's. Its two transports and the events in
// flight share it. Invariant: an end whose transport is gone receives nothing.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "base/error.hpp"
#include "transport/sim/sim_message.hpp"
#include "transport/sim/sim_net.hpp"
#include "transport/transport.hpp"

namespace kera {

class SimConnection : public std::enable_shared_from_this<SimConnection> {
  public:
    struct End {
        std::uint64_t transport_id = 0;
        EndpointId endpoint;
        std::string node;
    };

    SimConnection(SimNet& net, End connecting, End listening)
        : net_(net), ends_{std::move(connecting), std::move(listening)} {}

    const End& end(std::size_t side) const { return ends_[side]; }
    void set_endpoint(std::size_t side, EndpointId endpoint) { ends_[side].endpoint = endpoint; }
    bool broken() const { return broken_; }

    bool has_room(std::size_t from, std::uint64_t bytes) const;
    std::uint64_t window_bytes(std::size_t from) const { return pipes_[from].window_bytes; }
    void send(std::size_t from, std::unique_ptr<SimMessage> message, SimLoan loan);
    // The receiver's handler got so many bytes of what `from` has sent.
    void taken(std::size_t from, std::uint64_t bytes);

    // This side sends no more. The other side learns it after it has received what is in flight.
    void end_sending(std::size_t side);
    // This side's process is gone, and what it has sent may be lost. When its machine is gone, the
    // other side is not even told.
    void crash(std::size_t side, bool machine);
    // The connection breaks, and both sides are told.
    void break_off(const Error& why);
    // Delivers what has arrived, unless the link is cut.
    void drain(std::size_t from);

  private:
    struct Item {
        std::unique_ptr<SimMessage> message;  // null: the sender has ended
        SimLoan loan;
        bool breaks = false;
    };
    struct Pipe {
        std::deque<Item> under_way;
        std::size_t arrived = 0;         // of these, the first few wait only for a cut link
        std::uint64_t window_bytes = 0;  // sent, and not taken by the receiver yet
        std::int64_t last_arrival_ns = 0;
        std::uint64_t stalls = 0;  // so that the timer of an earlier stall does nothing
        bool stalled = false;
    };

    void put(std::size_t from, Item item, std::uint64_t bytes);
    void deliver(std::size_t from, Item item);
    void release(std::size_t side, SimLoan loan);
    void stall(std::size_t from);
    void lose_all();
    SimLink& link(std::size_t from);

    SimNet& net_;
    std::array<End, 2> ends_;    // 0 connected to 1
    std::array<Pipe, 2> pipes_;  // [i] carries what end i sends
    bool broken_ = false;
};

}  // namespace kera
