// One streamlet that a consumer reads, as the loop sees it: where it stands and what is asked for
// it. Thread: the loop's. Invariant: answers to what was asked under another generation are
// dropped.
#pragma once

#include <cstdint>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "client/consume/consumer_options.hpp"
#include "wire/frame/levels.hpp"

namespace kera {

struct Assignment {
    enum class State : std::uint8_t { resolving, reading, paused, failed, removed };

    StreamId stream;
    StreamletId streamlet;
    State state = State::resolving;
    StartAt start;
    // Changes with every seek, pause and resume.
    std::uint32_t generation = 0;
    // A request or a subscription is under way.
    bool asked = false;
    Offset next{0};
    WireCursor cursor;
    std::uint32_t failures = 0;
    std::int64_t not_before_ns = 0;
    // Push: credit used up and given back by the reader, not yet told to the broker.
    std::int64_t subscription = -1;
    std::int64_t credit_returned = 0;
};

}  // namespace kera
