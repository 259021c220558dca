// Messages of producers: producer ids, appends and their answers. Any thread; plain values;
// session_messages.hpp states the contract of encode and decode. Append is on the hot path. Its
// chunks follow the block, each 8-byte aligned, and nothing here copies them.
#pragma once

#include <cstdint>
#include <span>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "wire/frame/frame.hpp"
#include "wire/frame/levels.hpp"

namespace kera {

struct OpenProducer {
    ProducerId producer{-1};
    ProducerEpoch epoch{0};

    void encode(FrameBuffer& buffer, std::int64_t correlation_id) const;
    static Result<OpenProducer> decode(const FrameView& frame);
};

struct OpenProducerAnswer {
    ProducerId producer;
    ProducerEpoch epoch;

    void encode(FrameBuffer& buffer, std::int64_t correlation_id) const;
    static Result<OpenProducerAnswer> decode(const FrameView& frame);
};

struct Append {
    // Bytes of the frame before its first chunk.
    static constexpr std::uint32_t kHeadBytes = 32;

    std::uint32_t timeout_ms = 0;
    std::uint16_t chunk_count = 0;
    AckLevel ack_level = AckLevel::leader;

    // Encodes only the head. `data_bytes` of chunks follow it.
    void encode(FrameBuffer& buffer, std::int64_t correlation_id, std::uint32_t data_bytes) const;
    static Result<Append> decode(const FrameView& frame);
};

struct AppendResult {
    ErrorCode code = ErrorCode::ok;
    bool duplicate = false;
    std::uint32_t retry_after_ms = 0;
    Offset base_offset{-1};
    std::int64_t append_time_ms = -1;
    std::int64_t limit = 0;
    std::int64_t value = 0;
};

struct AppendAnswer {
    static Result<void> encode(FrameBuffer& buffer, std::int64_t correlation_id,
                               std::span<const AppendResult> results);
    // Calls visit(index, AppendResult) for each chunk of the request, in order. Returns their
    // number.
    template <class Visit>
    static Result<std::uint32_t> decode(const FrameView& frame, Visit&& visit);
};

}  // namespace kera

#include "wire/message/produce_messages_inline.hpp"
