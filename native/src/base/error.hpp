// An error, in the form that also crosses the wire: a code, the field or thing, a limit, a value.
// (A cause does not cross the wire.) Any thread. An Error owns nothing: `what` is a string with
// static lifetime. Invariant: the numbers of ErrorCode are part of the protocol; they are never
// renumbered or reused.
#pragma once

#include <cstdint>
#include <string>

namespace kera {

enum class ErrorCode : std::uint16_t {
    ok = 0,
    malformed = 1,
    unsupported = 2,
    unauthorized = 3,
    frame_too_large = 4,
    hello_required = 5,
    bad_checksum = 6,
    bad_record_count = 7,
    unknown_stream = 8,
    stream_exists = 9,
    invalid_argument = 10,
    sequence_gap = 11,
    duplicate_sequence = 12,
    stale_producer_epoch = 13,
    unknown_producer = 14,
    stale_term = 15,
    not_leader = 16,
    offset_out_of_range = 17,
    memory_exhausted = 18,
    disk_full = 19,
    disk_failed = 20,
    buffer_exhausted = 21,
    timed_out = 22,
    disconnected = 23,
    closed = 24,
    would_block = 25,
    corrupt = 26,
    lease_lost = 27,
    limit_exceeded = 28,
    shutting_down = 29,
    internal = 30,
};

inline constexpr std::uint16_t kErrorCodeMax = 30;

// The name for users, such as FRAME_TOO_LARGE. An unknown number gives UNKNOWN.
const char* to_string(ErrorCode code) noexcept;

// Whether the same request, unchanged, may succeed later or at another node.
bool is_retriable(ErrorCode code) noexcept;

struct Error {
    constexpr Error() noexcept = default;
    constexpr Error(ErrorCode error, const char* thing, std::int64_t allowed = 0,
                    std::int64_t got = 0) noexcept
        : code(error), what(thing), limit(allowed), value(got) {}

    ErrorCode code = ErrorCode::internal;
    // The refusal that led to this error, for example when time ran out after it; ok: none is
    // known.
    ErrorCode cause = ErrorCode::ok;
    const char* what = "";
    std::int64_t limit = 0;
    std::int64_t value = 0;

    friend bool operator==(const Error& left, const Error& right) noexcept;
};

// One line for people: `FRAME_TOO_LARGE frame_bytes=70000 limit=65536`, or without numbers `CLOSED
// connection`. A name that ends in _errno is explained in words. A known cause follows, as in `
// cause=MEMORY_EXHAUSTED`.
std::string describe(const Error& error);

}  // namespace kera
