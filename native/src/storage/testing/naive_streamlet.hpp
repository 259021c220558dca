// A streamlet as a list of chunks in offset order, for the model test: does simply what storage
// does with lanes, groups and atomics. One thread; owns copies of all bytes. Invariant: the list
// holds exactly the chunks whose groups have not been dropped.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/random.hpp"
#include "storage/lane/lane.hpp"

namespace kera {

struct NaiveChunk {
    std::int64_t base = 0;
    std::uint32_t records = 0;
    std::uint16_t lane = 0;
    bool durable = true;
    std::int64_t timestamp_ms = 0;
    std::vector<std::byte> bytes;

    std::int64_t end() const { return base + records; }
};

struct NaiveStreamlet {
    std::vector<NaiveChunk> chunks;
    std::int64_t start = 0;
    std::int64_t next = 0;

    std::int64_t head() const {
        const auto pending = std::find_if(chunks.begin(), chunks.end(),
                                          [](const NaiveChunk& chunk) { return !chunk.durable; });
        return pending == chunks.end() ? next : pending->base;
    }

    // Where reading from `from` begins.
    std::vector<NaiveChunk>::const_iterator first_from(std::int64_t from) const {
        return std::find_if(chunks.begin(), chunks.end(),
                            [from](const NaiveChunk& chunk) { return chunk.end() > from; });
    }

    std::vector<std::int64_t> readable_bases() const {
        std::vector<std::int64_t> bases;
        for (const NaiveChunk& chunk : chunks) {
            if (chunk.end() > start && chunk.base < head()) {
                bases.push_back(chunk.base);
            }
        }
        return bases;
    }

    // The smallest readable offset of a record at or after the time; the head when there is none.
    // Record i of a chunk is i ms younger than its first.
    std::int64_t first_at(std::int64_t timestamp_ms) const {
        for (const NaiveChunk& chunk : chunks) {
            for (std::int64_t record = 0; record < chunk.records && chunk.base < head(); ++record) {
                if (chunk.base + record >= start && chunk.timestamp_ms + record >= timestamp_ms) {
                    return chunk.base + record;
                }
            }
        }
        return head();
    }

    std::int64_t bytes_from(std::int64_t offset) const {
        std::int64_t bytes = 0;
        for (const NaiveChunk& chunk : chunks) {
            bytes += chunk.base >= offset ? static_cast<std::int64_t>(chunk.bytes.size()) : 0;
        }
        return bytes;
    }

    // Makes some of the lane's chunks durable, from the oldest on; returns the last one's base
    // offset.
    std::int64_t make_durable(std::uint16_t lane, Random& random) {
        std::int64_t through = -1;
        for (NaiveChunk& chunk : chunks) {
            if (chunk.lane == lane && !chunk.durable && random.chance(0.7)) {
                through = chunk.base;
            }
        }
        for (NaiveChunk& chunk : chunks) {
            chunk.durable |= chunk.lane == lane && chunk.base <= through;
        }
        return through;
    }

    // Groups of the lane before `first` are gone. False when they held something that must not be
    // deleted.
    bool drop(LaneId lane, GroupId first) {
        bool may_go = true;
        std::erase_if(chunks, [&](const NaiveChunk& chunk) {
            const ChunkPlace place = ChunkView(chunk.bytes.data()).place();
            const bool goes = place.lane == lane && place.group < first;
            may_go = may_go && (!goes || chunk.end() <= start);
            return goes;
        });
        return may_go;
    }

    // What was durable stays; the rest of each lane is cut at a random chunk.
    void crash(std::uint16_t lane_count, Random& random) {
        std::vector<NaiveChunk> kept;
        std::vector<bool> cut(lane_count);
        for (NaiveChunk& chunk : chunks) {
            cut[chunk.lane] = cut[chunk.lane] || (!chunk.durable && random.chance(0.5));
            if (!cut[chunk.lane]) {
                chunk.durable = true;
                kept.push_back(std::move(chunk));
            }
        }
        chunks = std::move(kept);
    }
};

}  // namespace kera
