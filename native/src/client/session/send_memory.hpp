// Shares out the memory that the transport lends for sending among the client's producers.
// Thread: the loop's. Borrows the memory; gives each connection's back to the transport once nobody
// uses it any more. Invariant: the parts that are lent never overlap.
#pragma once

#include <functional>
#include <list>
#include <vector>

#include "transport/transport.hpp"
#include "wire/frame/frame.hpp"

namespace kera {

class SendMemory {
  public:
    using Release = std::function<void()>;

    explicit SendMemory(Transport& transport) : transport_(transport) {}

    // The session over this endpoint has begun; parts of earlier ones stay valid.
    void begin(EndpointId endpoint);
    // Nothing more is lent from the current session's memory.
    void end();
    // The transport goes away, and its memory with it.
    void abandon() noexcept { lent_.clear(); }
    // At most `bytes_max`, empty when less than `bytes_min` is left. `release` is to be called
    // once.
    MutableBytes lend(std::uint64_t bytes_min, std::uint64_t bytes_max, Release& release);

  private:
    struct Part {
        std::size_t from = 0;
        std::size_t bytes = 0;
    };
    struct Lent {
        EndpointId endpoint;
        MutableBytes memory;
        std::vector<Part> parts;  // in order of `from`
        bool ended = false;
    };

    void take_back(EndpointId endpoint, std::size_t from);
    void drop_if_unused(std::list<Lent>::iterator lent);

    Transport& transport_;
    std::list<Lent> lent_;
};

}  // namespace kera
