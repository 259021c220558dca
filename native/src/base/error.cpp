#include "base/error.hpp"

#include <array>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <system_error>

namespace kera {

namespace {

constexpr std::array<const char*, kErrorCodeMax + 1> kNames = {
    "OK",
    "MALFORMED",
    "UNSUPPORTED",
    "UNAUTHORIZED",
    "FRAME_TOO_LARGE",
    "HELLO_REQUIRED",
    "BAD_CHECKSUM",
    "BAD_RECORD_COUNT",
    "UNKNOWN_STREAM",
    "STREAM_EXISTS",
    "INVALID_ARGUMENT",
    "SEQUENCE_GAP",
    "DUPLICATE_SEQUENCE",
    "STALE_PRODUCER_EPOCH",
    "UNKNOWN_PRODUCER",
    "STALE_TERM",
    "NOT_LEADER",
    "OFFSET_OUT_OF_RANGE",
    "MEMORY_EXHAUSTED",
    "DISK_FULL",
    "DISK_FAILED",
    "BUFFER_EXHAUSTED",
    "TIMED_OUT",
    "DISCONNECTED",
    "CLOSED",
    "WOULD_BLOCK",
    "CORRUPT",
    "LEASE_LOST",
    "LIMIT_EXCEEDED",
    "SHUTTING_DOWN",
    "INTERNAL",
};

}  // namespace

const char* to_string(ErrorCode code) noexcept {
    const auto index = static_cast<std::size_t>(code);
    return index < kNames.size() ? kNames[index] : "UNKNOWN";
}

bool is_retriable(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::stale_term:
        case ErrorCode::not_leader:
        case ErrorCode::memory_exhausted:
        case ErrorCode::disk_full:
        case ErrorCode::disk_failed:
        case ErrorCode::buffer_exhausted:
        case ErrorCode::timed_out:
        case ErrorCode::disconnected:
        case ErrorCode::would_block:
        case ErrorCode::lease_lost:
        case ErrorCode::shutting_down:
            return true;
        default:
            return false;
    }
}

bool operator==(const Error& left, const Error& right) noexcept {
    return left.code == right.code && left.cause == right.cause && left.limit == right.limit &&
           left.value == right.value && std::strcmp(left.what, right.what) == 0;
}

std::string describe(const Error& error) {
    std::string line = to_string(error.code);
    if (error.what[0] != '\0') {
        line += ' ';
        line += error.what;
    }
    if (error.value != 0 || error.limit != 0) {
        line += '=';
        line += std::to_string(error.value);
    }
    if (error.value != 0 && std::string_view(error.what).ends_with("_errno")) {
        line += " (" + std::generic_category().message(static_cast<int>(error.value)) + ")";
    }
    if (error.limit != 0) {
        line += " limit=";
        line += std::to_string(error.limit);
    }
    if (error.cause != ErrorCode::ok) {
        line += " cause=";
        line += to_string(error.cause);
    }
    return line;
}

}  // namespace kera
