// Adds streamlets, and tells of them. See grown_streams.hpp.
#include "client/produce/grown_streams.hpp"

namespace kera {

void GrownStreams::note_size(StreamId stream, std::int32_t streamlets) {
    if (const std::optional<StreamHandle> grown = streams_.note_size(stream, streamlets)) {
        streams_.follow_now(identity_, *grown);
        untold_.push_back(*grown);
    }
}

int GrownStreams::tell() {
    int told = 0;
    while (!untold_.empty()) {
        const StreamHandle stream = untold_.back();
        const kera_shared_stream_grown message{stream.value(), streams_.streamlets(stream)};
        if (!rings_.write_if_few_unread(KERA_SHARED_STREAM_GROWN, message)) {
            break;
        }
        untold_.pop_back();
        ++told;
    }
    return told;
}

}  // namespace kera
