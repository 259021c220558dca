// kera.h: producers for languages that lay out records themselves.
#include "client/abi/abi_producers.hpp"

using namespace kera;  // NOLINT(google-build-using-namespace): the functions are C's

namespace {

// Of many threads, which have them in their own memory.
Result<std::span<kera_shared_chunk_state>> given_states(const kera_shared_area& area) {
    if (area.many_threads == 0) {
        return std::span<kera_shared_chunk_state>();
    }
    const std::uint64_t count = area.states.bytes / sizeof(kera_shared_chunk_state);
    if (area.many_threads != 1 || area.states.address == nullptr || count == 0 ||
        reinterpret_cast<std::uintptr_t>(area.states.address) % alignof(std::int64_t) != 0) {
        return fail(ErrorCode::invalid_argument, "states", 1, static_cast<std::int64_t>(count));
    }
    return std::span(static_cast<kera_shared_chunk_state*>(area.states.address), count);
}

}  // namespace

int32_t kera_shared_producer_open(kera_client* client, const kera_producer_options* options,
                                  int64_t timeout_ns, kera_shared_producer** producer,
                                  kera_shared_area* area, kera_error* error) {
    return abi::call(error, [&]() -> Result<void> {
        KERA_TRY(abi::refuse_null(client, "client"));
        KERA_TRY(abi::refuse_null(producer, "producer"));
        KERA_TRY(abi::refuse_null(area, "area"));
        *producer = nullptr;
        KERA_TRY_ASSIGN(ProducerOptions wanted, abi::read_producer_options(options));
        KERA_TRY_ASSIGN(wanted.states, given_states(*area));
        const auto open = [&](kera_shared_producer& handle) -> Result<void> {
            KERA_TRY_ASSIGN(handle.producer,
                            client->client->open_shared_producer(wanted, timeout_ns));
            *area = handle.producer->area();
            return {};
        };
        KERA_TRY_ASSIGN(*producer, abi::open_handle(*client, client->shared_producers, open));
        return {};
    });
}

int32_t kera_shared_producer_attach(kera_shared_producer* producer, int64_t stream_id,
                                    int32_t streamlets, uint32_t* handle, kera_error* error) {
    return abi::call(error, [&]() -> Result<void> {
        KERA_TRY(abi::refuse_null(producer, "producer"));
        KERA_TRY(abi::refuse_null(handle, "handle"));
        KERA_TRY_ASSIGN(*handle, producer->producer->attach(StreamId(stream_id), streamlets));
        return {};
    });
}

int32_t kera_shared_producer_flush(kera_shared_producer* producer, int64_t timeout_ns,
                                   kera_error* error) {
    return abi::flush_producer(producer, timeout_ns, error);
}

int32_t kera_shared_producer_await(kera_shared_producer* producer, int64_t messages, int64_t asked,
                                   int64_t timeout_ns) {
    if (producer == nullptr) {
        return 0;
    }
    return abi::run([&] {
        const std::int64_t deadline_ns = producer->client->client->deadline_ns(timeout_ns);
        return producer->producer->await(messages, asked, deadline_ns) ? 1 : 0;
    });
}

int32_t kera_shared_producer_recover(kera_shared_producer* producer, uint32_t handle,
                                     int32_t streamlet, kera_error* error) {
    return abi::call(error, [&]() -> Result<void> {
        KERA_TRY(abi::refuse_null(producer, "producer"));
        return producer->producer->recover(handle, streamlet);
    });
}

int32_t kera_shared_producer_get_stats(const kera_shared_producer* producer,
                                       kera_producer_stats* stats) {
    return abi::get_producer_stats(producer, stats);
}

void kera_shared_producer_close(kera_shared_producer* producer) {
    if (producer == nullptr) {
        return;
    }
    abi::call(nullptr, [&]() -> Result<void> {
        kera_client& client = *producer->client;
        client.client->close_shared_producer(*producer->producer);
        abi::drop(client, client.shared_producers, producer);
        return {};
    });
}
