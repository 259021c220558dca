// For tests: what a client is told of a stream's ends, and which files a node has of it. Thread:
// the test's.
#pragma once

#include <string>
#include <vector>

#include "broker/testing/broker_world.hpp"
#include "vlog/files/node_file_path.hpp"

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

inline std::vector<std::string> files_of(BrokerWorld& world, StreamId stream) {
    std::vector<std::string> paths = world.media().paths();
    std::erase_if(paths, [stream](const std::string& path) {
        return !path.starts_with(stream_folder(stream) + "/") || !path.ends_with(".seg");
    });
    return paths;
}

}  // namespace kera
