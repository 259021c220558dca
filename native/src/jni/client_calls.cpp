// Sessions for Java, and the one function that carries every request to the broker.
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

#include "jni/java_error.hpp"
#include "jni/native_table.hpp"
#include "kera/kera_client.h"
#include "kera/kera_records.h"

namespace kera::jni {

namespace {

jlong connect(JNIEnv* env, jclass, jlong uri, jlong options, jlong timeout_ns) {
    kera_client* client = nullptr;
    kera_error error{};
    if (kera_client_connect(pointer<const char>(uri), pointer<const kera_client_options>(options),
                            timeout_ns, &client, &error) != KERA_OK) {
        throw_java_error(env, error);
    }
    return address_of(client);
}

// The numbers are those in NativeCalls.java.
enum ClientVerb : jint {
    kClientClose = 0,
    kClientPoll,
    kClientIsConnected,
    kClientShutDown,
    kClientWake
};

jint run_client(JNIEnv* env, jclass, jlong handle, jint verb) {
    if (refuse_null(env, handle, "client")) {
        return 0;
    }
    auto* const client = pointer<kera_client>(handle);
    switch (verb) {
        case kClientClose:
            kera_client_close(client);
            return 0;
        case kClientPoll:
            return kera_client_poll(client);
        case kClientIsConnected:
            return kera_client_is_connected(client);
        case kClientShutDown:
            kera_client_shut_down(client);
            return 0;
        case kClientWake:
            kera_client_wake(client);
            return 0;
        default:
            throw_invalid(env, "client_verb", verb);
            return 0;
    }
}

void await_client(JNIEnv* env, jclass, jlong handle, jlong timeout_ns) {
    if (!refuse_null(env, handle, "client")) {
        kera_client_wait(pointer<kera_client>(handle), timeout_ns);
    }
}

// Returns the length of the answer. When it is more than the capacity, only the tail was cut off.
jint ask(JNIEnv* env, jclass, jlong handle, jlong request, jint request_bytes, jlong answer,
         jint answer_capacity, jlong timeout_ns) {
    if (refuse_null(env, handle, "client")) {
        return 0;
    }
    std::size_t answer_bytes = 0;
    kera_error error{};
    const std::int32_t code = kera_client_ask(
        pointer<kera_client>(handle), pointer<const void>(request),
        static_cast<std::size_t>(request_bytes), pointer<void>(answer),
        static_cast<std::size_t>(answer_capacity), &answer_bytes, timeout_ns, &error);
    const bool cut = answer_bytes > static_cast<std::size_t>(answer_capacity);
    if (code != KERA_OK && !cut) {
        throw_java_error(env, error);
        return 0;
    }
    return static_cast<jint>(answer_bytes);
}

// Returns the length of the decompressed chunk.
jint decompress_chunk(JNIEnv* env, jclass, jlong chunk, jint bytes, jlong plain, jint capacity) {
    std::uint64_t plain_bytes = 0;
    kera_error error{};
    if (kera_chunk_decompress(pointer<const void>(chunk), static_cast<std::uint64_t>(bytes),
                              pointer<void>(plain), static_cast<std::uint64_t>(capacity),
                              &plain_bytes, &error) != KERA_OK) {
        throw_java_error(env, error);
    }
    return static_cast<jint>(plain_bytes);
}

// Makes every thread of this process pass a memory barrier before it returns. False: the system
// does not support it.
jboolean synchronise_threads(JNIEnv*, jclass) {
    static const bool registered =
        syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
    const bool done =
        registered && syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0;
    return static_cast<jboolean>(done ? JNI_TRUE : JNI_FALSE);
}

}  // namespace

std::span<const JNINativeMethod> client_table() {
    static const std::array table{
        native_method("connect", "(JJJ)J", &connect),
        native_method("runClient", "(JI)I", &run_client),
        native_method("awaitClient", "(JJ)V", &await_client),
        native_method("synchroniseThreads", "()Z", &synchronise_threads),
        native_method("ask", "(JJIJIJ)I", &ask),
        native_method("decompressChunk", "(JIJI)I", &decompress_chunk),
    };
    return table;
}

}  // namespace kera::jni
