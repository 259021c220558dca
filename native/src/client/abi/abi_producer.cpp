// kera.h: producers.
#include <array>

#include "client/abi/abi.hpp"

using namespace kera;  // NOLINT(google-build-using-namespace): the functions are C's

namespace {

kera_outcome to_outcome(const BatchOutcome& outcome) {
    kera_outcome out{};
    out.stream_id = outcome.stream.value();
    out.streamlet = outcome.streamlet.value();
    out.duplicate = outcome.duplicate ? 1 : 0;
    abi::report(outcome.error, &out.error);
    out.base_offset = outcome.base_offset.value();
    out.append_time_ms = outcome.append_time_ms;
    out.tokens = outcome.tokens.empty() ? nullptr : outcome.tokens.data();
    out.record_count = outcome.record_count;
    return out;
}

RecordTarget to_target(std::uint32_t handle, std::int32_t streamlet, std::int64_t timestamp_ms) {
    return {StreamHandle(handle), StreamletId(streamlet),
            timestamp_ms == KERA_NOW ? kTimeOfSending : timestamp_ms};
}

// A record's keys and headers in the library's own form; few of them need no allocation.
class ContentReader {
  public:
    Result<RecordContent> read(const kera_record& record, bool with_value) {
        if ((record.key_count > 0 && record.keys == nullptr) ||
            (record.header_count > 0 && record.headers == nullptr)) {
            return fail(ErrorCode::invalid_argument, "keys_or_headers");
        }
        for (std::uint32_t at = 0; at < record.key_count; ++at) {
            KERA_TRY(check(record.keys[at]));
            keys_.push_back(abi::to_bytes(record.keys[at]));
        }
        for (std::uint32_t at = 0; at < record.header_count; ++at) {
            const kera_header& header = record.headers[at];
            KERA_TRY(check(header.name));
            KERA_TRY(check(header.value));
            const Bytes name = abi::to_bytes(header.name);
            RecordField field;
            field.name = {reinterpret_cast<const char*>(name.data()), name.size()};
            if (header.is_null == 0) {
                field.value = abi::to_bytes(header.value);
            }
            fields_.push_back(field);
        }
        RecordContent content{keys_, fields_, std::nullopt};
        if (with_value && record.is_null == 0) {
            KERA_TRY(check(record.value));
            content.value = abi::to_bytes(record.value);
        }
        return content;
    }

    static Result<void> check(const kera_bytes& bytes) {
        if (bytes.bytes > kValueBytesMax) {
            return fail(ErrorCode::limit_exceeded, "bytes", kValueBytesMax,
                        static_cast<std::int64_t>(bytes.bytes));
        }
        return bytes.bytes > 0 ? abi::refuse_null(bytes.data, "data") : Result<void>{};
    }

  private:
    std::vector<Bytes> keys_;
    std::vector<RecordField> fields_;
};

// Hands values over in blocks; `value_at` gives the value of an index.
template <class ValueAt>
Result<void> send_blocks(kera_producer* producer, std::uint32_t handle, std::int32_t streamlet,
                         std::size_t count, std::size_t* sent, ValueAt&& value_at) {
    std::array<Bytes, 256> block;
    std::size_t done = 0;
    Result<void> outcome;
    while (done < count && outcome.ok()) {
        const std::size_t size = std::min(block.size(), count - done);
        for (std::size_t at = 0; at < size; ++at) {
            block[at] = value_at(done + at);
        }
        const Result<std::size_t> taken = producer->producer->send_many(
            to_target(handle, streamlet, KERA_NOW), std::span(block).first(size));
        if (!taken.ok()) {
            outcome = taken.error();
        } else {
            done += *taken;
        }
    }
    if (sent != nullptr) {
        *sent = done;
    }
    return outcome;
}

}  // namespace

Result<ProducerOptions> abi::producer_options(const kera_producer_options& given) {
    if (given.acks < 0 || given.acks > kAckLevelMax) {
        return fail(ErrorCode::invalid_argument, "acks", kAckLevelMax, given.acks);
    }
    ProducerOptions options;
    options.acks = static_cast<AckLevel>(given.acks);
    options.idempotent = given.idempotent != 0;
    options.chunk_bytes = given.chunk_bytes;
    options.memory_bytes = given.memory_bytes;
    options.linger_ns = given.linger_ns;
    options.max_block_ns = given.max_block_ns;
    options.delivery_timeout_ns = given.delivery_timeout_ns;
    options.request_timeout_ns = given.request_timeout_ns;
    options.retry.initial_ns = given.retry_initial_ns;
    options.retry.max_ns = given.retry_max_ns;
    options.streamlet_chunks_max = given.streamlet_chunks_max;
    options.record_tokens = given.record_tokens != 0;
    options.queue_outcomes = given.queue_outcomes != 0;
    if (given.on_outcome != nullptr) {
        options.on_batch = [function = given.on_outcome,
                            context = given.context](const BatchOutcome& outcome) {
            const kera_outcome out = to_outcome(outcome);
            function(context, &out);
        };
    }
    return options;
}

void abi::write_stats(const ProducerStats& now, kera_producer_stats* stats) {
    const kera_producer_stats filled{0,
                                     0,
                                     now.records,
                                     now.chunks_sealed,
                                     now.chunks_settled,
                                     now.chunks_failed,
                                     now.chunks_sent_again,
                                     now.duplicates,
                                     now.bytes_sent,
                                     now.frames_sent,
                                     static_cast<std::uint64_t>(now.refused_with)};
    abi::write_sized(filled, stats);
}

void kera_producer_options_init(kera_producer_options* options, size_t struct_bytes) {
    const ProducerOptions defaults;
    kera_producer_options filled{};
    filled.acks = static_cast<std::int32_t>(defaults.acks);
    filled.idempotent = defaults.idempotent ? 1 : 0;
    filled.chunk_bytes = defaults.chunk_bytes;
    filled.memory_bytes = defaults.memory_bytes;
    filled.linger_ns = defaults.linger_ns;
    filled.max_block_ns = defaults.max_block_ns;
    filled.delivery_timeout_ns = defaults.delivery_timeout_ns;
    filled.request_timeout_ns = defaults.request_timeout_ns;
    filled.retry_initial_ns = defaults.retry.initial_ns;
    filled.retry_max_ns = defaults.retry.max_ns;
    filled.streamlet_chunks_max = defaults.streamlet_chunks_max;
    abi::init_sized(filled, options, struct_bytes);
}

int32_t kera_producer_open(kera_client* client, const kera_producer_options* options,
                           int64_t timeout_ns, kera_producer** producer, kera_error* error) {
    return abi::call(error, [&]() -> Result<void> {
        KERA_TRY(abi::refuse_null(client, "client"));
        KERA_TRY(abi::refuse_null(producer, "producer"));
        *producer = nullptr;
        KERA_TRY_ASSIGN(const kera_producer_options taken,
                        abi::read_sized(options, kera_producer_options_init));
        KERA_TRY_ASSIGN(ProducerOptions wanted, abi::producer_options(taken));
        auto handle = std::make_unique<kera_producer>();
        handle->client = client;
        KERA_TRY_ASSIGN(handle->producer,
                        client->client->open_producer(std::move(wanted), timeout_ns));
        *producer = abi::keep(*client, client->producers, std::move(handle));
        return {};
    });
}

int32_t kera_producer_close(kera_producer* producer, int64_t timeout_ns, kera_error* error) {
    return abi::call(error, [&]() -> Result<void> {
        if (producer == nullptr) {
            return {};
        }
        kera_client& client = *producer->client;
        const Result<void> closed = client.client->close_producer(*producer->producer, timeout_ns);
        abi::drop(client, client.producers, producer);
        return closed;
    });
}

int32_t kera_producer_attach(kera_producer* producer, int64_t stream_id, int32_t streamlets,
                             uint32_t* handle, kera_error* error) {
    return abi::call(error, [&]() -> Result<void> {
        KERA_TRY(abi::refuse_null(producer, "producer"));
        KERA_TRY(abi::refuse_null(handle, "handle"));
        KERA_TRY_ASSIGN(const StreamHandle attached,
                        producer->producer->attach(StreamId(stream_id), streamlets));
        *handle = attached.value();
        return {};
    });
}

int32_t kera_producer_claim(kera_producer* producer, uint32_t handle, int32_t streamlet,
                            uint32_t value_bytes, kera_claim* claim, kera_error* error) {
    return abi::call(error, [&]() -> Result<void> {
        KERA_TRY(abi::refuse_null(producer, "producer"));
        KERA_TRY(abi::refuse_null(claim, "claim"));
        Result<Claim> claimed =
            producer->producer->claim(StreamHandle(handle), StreamletId(streamlet), value_bytes);
        if (!claimed.ok()) {
            return claimed.error();
        }
        *claim = {claimed->value.data(), claimed->streamlet.value(), 0};
        return {};
    });
}

int32_t kera_producer_claim_record(kera_producer* producer, uint32_t handle, int32_t streamlet,
                                   const kera_record* record, uint32_t value_bytes,
                                   kera_claim* claim, kera_error* error) {
    return abi::call(error, [&]() -> Result<void> {
        KERA_TRY(abi::refuse_null(producer, "producer"));
        KERA_TRY(abi::refuse_null(record, "record"));
        KERA_TRY(abi::refuse_null(claim, "claim"));
        ContentReader content_of;
        KERA_TRY_ASSIGN(const RecordContent content, content_of.read(*record, false));
        KERA_TRY_ASSIGN(const Claim claimed, producer->producer->claim(
                                                 to_target(handle, streamlet, record->timestamp_ms),
                                                 content, value_bytes));
        *claim = {claimed.value.data(), claimed.streamlet.value(), 0};
        return {};
    });
}

int32_t kera_producer_commit(kera_producer* producer, uint64_t token, kera_error* error) {
    return abi::call(error, [&]() -> Result<void> {
        KERA_TRY(abi::refuse_null(producer, "producer"));
        if (!producer->producer->commit(token)) {
            return fail(ErrorCode::invalid_argument, "no_claim_is_open");
        }
        return {};
    });
}

int32_t kera_producer_abort(kera_producer* producer, kera_error* error) {
    return abi::call(error, [&]() -> Result<void> {
        KERA_TRY(abi::refuse_null(producer, "producer"));
        if (!producer->producer->abort()) {
            return fail(ErrorCode::invalid_argument, "no_claim_is_open");
        }
        return {};
    });
}

int32_t kera_producer_send(kera_producer* producer, uint32_t handle, int32_t streamlet,
                           const kera_record* record, uint64_t token, kera_error* error) {
    return abi::call(error, [&]() -> Result<void> {
        KERA_TRY(abi::refuse_null(producer, "producer"));
        KERA_TRY(abi::refuse_null(record, "record"));
        ContentReader content_of;
        KERA_TRY_ASSIGN(const RecordContent content, content_of.read(*record, true));
        return producer->producer->send(to_target(handle, streamlet, record->timestamp_ms), content,
                                        token);
    });
}

int32_t kera_producer_send_many(kera_producer* producer, uint32_t handle, int32_t streamlet,
                                const kera_bytes* values, size_t count, size_t* sent,
                                kera_error* error) {
    return abi::call(error, [&]() -> Result<void> {
        KERA_TRY(abi::refuse_null(producer, "producer"));
        if (count > 0) {
            KERA_TRY(abi::refuse_null(values, "values"));
        }
        for (std::size_t at = 0; at < count; ++at) {
            KERA_TRY(ContentReader::check(values[at]));
        }
        return send_blocks(producer, handle, streamlet, count, sent,
                           [values](std::size_t at) { return abi::to_bytes(values[at]); });
    });
}

int32_t kera_producer_send_rows(kera_producer* producer, uint32_t handle, int32_t streamlet,
                                const void* rows, uint32_t row_bytes, size_t count, size_t* sent,
                                kera_error* error) {
    return abi::call(error, [&]() -> Result<void> {
        KERA_TRY(abi::refuse_null(producer, "producer"));
        if (count > 0 && row_bytes > 0) {
            KERA_TRY(abi::refuse_null(rows, "rows"));
        }
        const auto* const first = static_cast<const std::byte*>(rows);
        return send_blocks(producer, handle, streamlet, count, sent,
                           [first, row_bytes](std::size_t at) {
                               return Bytes(first + at * row_bytes, row_bytes);
                           });
    });
}

int32_t kera_producer_send_slices(kera_producer* producer, uint32_t handle, int32_t streamlet,
                                  const void* data, const int64_t* offsets, size_t count,
                                  size_t* sent, kera_error* error) {
    return abi::call(error, [&]() -> Result<void> {
        KERA_TRY(abi::refuse_null(producer, "producer"));
        if (count > 0) {
            KERA_TRY(abi::refuse_null(offsets, "offsets"));
            KERA_TRY(abi::refuse_null(data, "data"));
        }
        for (std::size_t at = 0; at < count; ++at) {
            if (offsets[at] < 0 || offsets[at + 1] < offsets[at]) {
                return fail(ErrorCode::invalid_argument, "offsets", offsets[at], offsets[at + 1]);
            }
        }
        const auto* const first = static_cast<const std::byte*>(data);
        return send_blocks(
            producer, handle, streamlet, count, sent, [first, offsets](std::size_t at) {
                return Bytes(first + offsets[at],
                             static_cast<std::size_t>(offsets[at + 1] - offsets[at]));
            });
    });
}

int32_t kera_producer_flush(kera_producer* producer, int64_t timeout_ns, kera_error* error) {
    return abi::call(error, [&]() -> Result<void> {
        KERA_TRY(abi::refuse_null(producer, "producer"));
        return producer->producer->flush(producer->client->client->deadline_ns(timeout_ns));
    });
}

int32_t kera_producer_recover(kera_producer* producer, uint32_t handle, int32_t streamlet,
                              kera_error* error) {
    return abi::call(error, [&]() -> Result<void> {
        KERA_TRY(abi::refuse_null(producer, "producer"));
        return producer->producer->recover(StreamHandle(handle), StreamletId(streamlet));
    });
}

int32_t kera_producer_take_outcome(kera_producer* producer, kera_outcome* outcome) {
    if (producer == nullptr || outcome == nullptr) {
        return 0;
    }
    return abi::run([&] {
        const std::optional<BatchOutcome> taken = producer->producer->take_outcome();
        if (!taken) {
            return 0;
        }
        *outcome = to_outcome(*taken);
        return 1;
    });
}

int32_t kera_producer_get_stats(const kera_producer* producer, kera_producer_stats* stats) {
    return abi::call(nullptr, [&]() -> Result<void> {
        KERA_TRY(abi::refuse_null(producer, "producer"));
        KERA_TRY(abi::refuse_null(stats, "stats"));
        abi::write_stats(producer->producer->stats(), stats);
        return {};
    });
}
