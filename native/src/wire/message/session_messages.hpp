// Messages that open a session, keep it alive, and refuse requests: Hello, errors, ping. Any
// thread; plain values. decode() accepts only what the schema allows. encode() leaves a complete
// frame in the buffer, and returns a Result where a text or a group can be too large. Invariant:
// decode() of an encoded value gives the same value.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "wire/frame/frame.hpp"
#include "wire/frame/message_limits.hpp"

namespace kera {

inline constexpr std::uint16_t kProtocolVersionMin = 1;
inline constexpr std::uint16_t kProtocolVersionMax = 1;

// Bits of Hello::features.
// The broker says when a stream has more streamlets.
inline constexpr std::uint32_t kFeatureStreamGrown = 1;
inline constexpr std::uint32_t kFeatures = kFeatureStreamGrown;

struct Hello {
    std::uint16_t version_min = kProtocolVersionMin;
    std::uint16_t version_max = kProtocolVersionMax;
    std::uint32_t features = 0;
    std::string client_name;
    std::string token;

    Result<void> encode(FrameBuffer& buffer, std::int64_t correlation_id) const;
    static Result<Hello> decode(const FrameView& frame);
};

struct HelloAnswer {
    std::uint16_t version = kProtocolVersionMax;
    std::uint16_t reactor = 0;
    std::uint16_t reactor_count = 1;
    std::uint32_t features = 0;
    NodeId node;
    ConnectionId connection;
    std::uint32_t frame_bytes_max = 0;
    std::uint32_t chunk_bytes_max = 0;
    std::uint32_t requests_in_flight_max = 0;
    std::int64_t credit_bytes_max = 0;
    std::string node_name;

    Result<void> encode(FrameBuffer& buffer, std::int64_t correlation_id) const;
    static Result<HelloAnswer> decode(const FrameView& frame);
};

struct ErrorAnswer {
    ErrorCode code = ErrorCode::internal;
    std::uint16_t template_id = 0;
    std::uint32_t retry_after_ms = 0;
    std::int64_t limit = 0;
    std::int64_t value = 0;
    std::string what;

    static ErrorAnswer of(const Error& error, std::uint16_t template_id);
    void encode(FrameBuffer& buffer, std::int64_t correlation_id) const;
    static Result<ErrorAnswer> decode(const FrameView& frame);
};

struct Ping {
    void encode(FrameBuffer& buffer, std::int64_t correlation_id) const;
    static Result<Ping> decode(const FrameView& frame);
};

struct PingAnswer {
    void encode(FrameBuffer& buffer, std::int64_t correlation_id) const;
    static Result<PingAnswer> decode(const FrameView& frame);
};

}  // namespace kera
