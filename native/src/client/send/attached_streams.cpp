// Attaching a stream. See attached_streams.hpp.
#include "client/send/attached_streams.hpp"

#include <utility>

#include "client/session/loop.hpp"
#include "wire/frame/message_limits.hpp"

namespace kera {

AttachedStreams::Stream::Stream(StreamId stream_id, std::int32_t count)
    : id(stream_id),
      streamlets(count),
      open(std::make_unique<OpenChunk[]>(static_cast<std::size_t>(count))),
      queues(std::make_unique<StreamletQueue[]>(static_cast<std::size_t>(count))) {
    for (std::int32_t streamlet = 0; streamlet < count; ++streamlet) {
        OpenChunk& chunk = open[static_cast<std::size_t>(streamlet)];
        StreamletQueue& queue = queues[static_cast<std::size_t>(streamlet)];
        chunk.stream = queue.stream = id;
        chunk.streamlet = queue.streamlet = StreamletId(streamlet);
        chunk.queue = &queue;
        queue.open_chunk = &chunk;
    }
}

Result<StreamHandle> AttachedStreams::attach(Loop& loop, const ProducerIdentity& identity,
                                             StreamId stream, std::int32_t streamlets) {
    if (streamlets <= 0 || streamlets > kStreamletsMax) {
        return fail(ErrorCode::invalid_argument, "streamlets", kStreamletsMax, streamlets);
    }
    // Made here, because many streamlets would keep the loop from its work.
    auto attached = std::make_unique<Stream>(stream, streamlets);
    StreamHandle handle;
    loop.run([&] {
        for (std::uint32_t index = 0; index < size(); ++index) {
            if (streams_[index]->id == stream) {
                handle = StreamHandle(index);
                return;
            }
        }
        handle = StreamHandle(size());
        for (std::int32_t streamlet = 0; streamlet < streamlets; ++streamlet) {
            const auto index = static_cast<std::size_t>(streamlet);
            attached->open[index].epoch = attached->queues[index].epoch = identity.epoch();
        }
        chunk_bytes_max_ = loop.connection().greeting().chunk_bytes_max;
        streams_.push_back(std::move(attached));
    });
    return handle;
}

}  // namespace kera
