// How a reactor's journal behaves, and where it goes on from.
// Any thread; plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/ids.hpp"
#include "base/units.hpp"
#include "vlog/retry_delay.hpp"

namespace kera {

struct JournalOptions {
    NodeId node;
    ReactorId reactor;
    // Of a file at its full size; the first ones are smaller, so that a small node stays small.
    std::uint64_t file_bytes = 64_MiB;
    std::uint64_t first_file_bytes = 8_MiB;
    // What is not stable yet: references, and bytes. Memory cannot be given back meanwhile, and a
    // journal that is far behind needs ever more files.
    std::uint32_t entries_max = 1U << 16U;
    std::uint64_t backlog_bytes_max = 128_MiB;
    std::uint64_t batch_bytes_max = 4_MiB;
    // Without anybody waiting for the disk, a batch gathers so long or so much.
    std::int64_t gather_ns = 5 * kNanosPerMilli;
    std::uint64_t gather_bytes = 1_MiB;
    // and is synced so often.
    std::int64_t sync_interval_ns = 200 * kNanosPerMilli;
    std::uint64_t sync_bytes_max = 32_MiB;
    RetryOptions retry;
};

// A file that is no longer written to: what it holds of the virtual log.
struct JournalFileRange {
    std::int64_t number = 0;
    Position first;
    Position end;
    // Only full-sized files are used again.
    std::uint64_t capacity_bytes = 0;
};

// Where the journal goes on: as recovery says, or from nothing.
struct JournalStart {
    Position position;
    std::int64_t next_file_number = 0;
    // Kept until Journal::release_recovered().
    std::vector<JournalFileRange> recovered;
};

}  // namespace kera
