// How a producer behaves, and what it tells of the outcome of its records. Plain values.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/units.hpp"
#include "client/session/reconnect_backoff.hpp"
#include "kera/kera_shared_producer.h"
#include "wire/chunk/chunk.hpp"
#include "wire/frame/levels.hpp"

namespace kera {

// What became of one chunk's records. Record i of it has offset base_offset + i and tokens[i].
struct BatchOutcome {
    StreamId stream;
    StreamletId streamlet;
    // OK when the records are as durable as was asked for.
    Error error{ErrorCode::ok, "", 0, 0};
    // -1 when not known: after an error, without acknowledgement, or for a very late duplicate.
    Offset base_offset{-1};
    std::uint32_t record_count = 0;
    std::int64_t append_time_ms = -1;
    // The broker had the chunk already: an earlier answer was lost.
    bool duplicate = false;
    // Empty unless ProducerOptions::record_tokens.
    std::span<const std::uint64_t> tokens;
};

struct ProducerOptions {
    // One chunk takes records while another one is on its way.
    static constexpr std::uint64_t kBuffersMin = 2;

    // So long a chunk waits for the outcome of others. An answer takes less, unless a disk or a
    // busy broker is behind it.
    static constexpr std::int64_t kGatherNs = kNanosPerMilli;

    bool gathers() const noexcept { return linger_ns == 0; }
    // When a chunk that was opened then has waited long enough, whatever else is on its way.
    std::int64_t open_until_ns(std::int64_t opened_at_ns) const noexcept {
        return opened_at_ns + (gathers() ? kGatherNs : linger_ns);
    }

    // Refuses what makes no sense; to be asked before a producer is made.
    Result<void> check() const;
    // With sizes as a chunk pool wants them.
    ProducerOptions rounded() const;
    // The chunk buffers of the memory in use, and of memory before it that is still needed.
    std::uint32_t buffers_max() const noexcept {
        return static_cast<std::uint32_t>(2 * (memory_bytes / chunk_bytes) + 2);
    }

    AckLevel acks = AckLevel::replicas;
    // Retries neither duplicate nor reorder. Has no meaning with AckLevel::none.
    bool idempotent = true;
    // What a chunk is filled up to, header included; a larger record gets a larger chunk.
    std::uint32_t chunk_bytes = 64_KiB;
    // All chunks that are open, waiting or in flight, together.
    std::uint64_t memory_bytes = 32_MiB;
    // How long an open chunk waits for more records. 0: not at all when no other chunk is on its
    // way; else until those have their outcome, but not for long.
    std::int64_t linger_ns = 0;
    // How long claim and send wait for room before BUFFER_EXHAUSTED; 0: not at all.
    std::int64_t max_block_ns = 60 * kNanosPerSecond;
    // From the first record of a chunk to its success; then its records fail with TIMED_OUT.
    std::int64_t delivery_timeout_ns = 120 * kNanosPerSecond;
    // After which an unanswered append makes the client seek another session.
    std::int64_t request_timeout_ns = 30 * kNanosPerSecond;
    // Sealed chunks of one streamlet that wait or are in flight; keeps them in the processor's
    // cache.
    std::uint32_t streamlet_chunks_max = 64;
    BackoffOptions retry{5 * kNanosPerMilli, kNanosPerSecond, 20};
    // Of chunks, by the loop's thread, before they are sent.
    Codec compression = Codec::plain;
    // Keep the token of each record for its outcome.
    bool record_tokens = false;
    // Called on the loop's thread: the caller's within its own calls, or the I/O thread.
    std::function<void(const BatchOutcome&)> on_batch;
    // Outcomes wait for Producer::take_outcome() instead; chunks keep their memory until then.
    bool queue_outcomes = false;
    // Of a shared producer: any number of threads outside lay out records, and the words of its
    // chunks lie in their memory. Empty: one thread, and the words are the producer's.
    std::span<kera_shared_chunk_state> states;
};

struct ProducerStats {
    std::uint64_t records = 0;
    std::uint64_t chunks_sealed = 0;
    std::uint64_t chunks_settled = 0;
    std::uint64_t chunks_failed = 0;
    std::uint64_t chunks_sent_again = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t bytes_sent = 0;
    std::uint64_t frames_sent = 0;
    // Of some streamlet, which is tried again; ok: chunks are taken.
    ErrorCode refused_with = ErrorCode::ok;
};

}  // namespace kera
