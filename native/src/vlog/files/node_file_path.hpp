// Paths of the small files of a node, relative to the data folder. Any thread; stateless.
#pragma once

#include <string>
#include <string_view>

#include "storage/segment/stream_folders.hpp"

namespace kera {

inline constexpr std::string_view kStreamsFolder = "streams";
inline constexpr std::string_view kStreamFileName = "stream.kera";
inline constexpr std::string_view kProducerIdPath = "producers.kera";

inline std::string stream_file_path(StreamId stream) {
    return stream_folder(stream) + "/" + std::string(kStreamFileName);
}

// Beside the folders of streams: the second copy of each stream's settings, and marks for streams
// that are being deleted or could not be recovered. See README.md.
inline constexpr std::string_view kCatalogFolder = "catalog";
inline constexpr std::string_view kCopyEnding = ".kera";
inline constexpr std::string_view kDeletedEnding = ".deleted";
inline constexpr std::string_view kLostEnding = ".lost";
inline constexpr std::string_view kSetAsideEnding = ".set_aside";

inline std::string catalog_path(StreamId stream, std::string_view ending) {
    return std::string(kCatalogFolder) + "/" + std::to_string(stream.value()) + std::string(ending);
}

}  // namespace kera
