// How a consumer reads, and where it starts. Plain values.
#pragma once

#include <cstdint>
#include <optional>

#include "base/ids.hpp"
#include "base/units.hpp"
#include "client/session/reconnect_backoff.hpp"

namespace kera {

struct StartAt {
    enum class Kind : std::uint8_t { offset = 0, earliest = 1, latest = 2, time = 3 };

    static StartAt at(Offset offset) { return {Kind::offset, offset.value()}; }
    static StartAt earliest() { return {Kind::earliest, 0}; }
    static StartAt latest() { return {Kind::latest, 0}; }
    // The first record at or after.
    static StartAt time(std::int64_t epoch_ms) { return {Kind::time, epoch_ms}; }

    Kind kind = Kind::earliest;
    std::int64_t value = 0;
};

// What to do when a position is not there any more, or not yet.
enum class OutOfRange : std::uint8_t { fail = 0, earliest = 1, latest = 2 };

struct ConsumerOptions {
    // The broker sends what is new by itself, as far as it was given credit.
    bool push = false;
    // Pull: how long the broker waits for bytes_min, and how much one answer carries.
    std::uint32_t wait_ms_max = 500;
    std::uint32_t bytes_min = 1;
    std::uint32_t fetch_bytes_max = 4_MiB;
    // Of one streamlet; 0: an even share of the answer, but 1 MiB at least.
    std::uint32_t streamlet_bytes_max = 0;
    // Streamlets asked for in one request; more of them are asked for side by side.
    std::uint32_t streamlets_per_fetch = 256;
    // Received and not yet read; the next answer is asked for while this is being read.
    std::uint64_t buffered_bytes_max = 16_MiB;
    // Push: credit of each streamlet.
    std::int64_t credit_bytes = 4_MiB;
    OutOfRange out_of_range = OutOfRange::earliest;
    // Unset: where the path is not the broker's own memory.
    std::optional<bool> check_crcs;
    std::optional<bool> check_records;
    std::int64_t request_timeout_ns = 30 * kNanosPerSecond;
    BackoffOptions retry{5 * kNanosPerMilli, kNanosPerSecond, 20};
};

}  // namespace kera
