// Where the small files of a node stand, relative to the data folder.
// Any thread; stateless.
#pragma once

#include <string>
#include <string_view>

#include "storage/segment_file.hpp"

namespace kera {

inline constexpr std::string_view kStreamsFolder = "streams";
inline constexpr std::string_view kStreamFileName = "stream.kera";
inline constexpr std::string_view kProducerIdPath = "producers.kera";

inline std::string stream_file_path(StreamId stream) {
    return stream_folder(stream) + "/" + std::string(kStreamFileName);
}

}  // namespace kera
