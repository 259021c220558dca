// The streams that a producer was attached to: an open chunk and a queue for each streamlet.
// Thread: the loop's; attach() is the application's, which may look up what it attached itself.
// Owns chunks and queues. Invariant: a stream is attached once, and its streamlets do not move.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "client/send/open_chunk.hpp"
#include "client/send/producer_identity.hpp"
#include "client/send/streamlet_queue.hpp"

namespace kera {

class Loop;

// A stream that a producer was attached to.
using StreamHandle = StrongId<struct StreamHandleTag, std::uint32_t>;

class AttachedStreams {
  public:
    // The same handle for the same stream.
    Result<StreamHandle> attach(Loop& loop, const ProducerIdentity& identity, StreamId stream,
                                std::int32_t streamlets);

    std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(streams_.size()); }
    // REQUIRES: the handle came from attach().
    std::int32_t streamlets(StreamHandle stream) const noexcept {
        return streams_[stream.value()]->streamlets;
    }
    bool has(StreamHandle stream, StreamletId streamlet) const noexcept {
        return stream.value() < streams_.size() && streamlet.value() >= 0 &&
               streamlet.value() < streams_[stream.value()]->streamlets;
    }
    // REQUIRES: has() them.
    OpenChunk& open_chunk(StreamHandle stream, StreamletId streamlet) noexcept {
        return streams_[stream.value()]->open[static_cast<std::size_t>(streamlet.value())];
    }
    template <class Visit>
    void for_each_queue(Visit&& visit) {
        for (const auto& stream : streams_) {
            for (std::int32_t streamlet = 0; streamlet < stream->streamlets; ++streamlet) {
                visit(stream->queues[static_cast<std::size_t>(streamlet)]);
            }
        }
    }
    // The largest chunk that the broker takes, as it said when the last stream was attached.
    std::uint64_t chunk_bytes_max() const noexcept { return chunk_bytes_max_; }

  private:
    struct Stream {
        Stream(StreamId stream_id, std::int32_t count);

        StreamId id;
        std::int32_t streamlets;
        std::unique_ptr<OpenChunk[]> open;
        std::unique_ptr<StreamletQueue[]> queues;
    };

    std::vector<std::unique_ptr<Stream>> streams_;
    std::uint64_t chunk_bytes_max_ = 0;
};

}  // namespace kera
