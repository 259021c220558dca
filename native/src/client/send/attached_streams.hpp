// The streams that a producer was attached to: an open chunk and a queue for each streamlet.
// Thread: the loop's; attach() and follow() are the application's, which may look up what it
// attached itself. Owns chunks and queues. Invariants: a stream is attached once; its streamlets do
// not move; the loop adds none while the application looks them up.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
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
    // The same handle for the same stream. From now on its growth is followed.
    Result<StreamHandle> attach(Loop& loop, const ProducerIdentity& identity, StreamId stream,
                                std::int32_t streamlets);
    // Whether the broker has told of more streamlets than are here.
    bool has_grown(StreamHandle stream) const noexcept {
        const Stream& one = *streams_[stream.value()];
        return one.told.load(std::memory_order_relaxed) > one.streamlets;
    }
    // Adds the streamlets that the broker has told of.
    void follow(Loop& loop, const ProducerIdentity& identity, StreamHandle stream);
    // As many as the broker has told of; any thread.
    std::int32_t told(StreamHandle stream) const noexcept {
        return streams_[stream.value()]->told.load(std::memory_order_relaxed);
    }

    // The loop's: the stream's handle if it is attached, and has fewer streamlets than that.
    std::optional<StreamHandle> note_size(StreamId stream, std::int32_t streamlets) noexcept;
    // The loop's: what is sent of this stream from now on states this term.
    void note_term(StreamId stream, Term term) noexcept;
    // For a loop whose application looks up nothing here.
    void follow_now(const ProducerIdentity& identity, StreamHandle stream);
    template <class Visit>
    void for_each_stream(Visit&& visit) const {
        for (const auto& stream : streams_) {
            visit(stream->id);
        }
    }

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
        return *streams_[stream.value()]->open[static_cast<std::size_t>(streamlet.value())];
    }
    template <class Visit>
    void for_each_queue(Visit&& visit) {
        for (const auto& stream : streams_) {
            for (std::int32_t streamlet = 0; streamlet < stream->streamlets; ++streamlet) {
                visit(*stream->open[static_cast<std::size_t>(streamlet)]->queue);
            }
        }
    }
    // The largest chunk that the broker takes, as it said when the last stream was attached.
    std::uint64_t chunk_bytes_max() const noexcept { return chunk_bytes_max_; }

  private:
    // Streamlets that were added together.
    struct Streamlets {
        Streamlets(StreamId stream, std::int32_t first, std::int32_t end);

        std::unique_ptr<OpenChunk[]> open;
        std::unique_ptr<StreamletQueue[]> queues;
        std::int32_t count;
    };
    struct Stream {
        explicit Stream(StreamId stream_id) : id(stream_id) {}

        void add(Streamlets&& more, const ProducerIdentity& identity);

        StreamId id;
        std::int32_t streamlets = 0;
        // By streamlet.
        std::vector<OpenChunk*> open;
        std::vector<Streamlets> owned;
        // What the broker has told of, at least what is here. Written by the loop's thread; the
        // application learns of nothing else by it.
        std::atomic<std::int32_t> told{0};
    };

    std::vector<std::unique_ptr<Stream>> streams_;
    std::uint64_t chunk_bytes_max_ = 0;
};

}  // namespace kera
