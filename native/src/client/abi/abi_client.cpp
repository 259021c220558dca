// kera.h: codes, versions, logging, clients.
#include <cstring>
#include <mutex>

#include "base/log.hpp"
#include "client/abi/abi.hpp"
#include "client/open/client_transport.hpp"

using namespace kera;  // NOLINT(google-build-using-namespace): the functions are C's

namespace {

ClientOptions client_options(const kera_client_options& given) {
    ClientOptions options;
    options.call_timeout_ns = given.call_timeout_ns;
    options.loop.io_thread = given.io_thread != 0;
    options.loop.idle_polls_max = given.idle_polls_max;
    ConnectionOptions& connection = options.loop.connection;
    if (given.client_name != nullptr) {
        connection.client_name = given.client_name;
    }
    if (given.token != nullptr) {
        connection.token = given.token;
    }
    connection.connect_timeout_ns = given.connect_timeout_ns;
    connection.keep_alive_ns = given.keep_alive_ns;
    connection.backoff.initial_ns = given.reconnect_initial_ns;
    connection.backoff.max_ns = given.reconnect_max_ns;
    return options;
}

Result<void> check(const kera_client_options& given) {
    const std::int64_t shortest_ns =
        std::min({given.call_timeout_ns, given.connect_timeout_ns, given.keep_alive_ns,
                  given.reconnect_initial_ns, given.reconnect_max_ns});
    if (shortest_ns <= 0) {
        return fail(ErrorCode::invalid_argument, "client_times", 1, shortest_ns);
    }
    if (given.client_name != nullptr) {
        KERA_TRY(
            check_text("client_name_bytes", std::strlen(given.client_name), kHelloTextBytesMax));
    }
    if (given.token != nullptr) {
        KERA_TRY(check_text("token_bytes", std::strlen(given.token), kHelloTextBytesMax));
    }
    return {};
}

Result<kera_client*> connect(const char* uri_text, const kera_client_options* given,
                             std::int64_t timeout_ns) {
    KERA_TRY_ASSIGN(const kera_client_options taken,
                    abi::read_sized(given, kera_client_options_init));
    KERA_TRY(check(taken));
    KERA_TRY_ASSIGN(const Uri uri, parse_uri(uri_text));
    auto handle = std::make_unique<kera_client>();
    ClientTransportOptions transport_options;
    transport_options.send_memory_bytes = taken.send_memory_bytes;
    transport_options.receive_memory_bytes = taken.receive_memory_bytes;
    transport_options.connect_timeout_ns = taken.connect_timeout_ns;
    KERA_TRY_ASSIGN(std::unique_ptr<Transport> transport,
                    open_client_transport(uri, transport_options, handle->clock));
    ClientOptions options = client_options(taken);
    // Clients that lose the same broker at the same time come back at different ones.
    options.loop.random_seed = static_cast<std::uint64_t>(handle->clock.now_ns()) ^
                               reinterpret_cast<std::uintptr_t>(handle.get());
    handle->client = std::make_unique<Client>(std::move(transport), handle->clock, uri, options);
    KERA_TRY(handle->client->await_session(timeout_ns));
    return handle.release();
}

bool may_drive(kera_client* client) {
    return client != nullptr && !client->client->loop().has_io_thread() &&
           !client->client->loop().polling();
}

}  // namespace

const char* kera_code_name(int32_t code) {
    return code < 0 || code > kErrorCodeMax ? "UNKNOWN" : to_string(static_cast<ErrorCode>(code));
}

int32_t kera_code_is_retriable(int32_t code) {
    return code > 0 && code <= kErrorCodeMax && is_retriable(static_cast<ErrorCode>(code)) ? 1 : 0;
}

const char* kera_version(void) {
    return KERA_VERSION;
}

uint32_t kera_abi_version(void) {
    return KERA_ABI_VERSION;
}

void kera_set_log(kera_log_function log, void* context) {
    if (log == nullptr) {
        set_log_sink({});
        return;
    }
    set_log_sink([log, context](LogLevel level, std::string_view line) {
        log(context, static_cast<int32_t>(level), line.data(), line.size());
    });
}

void kera_set_log_level(int32_t level) {
    if (level >= KERA_LOG_DEBUG && level <= KERA_LOG_OFF) {
        set_log_level(static_cast<LogLevel>(level));
    }
}

void kera_client_options_init(kera_client_options* options, size_t struct_bytes) {
    const ClientOptions defaults;
    const ConnectionOptions& connection = defaults.loop.connection;
    const ClientTransportOptions transport;
    kera_client_options filled{};
    filled.io_thread = 1;
    filled.call_timeout_ns = defaults.call_timeout_ns;
    filled.connect_timeout_ns = connection.connect_timeout_ns;
    filled.keep_alive_ns = connection.keep_alive_ns;
    filled.reconnect_initial_ns = connection.backoff.initial_ns;
    filled.reconnect_max_ns = connection.backoff.max_ns;
    filled.send_memory_bytes = transport.send_memory_bytes;
    filled.receive_memory_bytes = transport.receive_memory_bytes;
    filled.idle_polls_max = defaults.loop.idle_polls_max;
    abi::init_sized(filled, options, struct_bytes);
}

int32_t kera_client_connect(const char* uri, const kera_client_options* options, int64_t timeout_ns,
                            kera_client** client, kera_error* error) {
    return abi::call(error, [&]() -> Result<void> {
        KERA_TRY(abi::refuse_null(uri, "uri"));
        KERA_TRY(abi::refuse_null(client, "client"));
        *client = nullptr;
        KERA_TRY_ASSIGN(*client, connect(uri, options, timeout_ns));
        return {};
    });
}

void kera_client_close(kera_client* client) {
    abi::run([&] {
        if (client != nullptr && !client->client->loop().polling()) {
            client->client->close();
            const std::unique_ptr<kera_client> closing(client);
        }
        return 0;
    });
}

void kera_client_shut_down(kera_client* client) {
    abi::run([&] {
        if (client != nullptr && client->client->loop().has_io_thread()) {
            client->client->shut_down();
        }
        return 0;
    });
}

int32_t kera_client_poll(kera_client* client) {
    return abi::run([&] { return may_drive(client) ? client->client->poll() : 0; });
}

void kera_client_wait(kera_client* client, int64_t timeout_ns) {
    abi::run([&] {
        if (may_drive(client)) {
            client->client->loop().park(client->client->deadline_ns(timeout_ns));
            client->client->poll();
        }
        return 0;
    });
}

int kera_client_fd(kera_client* client) {
    return client == nullptr ? -1 : client->client->loop().transport().park_fd();
}

int32_t kera_client_prepare_wait(kera_client* client, int64_t* timeout_ns) {
    if (!may_drive(client) || timeout_ns == nullptr) {
        return 0;
    }
    Loop& loop = client->client->loop();
    const std::int64_t next_ns = loop.next_deadline_ns();
    const std::int64_t now_ns = loop.clock().now_ns();
    *timeout_ns = next_ns == kNoDeadline ? -1 : std::max<std::int64_t>(next_ns - now_ns, 0);
    return *timeout_ns != 0 && loop.transport().prepare_park() ? 1 : 0;
}

void kera_client_wake(kera_client* client) {
    if (client == nullptr) {
        return;
    }
    Loop& loop = client->client->loop();
    if (loop.has_io_thread()) {
        loop.help();
    } else {
        // An event loop of the caller's waits for kera_client_fd().
        loop.transport().wake();
    }
}

int32_t kera_client_is_connected(const kera_client* client) {
    return client != nullptr && client->client->loop().session_ready() ? 1 : 0;
}
