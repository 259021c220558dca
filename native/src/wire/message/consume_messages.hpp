// Messages of consumers: fetch, subscribe and push, offsets, exclusive groups. Any thread; plain
// values; session_messages.hpp states the contract of encode and decode. Fetch answers and pushes
// carry whole chunks behind their head. Nothing here copies the chunks.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "wire/frame/frame.hpp"
#include "wire/frame/levels.hpp"

namespace kera {

struct Fetch {
    struct Entry {
        StreamId stream;
        StreamletId streamlet;
        Offset offset;
        WireCursor cursor;
        std::uint32_t bytes_max = 0;
        ReadOrder order = ReadOrder::offset;
        Term term = kAnyTerm;
    };
    std::uint32_t wait_ms_max = 0;
    std::uint32_t bytes_min = 0;
    std::uint32_t bytes_max = 0;
    std::vector<Entry> entries;

    Result<void> encode(FrameBuffer& buffer, std::int64_t correlation_id) const;
    static Result<Fetch> decode(const FrameView& frame);
};

struct FetchAnswer {
    struct Entry {
        StreamId stream;
        StreamletId streamlet;
        Offset offset;
        Offset next_offset;
        Offset start_offset;
        Offset readable_head;
        std::int64_t limit = 0;
        std::int64_t value = 0;
        WireCursor cursor;
        std::uint32_t data_bytes = 0;
        ErrorCode code = ErrorCode::ok;
        bool end_of_group = false;
        // Of the streamlet now.
        Term term = kAnyTerm;
    };

    // Bytes of the frame before its first chunk.
    static std::uint32_t head_bytes(std::size_t entries) noexcept;
    // Encodes only the head. The data of the entries follows it, in their order.
    static Result<void> encode(FrameBuffer& buffer, std::int64_t correlation_id,
                               std::span<const Entry> entries);
    // Fills `entries` and keeps its capacity. Returns the length of the frame's head.
    static Result<std::uint32_t> decode(const FrameView& frame, std::vector<Entry>& entries);
};

struct Subscribe {
    std::int64_t subscription = 0;
    StreamId stream;
    StreamletId streamlet;
    Offset offset;
    std::int64_t credit_bytes = 0;
    Term term = kAnyTerm;

    void encode(FrameBuffer& buffer, std::int64_t correlation_id) const;
    static Result<Subscribe> decode(const FrameView& frame);
};

// Where a term of a streamlet ended: a reader that has gone beyond has read what is lost.
struct EndOfTerm {
    StreamId stream;
    StreamletId streamlet;
    Term term;

    void encode(FrameBuffer& buffer, std::int64_t correlation_id) const;
    static Result<EndOfTerm> decode(const FrameView& frame);
};

struct EndOfTermAnswer {
    // The latest known one that is not later than the term asked for; kAnyTerm: none is.
    Term term;
    // Nothing of that term, or of the term asked for, is at or above.
    Offset end;
    Term now;

    void encode(FrameBuffer& buffer, std::int64_t correlation_id) const;
    static Result<EndOfTermAnswer> decode(const FrameView& frame);
};

struct Credit {
    std::int64_t subscription = 0;
    std::int64_t credit_bytes = 0;

    void encode(FrameBuffer& buffer, std::int64_t correlation_id) const;
    static Result<Credit> decode(const FrameView& frame);
};

struct Unsubscribe {
    std::int64_t subscription = 0;

    void encode(FrameBuffer& buffer, std::int64_t correlation_id) const;
    static Result<Unsubscribe> decode(const FrameView& frame);
};

struct Push {
    // Bytes of the frame before its first chunk.
    static constexpr std::uint32_t kHeadBytes = 64;

    std::int64_t subscription = 0;
    Offset next_offset;
    Offset start_offset;
    Offset readable_head;
    std::uint32_t data_bytes = 0;
    // Any other code ends the subscription.
    ErrorCode code = ErrorCode::ok;

    void encode(FrameBuffer& buffer) const;
    static Result<Push> decode(const FrameView& frame);
};

struct ListOffsets {
    static constexpr std::int64_t kLatest = -1;
    static constexpr std::int64_t kEarliest = -2;

    StreamId stream;
    StreamletId streamlet;
    std::int64_t timestamp_ms = kLatest;

    void encode(FrameBuffer& buffer, std::int64_t correlation_id) const;
    static Result<ListOffsets> decode(const FrameView& frame);
};

struct ListOffsetsAnswer {
    Offset offset;
    std::int64_t timestamp_ms = -1;

    void encode(FrameBuffer& buffer, std::int64_t correlation_id) const;
    static Result<ListOffsetsAnswer> decode(const FrameView& frame);
};

struct AcquireGroup {
    StreamId stream;
    StreamletId streamlet;
    // Readers with the same name share the groups of a streamlet.
    std::string reader_name;

    Result<void> encode(FrameBuffer& buffer, std::int64_t correlation_id) const;
    static Result<AcquireGroup> decode(const FrameView& frame);
};

struct AcquireGroupAnswer {
    // Lane -1: no group is free now.
    WireCursor cursor;
    std::int64_t lease = 0;

    void encode(FrameBuffer& buffer, std::int64_t correlation_id) const;
    static Result<AcquireGroupAnswer> decode(const FrameView& frame);
};

struct ReleaseGroup {
    std::int64_t lease = 0;
    WireCursor cursor;
    bool done = false;

    void encode(FrameBuffer& buffer, std::int64_t correlation_id) const;
    static Result<ReleaseGroup> decode(const FrameView& frame);
};

}  // namespace kera
