// What messages and files can hold, whatever a node's settings allow: the schemas' own bounds, and
// those that follow from them. Any thread; constants, compared with the generated codecs in
// codecs.hpp. Whoever accepts a request checks these first, so that no answer and no file of it can
// fail to be written.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/result.hpp"

namespace kera {

// Entries of a repeating group.
inline constexpr std::size_t kGroupEntriesMax = 65'534;
inline constexpr std::size_t kTextBytesMax = 4096;
// Of a client's name and of a token, since both have to fit into what is read of a peer that has
// not said them yet.
inline constexpr std::size_t kHelloTextBytesMax = 1024;
// A stream's file has one start offset for each.
inline constexpr std::int32_t kStreamletsMax = 65'534;
static_assert(kStreamletsMax == static_cast<std::int32_t>(kGroupEntriesMax));
// An append's answer has one result for each.
inline constexpr std::uint32_t kAppendChunksMax = static_cast<std::uint32_t>(kGroupEntriesMax);

// Greatest stream id that a client may choose. Ids that are given out go on behind the greatest one
// in use, which needs room; greater ones, from before there was a bound, are not followed.
inline constexpr std::int64_t kStreamIdMax = std::int64_t{1} << 61U;
inline constexpr std::int64_t kStreamIdFollowedMax = std::int64_t{1} << 62U;

// A request for the node as a whole, with the longest texts that there are.
inline constexpr std::uint32_t kNodeRequestBytesMax = 16U << 10U;

// A list of streams is told in pages: each fits into the smallest frame and the control ring.
inline constexpr std::uint32_t kStreamListBytesMax = 32U << 10U;

inline Result<void> check_group(const char* what, std::size_t entries) noexcept {
    if (entries > kGroupEntriesMax) [[unlikely]] {
        return fail(ErrorCode::limit_exceeded, what, static_cast<std::int64_t>(kGroupEntriesMax),
                    static_cast<std::int64_t>(entries));
    }
    return {};
}

// `bytes` of a text.
inline Result<void> check_text(const char* what, std::size_t bytes,
                               std::size_t bytes_max = kTextBytesMax) noexcept {
    if (bytes > bytes_max) [[unlikely]] {
        return fail(ErrorCode::limit_exceeded, what, static_cast<std::int64_t>(bytes_max),
                    static_cast<std::int64_t>(bytes));
    }
    return {};
}

}  // namespace kera
