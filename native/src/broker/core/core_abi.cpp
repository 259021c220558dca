// The core behind kera/kera_core.h: checks arguments and converts them, nothing else. Threads as in
// that header. A kera_core owns its Core and the texts that it returns.
#include <algorithm>
#include <exception>
#include <new>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "broker/core/core.hpp"
#include "kera/kera_core.h"

struct kera_core {
    std::unique_ptr<kera::Core> core;
    std::vector<std::string> endpoints;
    std::string memory;
};

namespace {

using kera::ErrorCode;

std::int32_t report(const kera::Error& error, kera_error* out) {
    if (out != nullptr) {
        *out = {static_cast<std::int32_t>(error.code), static_cast<std::int32_t>(error.cause),
                error.limit, error.value, error.what};
    }
    return static_cast<std::int32_t>(error.code);
}

// No exception leaves a function: the caller may be of another language.
template <class Body>
std::int32_t guarded(kera_error* error, Body&& body) noexcept {
    try {
        return body();
    } catch (const std::bad_alloc&) {
        return report(kera::fail(ErrorCode::memory_exhausted, "heap"), error);
    } catch (const std::exception&) {
        return report(kera::fail(ErrorCode::internal, "exception"), error);
    }
}

std::string text(const char* given, const char* otherwise = "") {
    return given == nullptr ? otherwise : given;
}

kera::Result<void> within(const char* what, std::int64_t value, std::int64_t most) {
    if (value < 0 || value > most) {
        return kera::fail(ErrorCode::invalid_argument, what, most, value);
    }
    return {};
}

kera::Result<kera::CoreConfig> config_of(const kera_core_options& options) {
    KERA_TRY(within("pages", options.pages, KERA_PAGES_SMALL));
    KERA_TRY(within("idle", options.idle, KERA_IDLE_PARK));
    KERA_TRY(within("authority", options.authority, KERA_AUTHORITY_CONTROL));
    if (options.listen == nullptr && options.listen_count > 0) {
        return kera::fail(ErrorCode::invalid_argument, "listen", 0, options.listen_count);
    }
    kera::CoreConfig config;
    config.node = kera::NodeId(options.node_id);
    config.node_name = text(options.node_name, "kera");
    config.data_folder = text(options.data_folder);
    for (std::uint32_t at = 0; at < options.listen_count; ++at) {
        config.listen.push_back(text(options.listen[at]));
    }
    config.reactor_count = options.reactor_count;
    config.token = text(options.token);
    config.arena_bytes = options.arena_bytes;
    config.loaded_bytes_max = options.loaded_bytes_max;
    config.pages = static_cast<kera::PagePreference>(options.pages);
    config.touch_ahead = options.touch_ahead != 0;
    config.idle = static_cast<kera::IdleKind>(options.idle);
    config.pin_reactors = options.pin_reactors != 0;
    config.authority = static_cast<kera::Authority>(options.authority);
    config.retention_interval_ms = options.retention_interval_ms;
    config.producer_expiry_ms = options.producer_expiry_ms;
    config.memory_kept_s = options.memory_kept_s;
    return config;
}

kera_memory memory_of(const std::byte* address, std::size_t bytes) {
    return {const_cast<std::byte*>(address), bytes};
}

}  // namespace

void kera_core_options_init(kera_core_options* options, size_t struct_bytes) {
    if (options == nullptr || struct_bytes < sizeof(kera_core_options)) {
        return;
    }
    const kera::CoreConfig standard;
    *options = {};
    options->struct_bytes = static_cast<std::uint32_t>(struct_bytes);
    options->node_id = standard.node.value();
    options->node_name = "kera";
    options->reactor_count = standard.reactor_count;
    options->arena_bytes = standard.arena_bytes;
    options->loaded_bytes_max = standard.loaded_bytes_max;
    options->touch_ahead = 1;
    options->idle = KERA_IDLE_BACKOFF;
    options->retention_interval_ms = static_cast<std::uint32_t>(standard.retention_interval_ms);
    options->producer_expiry_ms = standard.producer_expiry_ms;
    options->memory_kept_s = standard.memory_kept_s;
}

int32_t kera_core_open(const kera_core_options* options, kera_core** core, kera_error* error) {
    return guarded(error, [&]() -> std::int32_t {
        if (options == nullptr || core == nullptr) {
            return report(kera::fail(ErrorCode::invalid_argument, "null_pointer"), error);
        }
        *core = nullptr;
        if (options->struct_bytes < sizeof(kera_core_options)) {
            return report(kera::fail(ErrorCode::invalid_argument, "struct_bytes",
                                     sizeof(kera_core_options), options->struct_bytes),
                          error);
        }
        const kera::Result<kera::CoreConfig> config = config_of(*options);
        if (!config.ok()) {
            return report(config.error(), error);
        }
        kera::Result<std::unique_ptr<kera::Core>> opened = kera::Core::open(*config);
        if (!opened.ok()) {
            return report(opened.error(), error);
        }
        auto made = std::make_unique<kera_core>();
        made->core = std::move(opened).value();
        for (const kera::Uri& uri : made->core->endpoints()) {
            made->endpoints.push_back(uri.text());
        }
        made->memory = made->core->arena().describe();
        *core = made.release();
        return KERA_OK;
    });
}

int32_t kera_core_start(kera_core* core, kera_error* error) {
    return guarded(error, [&]() -> std::int32_t {
        const kera::Result<void> started = core->core->start();
        return started.ok() ? KERA_OK : report(started.error(), error);
    });
}

void kera_core_stop(kera_core* core) {
    guarded(nullptr, [&] {
        core->core->stop();
        return KERA_OK;
    });
}

void kera_core_close(kera_core* core) {
    guarded(nullptr, [&] {
        std::unique_ptr<kera_core>(core).reset();
        return KERA_OK;
    });
}

int32_t kera_core_poll(kera_core* core) {
    return std::max(
        0, guarded(nullptr, [&] { return core->core->started() ? 0 : core->core->poll(); }));
}

void kera_core_drain(kera_core* core) {
    guarded(nullptr, [&] {
        core->core->drain();
        return KERA_OK;
    });
}

int32_t kera_core_is_settled(const kera_core* core) {
    return core->core->settled() ? 1 : 0;
}

const char* kera_core_endpoint(const kera_core* core, uint32_t index) {
    return index < core->endpoints.size() ? core->endpoints[index].c_str() : nullptr;
}

const char* kera_core_memory(const kera_core* core) {
    return core->memory.c_str();
}

kera_memory kera_core_control_to_core(const kera_core* core) {
    const auto ring = core->core->control().to_core_buffer();
    return memory_of(ring.data(), ring.size());
}

kera_memory kera_core_control_from_core(const kera_core* core) {
    const auto ring = core->core->control().from_core_buffer();
    return memory_of(ring.data(), ring.size());
}

kera_memory kera_core_counters_metadata(const kera_core* core) {
    const kera::ArenaRegion& region = core->core->counters().metadata_region();
    return memory_of(region.base, region.bytes);
}

kera_memory kera_core_counters_values(const kera_core* core) {
    const kera::ArenaRegion& region = core->core->counters().values_region();
    return memory_of(region.base, region.bytes);
}

void kera_core_control_wake(kera_core* core) {
    guarded(nullptr, [&] {
        core->core->control().wake();
        return KERA_OK;
    });
}

void kera_core_control_await(kera_core* core, int64_t timeout_ns) {
    guarded(nullptr, [&] {
        core->core->control().await_frames(timeout_ns);
        return KERA_OK;
    });
}

void kera_core_control_alert(kera_core* core) {
    guarded(nullptr, [&] {
        core->core->control().alert();
        return KERA_OK;
    });
}
