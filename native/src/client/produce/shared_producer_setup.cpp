// A shared producer's beginning, end and waits. See shared_producer.hpp.
#include <algorithm>

#include "client/produce/shared_producer.hpp"
#include "client/session/loop.hpp"

namespace kera {

SharedProducer::SharedProducer(Loop& loop, const ProducerOptions& options)
    : loop_(loop),
      options_(options.rounded()),
      membership_(loop, *this),
      identity_(loop, options_),
      pool_({options_.chunk_bytes, options_.memory_bytes, false}),
      pool_memory_(loop, pool_),
      chunks_(options_.buffers_max(), options_.states),
      rings_(options_.buffers_max()),
      grown_(identity_, streams_, rings_),
      sender_({loop, options_, identity_, streams_, pool_, nullptr, {nullptr, &settled_}},
              membership_.index()) {
    settled_.reserve(options_.buffers_max());
    if (pool_memory_.is_due()) {
        pool_memory_.move();
    }
}

SharedProducer::~SharedProducer() = default;

kera_shared_area SharedProducer::area() {
    kera_shared_area area{};
    area.to_loop = rings_.to_loop();
    area.from_loop = rings_.from_loop();
    area.states = chunks_.states();
    area.asleep = loop_.parked_flag();
    area.chunk_bytes = options_.chunk_bytes;
    loop_.run([&] {
        area.chunk_bytes_max = std::min<std::uint64_t>(
            options_.memory_bytes, loop_.connection().greeting().chunk_bytes_max);
    });
    return area;
}

Result<std::uint32_t> SharedProducer::attach(StreamId stream, std::int32_t streamlets) {
    KERA_TRY_ASSIGN(const StreamHandle handle,
                    streams_.attach(loop_, identity_, stream, streamlets));
    return handle.value();
}

Result<void> SharedProducer::flush(std::int64_t deadline_ns) {
    std::uint64_t closed = 0;
    loop_.run([&] {
        close_all();
        closed = chunks_closed_.get();
    });
    loop_.wake();
    if (loop_.wait_until(deadline_ns, [this, closed] { return chunks_told_.get() >= closed; })) {
        return {};
    }
    return fail(ErrorCode::timed_out, "flush_chunks_left", 0,
                static_cast<std::int64_t>(closed - chunks_told_.get()));
}

bool SharedProducer::await(std::int64_t messages, std::int64_t asked, std::int64_t deadline_ns) {
    return loop_.wait_until(deadline_ns, [this, messages, asked] {
        return static_cast<std::int64_t>(rings_.written()) >= messages ||
               static_cast<std::int64_t>(asked_told_.get()) >= asked;
    });
}

Result<void> SharedProducer::recover(std::uint32_t stream, std::int32_t streamlet) {
    Result<void> outcome;
    loop_.run([&] {
        const StreamHandle handle(stream);
        const StreamletId id(streamlet);
        if (!streams_.has(handle, id)) {
            outcome = fail(ErrorCode::invalid_argument, "streamlet");
        } else if (identity_.refused()) {
            outcome = identity_.refusal();
        } else {
            sender_.recover(*streams_.open_chunk(handle, id).queue);
            tell_settled();
        }
    });
    return outcome;
}

ProducerStats SharedProducer::stats() const {
    ProducerStats stats;
    stats.records = records_.get();
    stats.chunks_sealed = chunks_closed_.get();
    sender_.add_to(stats);
    return stats;
}

// Words are not touched any more: threads outside may still add to them what they have reserved.
void SharedProducer::shut_down(const Error& why) {
    if (ended_) {
        return;
    }
    close_all();
    sender_.shut_down(why);
    tell_settled();
    ended_ = true;
    uncommitted_.take_all([this, &why](SharedChunk& chunk) {
        chunks_.take(chunk);
        refuse(chunk, chunks_.content(chunk).records, why);
    });
}

void SharedProducer::on_session_ready() {
    pool_memory_.on_session_ready();
    sender_.on_session_ready();
}

}  // namespace kera
