// What every function of the C ABI needs: errors out, exceptions stopped, options read with care.
// Any thread; stateless but for the handles, which own what they stand for as kera.h says.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "client/open/admin.hpp"
#include "client/open/client.hpp"
#include "kera/kera.h"

struct kera_producer {
    kera_client* client = nullptr;
    kera::Producer* producer = nullptr;
};

struct kera_shared_producer {
    kera_client* client = nullptr;
    kera::SharedProducer* producer = nullptr;
};

struct kera_consumer {
    kera_client* client = nullptr;
    kera::Consumer* consumer = nullptr;
    // Came after batches that were handed out in the same call; reported by the next one.
    kera::Error pending{kera::ErrorCode::ok, "", 0, 0};
};

struct kera_client {
    kera::SystemClock clock;
    std::unique_ptr<kera::Client> client;
    // Handles that were not closed go with their client; any thread may open and close.
    std::mutex lists;
    std::vector<std::unique_ptr<kera_producer>> producers;
    std::vector<std::unique_ptr<kera_shared_producer>> shared_producers;
    std::vector<std::unique_ptr<kera_consumer>> consumers;
};

namespace kera::abi {

// A new handle, which open(Handle&) makes stand for something; it is kept for as long as its
// client.
template <class Handle, class Open>
Result<Handle*> open_handle(kera_client& client, std::vector<std::unique_ptr<Handle>>& handles,
                            Open&& open) {
    auto handle = std::make_unique<Handle>();
    handle->client = &client;
    KERA_TRY(open(*handle));
    const std::lock_guard lock(client.lists);
    handles.push_back(std::move(handle));
    return handles.back().get();
}

template <class Handle>
void drop(kera_client& client, std::vector<std::unique_ptr<Handle>>& handles,
          const Handle* handle) {
    const std::lock_guard lock(client.lists);
    std::erase_if(handles, [handle](const auto& one) { return one.get() == handle; });
}

inline std::int32_t report(const Error& why, kera_error* error) noexcept {
    const auto code = static_cast<std::int32_t>(why.code);
    if (error != nullptr) {
        *error = {code, static_cast<std::int32_t>(why.cause), why.limit, why.value, why.what};
    }
    return code;
}

inline std::int32_t report(const Result<void>& result, kera_error* error) noexcept {
    return report(result.ok() ? Error{ErrorCode::ok, "", 0, 0} : result.error(), error);
}

template <class T>
Result<void> refuse_null(const T* pointer, const char* name) noexcept {
    if (pointer == nullptr) {
        return fail(ErrorCode::invalid_argument, name);
    }
    return {};
}

// Runs the body of a function: no exception leaves it. `body` returns Result<void>.
template <class Body>
std::int32_t call(kera_error* error, Body&& body) noexcept {
    try {
        return report(body(), error);
    } catch (const std::bad_alloc&) {
        return report(Error{ErrorCode::memory_exhausted, "heap", 0, 0}, error);
    } catch (const std::system_error& refused) {
        // A client's beginning needs a descriptor and a thread.
        const int number = refused.code().value();
        const char* const limit =
            number == EMFILE || number == ENFILE ? "open_files" : "thread_errno";
        return report(Error{ErrorCode::limit_exceeded, limit, 0, number}, error);
    } catch (const std::exception&) {
        return report(Error{ErrorCode::internal, "exception", 0, 0}, error);
    }
}

// The same for functions without a code: 0 when something was thrown.
template <class Body>
std::int32_t run(Body&& body) noexcept {
    std::int32_t done = 0;
    call(nullptr, [&]() -> Result<void> {
        done = body();
        return {};
    });
    return done;
}

// A struct of an older or newer caller: what it does not have keeps its default, what it has more
// of is not looked at.
template <class T>
Result<T> read_sized(const T* given, void (*init)(T*, std::size_t)) {
    T taken;
    init(&taken, sizeof(T));
    if (given == nullptr) {
        return taken;
    }
    if (given->struct_bytes < sizeof(std::uint32_t)) {
        return fail(ErrorCode::invalid_argument, "struct_bytes", sizeof(T), given->struct_bytes);
    }
    copy_bytes(reinterpret_cast<std::byte*>(&taken), reinterpret_cast<const std::byte*>(given),
               std::min<std::size_t>(given->struct_bytes, sizeof(T)));
    taken.struct_bytes = sizeof(T);
    return taken;
}

// Writes as much as the caller's struct has room for; its struct_bytes stays.
template <class T>
void write_sized(const T& value, T* out) {
    const std::uint32_t bytes = out->struct_bytes;
    copy_bytes(reinterpret_cast<std::byte*>(out), reinterpret_cast<const std::byte*>(&value),
               std::min<std::size_t>(bytes, sizeof(T)));
    out->struct_bytes = bytes;
}

// Text that ends with a zero and is cut where there is no more room.
template <std::size_t kRoom>
void write_text(std::string_view text, char (&out)[kRoom]) {
    const std::size_t bytes = std::min(text.size(), kRoom - 1);
    copy_bytes(reinterpret_cast<std::byte*>(out), reinterpret_cast<const std::byte*>(text.data()),
               bytes);
    out[bytes] = '\0';
}

template <class T>
void init_sized(const T& defaults, T* out, std::size_t struct_bytes) {
    if (out != nullptr && struct_bytes >= sizeof(std::uint32_t)) {
        zero_bytes(reinterpret_cast<std::byte*>(out), struct_bytes);
        out->struct_bytes = static_cast<std::uint32_t>(struct_bytes);
        write_sized(defaults, out);
    }
}

inline Bytes to_bytes(const kera_bytes& given) noexcept {
    return {static_cast<const std::byte*>(given.data), static_cast<std::size_t>(given.bytes)};
}

}  // namespace kera::abi
