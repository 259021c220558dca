// What the lanes of a streamlet share: identity, settings, term, offsets, what is kept.
// Any thread; atomics only. Owned by the Streamlet; lanes hold a reference.
// Invariants: term and start offset only grow; start <= readable head.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "storage/lane/readable_head.hpp"
#include "storage/lane/streamlet_settings.hpp"

namespace kera {

struct StreamletState {
    StreamletState(StreamId stream_id, StreamletId streamlet_id,
                   const StreamletSettings& streamlet_settings, Term first_term) noexcept
        : stream(stream_id),
          streamlet(streamlet_id),
          settings(streamlet_settings),
          term(first_term.value()),
          retention_ms(streamlet_settings.retention.age_ms_max),
          retention_bytes(streamlet_settings.retention.bytes_max) {}

    const StreamId stream;
    const StreamletId streamlet;
    const StreamletSettings settings;
    ReadableHead offsets;
    std::atomic<std::int32_t> term;
    // The retention as altered since; not paired with other stores.
    std::atomic<std::int64_t> retention_ms;
    std::atomic<std::int64_t> retention_bytes;
    std::atomic<std::int64_t> start_offset{0};
    std::atomic<bool> deleted{false};

    // Whether a leader of `of` may append now.
    Result<void> check_leader(Term of) const noexcept {
        const std::int32_t now = term.load(std::memory_order_acquire);
        if (of.value() != now) [[unlikely]] {
            return fail(ErrorCode::stale_term, "term", now, of.value());
        }
        if (deleted.load(std::memory_order_relaxed)) [[unlikely]] {
            return fail(ErrorCode::unknown_stream, "stream_id", 0, stream.value());
        }
        return {};
    }
};

}  // namespace kera
