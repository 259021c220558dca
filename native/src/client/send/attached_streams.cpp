// Attaching a stream. See attached_streams.hpp.
#include "client/send/attached_streams.hpp"

#include <algorithm>
#include <utility>

#include "client/session/loop.hpp"
#include "wire/frame/message_limits.hpp"

namespace kera {

AttachedStreams::Streamlets::Streamlets(StreamId stream, std::int32_t first, std::int32_t end)
    : open(std::make_unique<OpenChunk[]>(static_cast<std::size_t>(end - first))),
      queues(std::make_unique<StreamletQueue[]>(static_cast<std::size_t>(end - first))),
      count(end - first) {
    for (std::int32_t at = 0; at < count; ++at) {
        OpenChunk& chunk = open[static_cast<std::size_t>(at)];
        StreamletQueue& queue = queues[static_cast<std::size_t>(at)];
        chunk.stream = queue.stream = stream;
        chunk.streamlet = queue.streamlet = StreamletId(first + at);
        chunk.queue = &queue;
        queue.open_chunk = &chunk;
    }
}

void AttachedStreams::Stream::add(Streamlets&& more, const ProducerIdentity& identity) {
    open.reserve(open.size() + static_cast<std::size_t>(more.count));
    for (std::int32_t at = 0; at < more.count; ++at) {
        OpenChunk& chunk = more.open[static_cast<std::size_t>(at)];
        chunk.epoch = chunk.queue->epoch = identity.epoch();
        open.push_back(&chunk);
    }
    streamlets += more.count;
    told.store(std::max(told.load(std::memory_order_relaxed), streamlets),
               std::memory_order_relaxed);
    owned.push_back(std::move(more));
}

Result<StreamHandle> AttachedStreams::attach(Loop& loop, const ProducerIdentity& identity,
                                             StreamId stream, std::int32_t streamlets) {
    if (streamlets <= 0 || streamlets > kStreamletsMax) {
        return fail(ErrorCode::invalid_argument, "streamlets", kStreamletsMax, streamlets);
    }
    // Made here, because many streamlets would keep the loop from its work.
    auto attached = std::make_unique<Stream>(stream);
    Streamlets all(stream, 0, streamlets);
    StreamHandle handle;
    loop.run([&] {
        for (std::uint32_t index = 0; index < size(); ++index) {
            if (streams_[index]->id == stream) {
                handle = StreamHandle(index);
                return;
            }
        }
        handle = StreamHandle(size());
        attached->add(std::move(all), identity);
        chunk_bytes_max_ = loop.connection().greeting().chunk_bytes_max;
        streams_.push_back(std::move(attached));
        loop.growth().follow(stream);
    });
    return handle;
}

void AttachedStreams::follow(Loop& loop, const ProducerIdentity& identity, StreamHandle stream) {
    Stream& grown = *streams_[stream.value()];
    Streamlets more(grown.id, grown.streamlets, told(stream));
    loop.run([&] { grown.add(std::move(more), identity); });
}

void AttachedStreams::follow_now(const ProducerIdentity& identity, StreamHandle stream) {
    Stream& grown = *streams_[stream.value()];
    grown.add(Streamlets(grown.id, grown.streamlets, told(stream)), identity);
}

std::optional<StreamHandle> AttachedStreams::note_size(StreamId stream,
                                                       std::int32_t streamlets) noexcept {
    for (std::uint32_t index = 0; index < size(); ++index) {
        Stream& one = *streams_[index];
        if (one.id == stream) {
            if (streamlets <= told(StreamHandle(index))) {
                return std::nullopt;
            }
            one.told.store(streamlets, std::memory_order_relaxed);
            return StreamHandle(index);
        }
    }
    return std::nullopt;
}

void AttachedStreams::note_term(StreamId stream, Term term) noexcept {
    for_each_queue([stream, term](StreamletQueue& queue) {
        if (queue.stream == stream) {
            queue.term = term;
            queue.term_is_its_own = false;
        }
    });
}

}  // namespace kera
