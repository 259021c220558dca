// Limits of messages and files that hold for any settings of a node: those of the schemas, and
// those that follow from them. Any thread; constants, compared with the generated codecs in
// codecs.hpp. Code that accepts a request checks these first, so that encoding its answer and its
// files cannot fail.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/result.hpp"

namespace kera {

// The entries of a repeating group.
inline constexpr std::size_t kGroupEntriesMax = 65'534;
inline constexpr std::size_t kTextBytesMax = 4096;
// The bytes of a client's name and of a token, which must fit into the frame that is read before
// Hello.
inline constexpr std::size_t kHelloTextBytesMax = 1024;
// A stream's file has one start offset per streamlet.
inline constexpr std::int32_t kStreamletsMax = 65'534;
static_assert(kStreamletsMax == static_cast<std::int32_t>(kGroupEntriesMax));
// An append's answer has one result per chunk.
inline constexpr std::uint32_t kAppendChunksMax = static_cast<std::uint32_t>(kGroupEntriesMax);

// The greatest stream id that a client may choose. A new id is one more than the greatest id in
// use, so ids need room above. Ids beyond kStreamIdFollowedMax, from before this limit existed, do
// not count for that.
inline constexpr std::int64_t kStreamIdMax = std::int64_t{1} << 61U;
inline constexpr std::int64_t kStreamIdFollowedMax = std::int64_t{1} << 62U;

// A request about the whole node, with the longest texts that exist.
inline constexpr std::uint32_t kNodeRequestBytesMax = 16U << 10U;

// A list of streams is sent in pages. Each page fits into the smallest frame and the control ring.
inline constexpr std::uint32_t kStreamListBytesMax = 32U << 10U;

// A frame on the control rings, in either direction. It may carry a request of Kafka's protocol, or
// its answer: what Kafka's coordinators write at once has 1 MiB (`message.max.bytes`), and twice as
// much has room for what is around it.
inline constexpr std::uint32_t kControlFrameBytesMax = 2U << 20U;

inline Result<void> check_group(const char* what, std::size_t entries) noexcept {
    if (entries > kGroupEntriesMax) [[unlikely]] {
        return fail(ErrorCode::limit_exceeded, what, static_cast<std::int64_t>(kGroupEntriesMax),
                    static_cast<std::int64_t>(entries));
    }
    return {};
}

// `bytes` is the length of a text.
inline Result<void> check_text(const char* what, std::size_t bytes,
                               std::size_t bytes_max = kTextBytesMax) noexcept {
    if (bytes > bytes_max) [[unlikely]] {
        return fail(ErrorCode::limit_exceeded, what, static_cast<std::int64_t>(bytes_max),
                    static_cast<std::int64_t>(bytes));
    }
    return {};
}

}  // namespace kera
