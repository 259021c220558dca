// Folders of streams, relative to the data folder: `streams/<stream>/<streamlet>`. Any thread;
// stateless.
#pragma once

#include <string>

#include "base/ids.hpp"

namespace kera {

inline std::string stream_folder(StreamId stream) {
    return "streams/" + std::to_string(stream.value());
}

inline std::string streamlet_folder(StreamId stream, StreamletId streamlet) {
    return stream_folder(stream) + "/" + std::to_string(streamlet.value());
}

}  // namespace kera
