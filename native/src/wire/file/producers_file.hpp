// A file with what a lane knew of its producers from chunks that are deleted now. Any thread; plain
// values. Invariant: decode() accepts only whole files from encode(), for the same lane.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"

namespace kera {

inline constexpr std::uint32_t kProducersFileHeaderBytes = 48;
inline constexpr std::uint32_t kProducersFileEntryBytes = 40;
inline constexpr std::uint32_t kProducersFileMagic = 0x4452504B;  // 'KPRD'
inline constexpr std::uint16_t kProducersFileVersion = 1;

// A producer's state after a chunk, mostly its last one: its epoch, and the next sequence.
struct ProducerState {
    ProducerId id;
    std::int64_t last_append_ms = 0;
    Offset base_offset;
    Sequence base_sequence;
    std::uint32_t record_count = 0;
    ProducerEpoch epoch;

    Offset end_offset() const noexcept { return base_offset + record_count; }
    friend bool operator==(const ProducerState&, const ProducerState&) = default;
};

struct ProducersFile {
    StreamId stream;
    StreamletId streamlet;
    LaneId lane;
    // One or two for each producer, the earlier chunk first.
    std::vector<ProducerState> producers;

    std::vector<std::byte> encode() const;
    // Answers corrupt when the file belongs to another lane.
    static Result<ProducersFile> decode(Bytes file, StreamId stream, StreamletId streamlet,
                                        LaneId lane);

    friend bool operator==(const ProducersFile&, const ProducersFile&) = default;
};

}  // namespace kera
