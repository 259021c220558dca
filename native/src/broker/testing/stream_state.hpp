// For tests: what a client is told of a stream's ends, and how many chunks a node's log files have
// of it. Thread: the test's.
#pragma once

#include <algorithm>
#include <vector>

#include "broker/testing/broker_world.hpp"
#include "vlog/testing/log_chunks.hpp"

namespace kera {

inline Offset offset_of(RawClient& client, StreamId stream, std::int64_t which,
                        StreamletId streamlet = StreamletId(0)) {
    const auto answer = client.ask<ListOffsetsAnswer>(ListOffsets{stream, streamlet, which});
    EXPECT_TRUE(answer.ok()) << describe(answer.error());
    return answer.ok() ? answer->offset : Offset(-1);
}
inline Offset earliest(RawClient& client, StreamId stream) {
    return offset_of(client, stream, ListOffsets::kEarliest);
}
inline Offset head(RawClient& client, StreamId stream) {
    return offset_of(client, stream, ListOffsets::kLatest);
}

inline std::size_t chunks_of(BrokerWorld& world, StreamId stream) {
    const std::vector<LogChunk> chunks = chunks_in_logs(world.media());
    return static_cast<std::size_t>(std::ranges::count_if(
        chunks, [stream](const LogChunk& chunk) { return chunk.place.stream == stream; }));
}

}  // namespace kera
