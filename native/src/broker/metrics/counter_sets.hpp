// The counters of a node, of each reactor and of each streamlet, with stable type ids and labels
// such as `kera.reactor.busy_ns reactor=0`. Made by any thread, cold. They own their records and
// give them back. When the table is full, counters are no-ops. Invariants: type ids are never
// renumbered nor used for something else; keys are little-endian.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "base/ids.hpp"
#include "broker/metrics/counters.hpp"

namespace kera {

// Ids below 1000 are Aeron's. Keys: none for a node; int32 for a reactor; int64 stream and int32
// streamlet for a streamlet.
enum class CounterType : std::int32_t {
    pool_used_bytes = 2001,
    pool_free_bytes = 2002,
    streams_set_aside = 2003,

    reactor_busy_ns = 2101,
    reactor_idle_ns = 2102,
    reactor_duty_cycles = 2103,
    reactor_mailbox_depth = 2104,
    reactor_control_depth = 2105,
    reactor_waiting_reads = 2106,
    reactor_appends = 2107,
    reactor_append_chunks = 2108,
    reactor_append_bytes = 2109,
    reactor_fetches = 2110,
    reactor_fetch_bytes = 2111,
    reactor_errors = 2112,
    reactor_connections = 2113,
    reactor_internal_errors = 2120,
    reactor_batch_size = 2114,  // one for each bucket; key: int32 reactor, int32 smallest size
    reactor_segments_read = 2115,
    reactor_segments_not_read = 2116,
    reactor_log_files_cleaned = 2117,
    reactor_log_bytes_moved = 2118,
    reactor_log_files_not_cleaned = 2119,

    streamlet_bytes_in = 2201,
    streamlet_records_in = 2202,
    streamlet_next_offset = 2203,
    streamlet_readable_head = 2204,
    streamlet_start_offset = 2205,
};

// Counts sizes in buckets: 1, 2-3, 4-7, ... and 128 or more. One writer.
class SizeCounters {
  public:
    static constexpr std::size_t kBuckets = 8;

    static constexpr std::size_t bucket_of(std::uint64_t size) noexcept {
        const auto width = static_cast<std::size_t>(std::bit_width(size));
        return width == 0 ? 0 : (width > kBuckets ? kBuckets : width) - 1;
    }

    // REQUIRES: size > 0.
    void add(std::uint64_t size) noexcept { buckets[bucket_of(size)].add(); }

    std::array<Counter, kBuckets> buckets;
};

// What all reactors share. Written by the first reactor.
struct NodeCounters {
    static NodeCounters allocate(Counters& table);

    Counter pool_used_bytes;
    Counter pool_free_bytes;
};

// How many streams of the node are set aside. Written by the first reactor.
Counter allocate_streams_set_aside(Counters& table);

// Written by the reactor's thread alone.
struct ReactorCounters {
    static ReactorCounters allocate(Counters& table, ReactorId reactor);

    Counter busy_ns;
    Counter idle_ns;
    Counter duty_cycles;
    Counter mailbox_depth;
    Counter control_depth;
    Counter waiting_reads;
    Counter appends;
    Counter append_chunks;
    Counter append_bytes;
    Counter fetches;
    Counter fetch_bytes;
    Counter errors;
    // Requests that failed with an exception: a bug, or no memory.
    Counter internal_errors;
    Counter connections;
    // Evicted segments that were read back from disk, and failures to do so.
    Counter segments_read;
    Counter segments_not_read;
    // Messages in one duty cycle, for cycles that had any.
    SizeCounters batch_size;
};

// Of a reactor that keeps its data. Written by its thread alone.
struct LogCounters {
    static LogCounters allocate(Counters& table, ReactorId reactor);

    // Files in which little was needed: what was left was moved to the end of the log.
    Counter files_cleaned;
    Counter bytes_moved;
    // Tries that ended early.
    Counter files_not_cleaned;
};

// Five records, 3,200 bytes of the table. Lanes of several reactors write them with add_shared().
struct StreamletGauges {
    static constexpr std::int32_t kCounters = 5;

    static StreamletGauges allocate(Counters& table, StreamId stream, StreamletId streamlet);

    Counter bytes_in;
    Counter records_in;
    Counter next_offset;
    Counter readable_head;
    Counter start_offset;
};

}  // namespace kera
