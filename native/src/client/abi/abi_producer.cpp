// kera.h: producers.
#include <array>

#include "client/abi/abi_producers.hpp"

using namespace kera;  // NOLINT(google-build-using-namespace): the functions are C's

namespace {

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

int32_t kera_producer_open(kera_client* client, const kera_producer_options* options,
                           int64_t timeout_ns, kera_producer** producer, kera_error* error) {
    return abi::call(error, [&]() -> Result<void> {
        KERA_TRY(abi::refuse_null(client, "client"));
        KERA_TRY(abi::refuse_null(producer, "producer"));
        *producer = nullptr;
        KERA_TRY_ASSIGN(ProducerOptions wanted, abi::read_producer_options(options));
        const auto open = [&](kera_producer& handle) -> Result<void> {
            KERA_TRY_ASSIGN(handle.producer,
                            client->client->open_producer(std::move(wanted), timeout_ns));
            return {};
        };
        KERA_TRY_ASSIGN(*producer, abi::open_handle(*client, client->producers, open));
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

int32_t kera_producer_streamlets(const kera_producer* producer, uint32_t handle) {
    return producer == nullptr
               ? 0
               : abi::run([&] { return producer->producer->streamlets(StreamHandle(handle)); });
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
    return abi::flush_producer(producer, timeout_ns, error);
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
        *outcome = abi::to_outcome(*taken);
        return 1;
    });
}

int32_t kera_producer_get_stats(const kera_producer* producer, kera_producer_stats* stats) {
    return abi::get_producer_stats(producer, stats);
}
