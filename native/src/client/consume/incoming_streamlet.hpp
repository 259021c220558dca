// One streamlet that a consumer reads, as the loop sees it: where it goes on, and what is asked for
// it. Thread: the loop's. Invariant: answers to what was asked under another generation are
// dropped.
#pragma once

#include <cstdint>

#include "base/ids.hpp"
#include "client/consume/consumer_options.hpp"
#include "wire/frame/levels.hpp"

namespace kera {

struct IncomingStreamlet {
    enum class State : std::uint8_t {
        resolving,  // the broker is still to say at which offset it starts
        reading,
        checking_term,  // the broker is still to say where the term ended that was read
        paused,         // also when it is not assigned any more
        stopped,        // by an error; the application was told
    };

    StreamId stream;
    StreamletId streamlet;
    State state = State::paused;
    StartAt start;
    // Changes with every seek, pause and resume.
    std::uint32_t generation = 0;
    // A request or a subscription is under way.
    bool asked = false;
    // Of the next record that the broker is to send.
    Offset next{0};
    WireCursor cursor;
    // In which `next` was found; kAnyTerm until the broker has said.
    Term term = kAnyTerm;
    std::uint32_t failures = 0;
    std::int64_t not_before_ns = 0;
    // Push: -1 while there is none.
    std::int64_t subscription = -1;
    // Push: credit that the reader gave back, and that the broker does not know of yet.
    std::int64_t credit_returned = 0;
};

// A streamlet that something was asked for, and under which generation.
struct AskedStreamlet {
    std::uint32_t index = 0;
    std::uint32_t generation = 0;

    // For the request that asks for this one alone.
    std::uint64_t to_cookie() const noexcept { return std::uint64_t{generation} << 32U | index; }
    static AskedStreamlet from_cookie(std::uint64_t cookie) noexcept {
        return {static_cast<std::uint32_t>(cookie), static_cast<std::uint32_t>(cookie >> 32U)};
    }
};

}  // namespace kera
