// kera.h: consumers.
#include <utility>

#include "client/abi/abi.hpp"
#include "wire/chunk/chunk.hpp"

using namespace kera;  // NOLINT(google-build-using-namespace): the functions are C's

namespace {

// Decompressed batches in one call take not much more.
constexpr std::size_t kCopiedBytesMax = 16U << 20U;

std::optional<bool> to_choice(std::int32_t given) {
    return given < 0 ? std::nullopt : std::optional(given != 0);
}

Result<ConsumerOptions> read_consumer_options(const kera_consumer_options* options) {
    KERA_TRY_ASSIGN(const kera_consumer_options given,
                    abi::read_sized(options, kera_consumer_options_init));
    if (given.out_of_range < KERA_OUT_OF_RANGE_FAIL ||
        given.out_of_range > KERA_OUT_OF_RANGE_LATEST) {
        return fail(ErrorCode::invalid_argument, "out_of_range", KERA_OUT_OF_RANGE_LATEST,
                    given.out_of_range);
    }
    ConsumerOptions wanted;
    wanted.push = given.push != 0;
    wanted.wait_ms_max = given.wait_ms_max;
    wanted.bytes_min = given.bytes_min;
    wanted.fetch_bytes_max = given.fetch_bytes_max;
    wanted.streamlet_bytes_max = given.streamlet_bytes_max;
    wanted.streamlets_per_fetch = given.streamlets_per_fetch;
    wanted.out_of_range = static_cast<OutOfRange>(given.out_of_range);
    wanted.buffered_bytes_max = given.buffered_bytes_max;
    wanted.credit_bytes = given.credit_bytes;
    wanted.check_crcs = to_choice(given.check_crcs);
    wanted.check_records = to_choice(given.check_records);
    wanted.request_timeout_ns = given.request_timeout_ns;
    return wanted;
}

Result<StartAt> to_start(std::int32_t start, std::int64_t value) {
    if (start < KERA_START_OFFSET || start > KERA_START_TIME) {
        return fail(ErrorCode::invalid_argument, "start", KERA_START_TIME, start);
    }
    if ((start == KERA_START_OFFSET || start == KERA_START_TIME) && value < 0) {
        return fail(ErrorCode::invalid_argument, "start_value", 0, value);
    }
    return StartAt{static_cast<StartAt::Kind>(start), value};
}

StreamletRef to_ref(std::int64_t stream_id, std::int32_t streamlet) {
    return {StreamId(stream_id), StreamletId(streamlet)};
}

Result<const ReceivedPart*> take_batch(kera_consumer* consumer, std::int64_t timeout_ns) {
    const std::int64_t deadline_ns = consumer->client->client->deadline_ns(timeout_ns);
    for (;;) {
        KERA_TRY_ASSIGN(const ReceivedPart* batch, consumer->consumer->take_batch());
        if (batch != nullptr || timeout_ns == 0 || !consumer->consumer->await(deadline_ns)) {
            return batch;
        }
    }
}

// After batches that the caller is to get, whatever happens: an exception would lose them.
Result<const ReceivedPart*> take_batch_or_fail(kera_consumer* consumer, std::int64_t timeout_ns) {
    try {
        return take_batch(consumer, timeout_ns);
    } catch (const std::bad_alloc&) {
        return fail(ErrorCode::memory_exhausted, "heap");
    }
}

void write_batch(const ReceivedPart& part, kera_batch& out) {
    out.data = reinterpret_cast<const unsigned char*>(part.chunks.data());
    out.bytes = part.chunks.size();
    out.stream_id = part.stream.value();
    out.streamlet = part.streamlet.value();
    out.first_offset = part.from.value();
    out.readable_head = part.readable_head.value();
    out.lease = const_cast<ReceivedPart*>(&part);
    // They were checked; a broker that shares its memory may still have written into it since.
    for (Bytes rest = part.chunks; rest.size() >= kChunkHeaderBytes;) {
        const ChunkView chunk(rest.data());
        const std::uint32_t bytes = chunk.chunk_bytes();
        if (bytes < kChunkHeaderBytes || bytes > rest.size()) {
            return;
        }
        out.next_offset = chunk.end_offset().value();
        ++out.chunk_count;
        rest = rest.subspan(bytes);
    }
}

}  // namespace

void kera_consumer_options_init(kera_consumer_options* options, size_t struct_bytes) {
    const ConsumerOptions defaults;
    kera_consumer_options filled{};
    filled.wait_ms_max = defaults.wait_ms_max;
    filled.bytes_min = defaults.bytes_min;
    filled.fetch_bytes_max = defaults.fetch_bytes_max;
    filled.streamlet_bytes_max = defaults.streamlet_bytes_max;
    filled.streamlets_per_fetch = defaults.streamlets_per_fetch;
    filled.out_of_range = static_cast<std::int32_t>(defaults.out_of_range);
    filled.buffered_bytes_max = defaults.buffered_bytes_max;
    filled.credit_bytes = defaults.credit_bytes;
    filled.check_crcs = -1;
    filled.check_records = -1;
    filled.request_timeout_ns = defaults.request_timeout_ns;
    abi::init_sized(filled, options, struct_bytes);
}

int32_t kera_consumer_open(kera_client* client, const kera_consumer_options* options,
                           kera_consumer** consumer, kera_error* error) {
    return abi::call(error, [&]() -> Result<void> {
        KERA_TRY(abi::refuse_null(client, "client"));
        KERA_TRY(abi::refuse_null(consumer, "consumer"));
        *consumer = nullptr;
        KERA_TRY_ASSIGN(const ConsumerOptions wanted, read_consumer_options(options));
        const auto open = [&](kera_consumer& handle) -> Result<void> {
            KERA_TRY_ASSIGN(handle.consumer, client->client->open_consumer(wanted));
            return {};
        };
        KERA_TRY_ASSIGN(*consumer, abi::open_handle(*client, client->consumers, open));
        return {};
    });
}

void kera_consumer_close(kera_consumer* consumer) {
    if (consumer == nullptr) {
        return;
    }
    abi::call(nullptr, [&]() -> Result<void> {
        kera_client& client = *consumer->client;
        const Result<void> closed = client.client->close_consumer(*consumer->consumer);
        abi::drop(client, client.consumers, consumer);
        return closed;
    });
}

int32_t kera_consumer_assign(kera_consumer* consumer, int64_t stream_id, int32_t streamlet,
                             int32_t start, int64_t value, kera_error* error) {
    return abi::call(error, [&]() -> Result<void> {
        KERA_TRY(abi::refuse_null(consumer, "consumer"));
        KERA_TRY_ASSIGN(const StartAt at, to_start(start, value));
        return consumer->consumer->assign(to_ref(stream_id, streamlet), at);
    });
}

int32_t kera_consumer_assign_stream(kera_consumer* consumer, int64_t stream_id, int32_t streamlets,
                                    int32_t start, int64_t value, kera_error* error) {
    return abi::call(error, [&]() -> Result<void> {
        KERA_TRY(abi::refuse_null(consumer, "consumer"));
        KERA_TRY_ASSIGN(const StartAt at, to_start(start, value));
        return consumer->consumer->assign_stream(StreamId(stream_id), streamlets, at);
    });
}

int32_t kera_consumer_streamlets(const kera_consumer* consumer, int64_t stream_id) {
    return consumer == nullptr
               ? 0
               : abi::run([&] { return consumer->consumer->streamlets(StreamId(stream_id)); });
}

int32_t kera_consumer_unassign(kera_consumer* consumer, int64_t stream_id, int32_t streamlet,
                               kera_error* error) {
    return abi::call(error, [&]() -> Result<void> {
        KERA_TRY(abi::refuse_null(consumer, "consumer"));
        return consumer->consumer->unassign(to_ref(stream_id, streamlet));
    });
}

int32_t kera_consumer_seek(kera_consumer* consumer, int64_t stream_id, int32_t streamlet,
                           int32_t start, int64_t value, kera_error* error) {
    return abi::call(error, [&]() -> Result<void> {
        KERA_TRY(abi::refuse_null(consumer, "consumer"));
        KERA_TRY_ASSIGN(const StartAt at, to_start(start, value));
        return consumer->consumer->seek(to_ref(stream_id, streamlet), at);
    });
}

int32_t kera_consumer_pause(kera_consumer* consumer, int64_t stream_id, int32_t streamlet,
                            kera_error* error) {
    return abi::call(error, [&]() -> Result<void> {
        KERA_TRY(abi::refuse_null(consumer, "consumer"));
        return consumer->consumer->pause(to_ref(stream_id, streamlet));
    });
}

int32_t kera_consumer_resume(kera_consumer* consumer, int64_t stream_id, int32_t streamlet,
                             kera_error* error) {
    return abi::call(error, [&]() -> Result<void> {
        KERA_TRY(abi::refuse_null(consumer, "consumer"));
        return consumer->consumer->resume(to_ref(stream_id, streamlet));
    });
}

int32_t kera_consumer_position(const kera_consumer* consumer, int64_t stream_id, int32_t streamlet,
                               int64_t* offset, int64_t* readable_head, kera_error* error) {
    return abi::call(error, [&]() -> Result<void> {
        KERA_TRY(abi::refuse_null(consumer, "consumer"));
        KERA_TRY(abi::refuse_null(offset, "offset"));
        const StreamletRef ref = to_ref(stream_id, streamlet);
        const std::optional<Offset> next = consumer->consumer->position(ref);
        const std::optional<Offset> head = consumer->consumer->readable_head(ref);
        if (readable_head != nullptr) {
            *readable_head = head.value_or(Offset(-1)).value();
        }
        if (!next) {
            return fail(ErrorCode::would_block, "position");
        }
        *offset = next->value();
        return {};
    });
}

int32_t kera_consumer_poll(kera_consumer* consumer, int64_t timeout_ns, kera_batch* batch,
                           kera_error* error) {
    return abi::call(error, [&]() -> Result<void> {
        KERA_TRY(abi::refuse_null(consumer, "consumer"));
        KERA_TRY(abi::refuse_null(batch, "batch"));
        *batch = kera_batch{};
        KERA_TRY_ASSIGN(const ReceivedPart* part, take_batch(consumer, timeout_ns));
        if (part != nullptr) {
            write_batch(*part, *batch);
        }
        return {};
    });
}

void kera_consumer_end_waiting(kera_consumer* consumer) {
    if (consumer != nullptr) {
        abi::run([&] {
            consumer->consumer->end_waiting();
            return 0;
        });
    }
}

void kera_batch_release(kera_consumer* consumer, kera_batch* batch) {
    if (consumer == nullptr || batch == nullptr || batch->lease == nullptr) {
        return;
    }
    abi::run([&] {
        consumer->consumer->release(*static_cast<const ReceivedPart*>(batch->lease));
        return 0;
    });
    *batch = kera_batch{};
}

int32_t kera_consumer_poll_many(kera_consumer* consumer, int64_t timeout_ns, kera_batch* batches,
                                uint32_t capacity, uint32_t* count, kera_error* error) {
    return abi::call(error, [&]() -> Result<void> {
        KERA_TRY(abi::refuse_null(consumer, "consumer"));
        KERA_TRY(abi::refuse_null(batches, "batches"));
        KERA_TRY(abi::refuse_null(count, "count"));
        *count = 0;
        for (std::uint32_t at = 0; at < capacity; ++at) {
            kera_batch_release(consumer, &batches[at]);
        }
        if (consumer->pending.code != ErrorCode::ok) {
            return std::exchange(consumer->pending, Error{ErrorCode::ok, "", 0, 0});
        }
        std::size_t copied_bytes = 0;
        while (*count < capacity && copied_bytes < kCopiedBytesMax) {
            // Only the first one is worth waiting for.
            const Result<const ReceivedPart*> part =
                take_batch_or_fail(consumer, *count == 0 ? timeout_ns : 0);
            if (!part.ok()) {
                if (*count == 0) {
                    return part.error();
                }
                consumer->pending = part.error();
                break;
            }
            if (*part == nullptr) {
                break;
            }
            copied_bytes += (*part)->is_copy() ? (*part)->chunks.size() : 0;
            batches[*count] = kera_batch{};
            write_batch(**part, batches[(*count)++]);
        }
        return {};
    });
}
