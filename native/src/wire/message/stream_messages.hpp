// Messages about streams: create, alter, delete, list, describe. Any thread; plain values;
// session_messages.hpp states the contract of encode and decode.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "wire/frame/frame.hpp"
#include "wire/frame/levels.hpp"

namespace kera {

inline constexpr StreamId kAnyStream{-1};
inline constexpr std::size_t kStreamNameBytesMax = 249;
inline constexpr std::int64_t kUnchanged = -2;
inline constexpr std::int64_t kNoLimit = -1;

// All settings of a stream. It is created, described and stored in this form.
struct StreamSettings {
    std::int32_t streamlets = 1;
    std::uint16_t lanes = 1;
    AckLevel ack_level_min = AckLevel::none;
    // 0: the producer's timestamps, 1: the time of the append.
    std::uint8_t timestamp_type = 0;
    // 0: the broker's default.
    std::uint32_t segment_bytes_max = 0;
    std::uint32_t group_segments = 0;
    std::int64_t retention_ms = kNoLimit;
    // For each streamlet.
    std::int64_t retention_bytes = kNoLimit;

    friend bool operator==(const StreamSettings&, const StreamSettings&) = default;
};

struct CreateStream {
    StreamId stream = kAnyStream;
    StreamSettings settings;
    std::string name;

    Result<void> encode(FrameBuffer& buffer, std::int64_t correlation_id) const;
    static Result<CreateStream> decode(const FrameView& frame);
};

struct AlterStream {
    static constexpr std::uint8_t kAckUnchanged = 255;

    StreamId stream;
    std::uint16_t lanes = 0;
    std::uint8_t ack_level_min = kAckUnchanged;
    std::int64_t retention_ms = kUnchanged;
    std::int64_t retention_bytes = kUnchanged;
    // 0: unchanged.
    std::int32_t streamlets = 0;

    void encode(FrameBuffer& buffer, std::int64_t correlation_id) const;
    static Result<AlterStream> decode(const FrameView& frame);
};

struct DeleteStream {
    StreamId stream;

    void encode(FrameBuffer& buffer, std::int64_t correlation_id) const;
    static Result<DeleteStream> decode(const FrameView& frame);
};

struct DeleteBefore {
    StreamId stream;
    StreamletId streamlet;
    Offset offset;

    void encode(FrameBuffer& buffer, std::int64_t correlation_id) const;
    static Result<DeleteBefore> decode(const FrameView& frame);
};

// The streams with ids above `after`, as many as fit into a page.
struct ListStreams {
    StreamId after{0};

    void encode(FrameBuffer& buffer, std::int64_t correlation_id) const;
    static Result<ListStreams> decode(const FrameView& frame);
};

struct DescribeStream {
    StreamId stream = kAnyStream;
    // If not empty, the stream is looked up by name.
    std::string name;

    Result<void> encode(FrameBuffer& buffer, std::int64_t correlation_id) const;
    static Result<DescribeStream> decode(const FrameView& frame);
};

struct StreamAnswer {
    StreamId stream;
    Term term;
    StreamSettings settings;
    std::string name;

    Result<void> encode(FrameBuffer& buffer, std::int64_t correlation_id) const;
    static Result<StreamAnswer> decode(const FrameView& frame);
};

struct StreamListAnswer {
    struct Entry {
        StreamId stream;
        std::int32_t streamlets = 0;
        std::string name;
    };
    // In the order of ids.
    std::vector<Entry> streams;
    // There are more streams: ask again, with the last id.
    bool more = false;

    // The part of kStreamListBytesMax that one entry takes.
    static std::size_t entry_bytes(const Entry& entry) noexcept;
    Result<void> encode(FrameBuffer& buffer, std::int64_t correlation_id) const;
    static Result<StreamListAnswer> decode(const FrameView& frame);
};

// Not an answer: the stream has this many streamlets now, more than before.
struct StreamGrown {
    StreamId stream;
    std::int32_t streamlets = 0;

    void encode(FrameBuffer& buffer, std::int64_t correlation_id) const;
    static Result<StreamGrown> decode(const FrameView& frame);
};

// The answer to every request that has no result.
struct DoneAnswer {
    std::int64_t value = 0;

    void encode(FrameBuffer& buffer, std::int64_t correlation_id) const;
    static Result<DoneAnswer> decode(const FrameView& frame);
};

}  // namespace kera
