// Messages between the control plane and the core over their rings, in addition to those of the
// client protocol. Any thread; plain values; session_messages.hpp states the contract of encode and
// decode.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "wire/frame/frame.hpp"
#include "wire/message/stream_messages.hpp"

namespace kera {

// Makes a stream known to the core: a new one, or one in the metadata.
struct OpenStream {
    StreamId stream;
    Term term;
    StreamSettings settings;
    std::string name;

    Result<void> encode(FrameBuffer& buffer, std::int64_t correlation_id) const;
    static Result<OpenStream> decode(const FrameView& frame);
};

struct SetTerm {
    StreamId stream;
    StreamletId streamlet;
    Term term;
    bool leader = true;

    void encode(FrameBuffer& buffer, std::int64_t correlation_id) const;
    static Result<SetTerm> decode(const FrameView& frame);
};

struct GrantProducerIds {
    ProducerId first;
    std::int32_t id_count = 0;

    void encode(FrameBuffer& buffer, std::int64_t correlation_id) const;
    static Result<GrantProducerIds> decode(const FrameView& frame);
};

struct Drain {
    void encode(FrameBuffer& buffer, std::int64_t correlation_id) const;
    static Result<Drain> decode(const FrameView& frame);
};

struct CommandDone {
    ErrorCode code = ErrorCode::ok;
    std::int64_t limit = 0;
    std::int64_t value = 0;
    std::string what;

    static CommandDone of(const Result<void>& outcome);
    void encode(FrameBuffer& buffer, std::int64_t correlation_id) const;
    static Result<CommandDone> decode(const FrameView& frame);
};

struct Drained {
    void encode(FrameBuffer& buffer, std::int64_t correlation_id) const;
    static Result<Drained> decode(const FrameView& frame);
};

struct ProducerIdsLow {
    std::int32_t ids_left = 0;

    void encode(FrameBuffer& buffer, std::int64_t correlation_id) const;
    static Result<ProducerIdsLow> decode(const FrameView& frame);
};

// A client's request that the control plane decides, and its answer. The inner frame follows the
// head.
struct ForwardedRequest {
    static constexpr std::uint32_t kHeadBytes = 40;

    ConnectionId connection;
    ReactorId reactor;

    void encode(FrameBuffer& buffer, std::int64_t correlation_id, Bytes request) const;
    static Result<ForwardedRequest> decode(const FrameView& frame);
};

struct ForwardedAnswer {
    static constexpr std::uint32_t kHeadBytes = 40;

    ConnectionId connection;
    ReactorId reactor;

    void encode(FrameBuffer& buffer, std::int64_t correlation_id, Bytes answer) const;
    static Result<ForwardedAnswer> decode(const FrameView& frame);
};

enum class ControlTemplate : std::uint16_t {
    open_stream = 1,
    set_term = 2,
    grant_producer_ids = 3,
    drain = 4,
    forwarded_answer = 5,
    command_done = 20,
    drained = 21,
    producer_ids_low = 22,
    forwarded_request = 23,
};

}  // namespace kera
