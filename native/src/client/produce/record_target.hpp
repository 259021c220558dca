// Where a record goes, and the time that it carries. Plain values.
#pragma once

#include <cstdint>
#include <limits>

#include "base/ids.hpp"
#include "client/send/attached_streams.hpp"

namespace kera {

// The producer chooses: by the record's first key, or one streamlet for a while without a key.
inline constexpr StreamletId kAnyStreamlet{-1};
// The producer takes the time.
inline constexpr std::int64_t kTimeOfSending = std::numeric_limits<std::int64_t>::min();

struct RecordTarget {
    StreamHandle stream;
    StreamletId streamlet = kAnyStreamlet;
    std::int64_t timestamp_ms = kTimeOfSending;
};

}  // namespace kera
