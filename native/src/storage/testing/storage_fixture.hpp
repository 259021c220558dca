// For tests of this room: memory, a reclaimer, a streamlet with lanes on one reactor, and chunks.
// One thread, unless a test says otherwise. Owns all of it; streamlets are destroyed first.
// Invariant: nothing here knows the time; tests give it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/units.hpp"
#include "memory/arena.hpp"
#include "storage/read/reader.hpp"
#include "storage/streamlet/streamlet.hpp"
#include "storage/testing/test_chunk.hpp"

namespace kera {

class StorageFixture : public testing::Test {
  protected:
    static constexpr std::size_t kArenaBytes = 48_MiB;
    static constexpr StreamId kStream{7};
    static constexpr StreamletId kStreamlet{3};
    static constexpr Term kTerm{1};

    explicit StorageFixture(std::size_t arena_bytes = kArenaBytes,
                            const SegmentPoolConfig& classes = {})
        : arena_(Arena::reserve({.bytes = arena_bytes, .pages = PagePreference::small}).value()),
          pool_(SegmentPool::create(arena_.carve("segments", arena_bytes, 4_KiB).value(), classes)
                    .value()) {}

    // Lives as long as the test, so that spans and leases of a test may be destroyed after its end.
    Streamlet* make_streamlet(std::uint16_t lanes = 1, const StreamletSettings& settings = {}) {
        Streamlet& streamlet = *streamlets_.emplace_back(
            std::make_unique<Streamlet>(kStream, kStreamlet, settings, kTerm, memory_));
        for (std::uint16_t lane = 0; lane < lanes; ++lane) {
            EXPECT_TRUE(streamlet.add_lane(host()).ok());
        }
        return &streamlet;
    }

    LaneHost host() noexcept { return {ReactorId(0), &memory_, &reclaimer_}; }

    static AppendContext context(AckLevel ack_level = AckLevel::leader,
                                 std::int64_t now_ms = 5'000) {
        return {.term = kTerm, .now_ms = now_ms, .ack_level = ack_level};
    }

    static Result<Appended> append(Streamlet& streamlet, std::uint16_t lane,
                                   const TestChunk::Shape& shape,
                                   const AppendContext& with = context()) {
        const TestChunk chunk(shape);
        return streamlet.lane(LaneId(lane)).append(chunk.bytes(), with);
    }

    // Base offsets of all chunks in the spans, in the order of the bytes.
    static std::vector<std::int64_t> base_offsets(const SpanList& spans) {
        std::vector<std::int64_t> offsets;
        for (const ReadSpan& span : spans.spans()) {
            std::uint32_t at = 0;
            while (at < span.bytes) {
                const ChunkView chunk = chunk_at(span.data, at, span.bytes).value();
                EXPECT_TRUE(check_chunk_crcs(chunk.bytes()).ok());
                offsets.push_back(chunk.base_offset().value());
                at += chunk.chunk_bytes();
            }
        }
        return offsets;
    }

    Arena arena_;
    std::unique_ptr<SegmentPool> pool_;
    SegmentMemory memory_{*pool_, 16_MiB};
    GracePeriods grace_;
    Reclaimer reclaimer_{grace_};
    std::vector<std::unique_ptr<Streamlet>> streamlets_;
};

}  // namespace kera
