// The tables behind describe_library(). See struct_layout.hpp.
#include "jni/struct_layout.hpp"

#include <jni.h>
#include <array>
#include <cstddef>

#include "jni/java_error.hpp"
#include "jni/native_table.hpp"
#include "kera/kera_core.h"

namespace kera::jni {

namespace {

struct Field {
    const char* name;
    std::size_t offset;
    std::size_t bytes;
};

#define KERA_FIELD(type, field)                                      \
    Field {                                                          \
        #type "." #field, offsetof(type, field), sizeof(type::field) \
    }

constexpr std::array kStructs{
    Field{"kera_core_options", 0, sizeof(kera_core_options)},
    Field{"kera_memory", 0, sizeof(kera_memory)},
    Field{"kera_client_options", 0, sizeof(kera_client_options)},
    Field{"kera_producer_options", 0, sizeof(kera_producer_options)},
    Field{"kera_consumer_options", 0, sizeof(kera_consumer_options)},
    Field{"kera_batch", 0, sizeof(kera_batch)},
    Field{"kera_producer_stats", 0, sizeof(kera_producer_stats)},
    Field{"kera_shared_area", 0, sizeof(kera_shared_area)},
    Field{"kera_shared_chunk_state", 0, sizeof(kera_shared_chunk_state)},
    Field{"kera_shared_chunk_opened", 0, sizeof(kera_shared_chunk_opened)},
    Field{"kera_shared_chunk_number", 0, sizeof(kera_shared_chunk_number)},
    Field{"kera_shared_chunk_wanted", 0, sizeof(kera_shared_chunk_wanted)},
    Field{"kera_shared_chunk_granted", 0, sizeof(kera_shared_chunk_granted)},
    Field{"kera_shared_chunk_settled", 0, sizeof(kera_shared_chunk_settled)},
    Field{"kera_region_retired", 0, sizeof(kera_region_retired)},
    Field{"kera_shared_stream_grown", 0, sizeof(kera_shared_stream_grown)},
};

constexpr std::array kFields{
    KERA_FIELD(kera_core_options, struct_bytes),
    KERA_FIELD(kera_core_options, node_id),
    KERA_FIELD(kera_core_options, node_name),
    KERA_FIELD(kera_core_options, data_folder),
    KERA_FIELD(kera_core_options, listen),
    KERA_FIELD(kera_core_options, listen_count),
    KERA_FIELD(kera_core_options, reactor_count),
    KERA_FIELD(kera_core_options, token),
    KERA_FIELD(kera_core_options, arena_bytes),
    KERA_FIELD(kera_core_options, loaded_bytes_max),
    KERA_FIELD(kera_core_options, pages),
    KERA_FIELD(kera_core_options, touch_ahead),
    KERA_FIELD(kera_core_options, idle),
    KERA_FIELD(kera_core_options, pin_reactors),
    KERA_FIELD(kera_core_options, authority),
    KERA_FIELD(kera_core_options, retention_interval_ms),
    KERA_FIELD(kera_core_options, producer_expiry_ms),
    KERA_FIELD(kera_core_options, memory_kept_s),

    KERA_FIELD(kera_memory, address),
    KERA_FIELD(kera_memory, bytes),

    KERA_FIELD(kera_client_options, struct_bytes),
    KERA_FIELD(kera_client_options, io_thread),
    KERA_FIELD(kera_client_options, client_name),
    KERA_FIELD(kera_client_options, token),
    KERA_FIELD(kera_client_options, call_timeout_ns),
    KERA_FIELD(kera_client_options, connect_timeout_ns),
    KERA_FIELD(kera_client_options, keep_alive_ns),
    KERA_FIELD(kera_client_options, reconnect_initial_ns),
    KERA_FIELD(kera_client_options, reconnect_max_ns),
    KERA_FIELD(kera_client_options, send_memory_bytes),
    KERA_FIELD(kera_client_options, receive_memory_bytes),
    KERA_FIELD(kera_client_options, idle_polls_max),

    KERA_FIELD(kera_producer_options, struct_bytes),
    KERA_FIELD(kera_producer_options, acks),
    KERA_FIELD(kera_producer_options, idempotent),
    KERA_FIELD(kera_producer_options, chunk_bytes),
    KERA_FIELD(kera_producer_options, memory_bytes),
    KERA_FIELD(kera_producer_options, linger_ns),
    KERA_FIELD(kera_producer_options, max_block_ns),
    KERA_FIELD(kera_producer_options, delivery_timeout_ns),
    KERA_FIELD(kera_producer_options, request_timeout_ns),
    KERA_FIELD(kera_producer_options, retry_initial_ns),
    KERA_FIELD(kera_producer_options, retry_max_ns),
    KERA_FIELD(kera_producer_options, streamlet_chunks_max),
    KERA_FIELD(kera_producer_options, compression),

    KERA_FIELD(kera_consumer_options, struct_bytes),
    KERA_FIELD(kera_consumer_options, push),
    KERA_FIELD(kera_consumer_options, wait_ms_max),
    KERA_FIELD(kera_consumer_options, bytes_min),
    KERA_FIELD(kera_consumer_options, fetch_bytes_max),
    KERA_FIELD(kera_consumer_options, streamlet_bytes_max),
    KERA_FIELD(kera_consumer_options, streamlets_per_fetch),
    KERA_FIELD(kera_consumer_options, out_of_range),
    KERA_FIELD(kera_consumer_options, buffered_bytes_max),
    KERA_FIELD(kera_consumer_options, credit_bytes),
    KERA_FIELD(kera_consumer_options, check_crcs),
    KERA_FIELD(kera_consumer_options, check_records),
    KERA_FIELD(kera_consumer_options, request_timeout_ns),

    KERA_FIELD(kera_batch, data),
    KERA_FIELD(kera_batch, bytes),
    KERA_FIELD(kera_batch, stream_id),
    KERA_FIELD(kera_batch, streamlet),
    KERA_FIELD(kera_batch, chunk_count),
    KERA_FIELD(kera_batch, first_offset),
    KERA_FIELD(kera_batch, next_offset),
    KERA_FIELD(kera_batch, readable_head),
    KERA_FIELD(kera_batch, lease),

    KERA_FIELD(kera_producer_stats, struct_bytes),
    KERA_FIELD(kera_producer_stats, records),
    KERA_FIELD(kera_producer_stats, chunks_sealed),
    KERA_FIELD(kera_producer_stats, chunks_settled),
    KERA_FIELD(kera_producer_stats, chunks_failed),
    KERA_FIELD(kera_producer_stats, chunks_sent_again),
    KERA_FIELD(kera_producer_stats, duplicates),
    KERA_FIELD(kera_producer_stats, bytes_sent),
    KERA_FIELD(kera_producer_stats, frames_sent),
    KERA_FIELD(kera_producer_stats, refused_with),

    KERA_FIELD(kera_shared_area, to_loop.address),
    KERA_FIELD(kera_shared_area, to_loop.bytes),
    KERA_FIELD(kera_shared_area, from_loop.address),
    KERA_FIELD(kera_shared_area, from_loop.bytes),
    KERA_FIELD(kera_shared_area, states.address),
    KERA_FIELD(kera_shared_area, states.bytes),
    KERA_FIELD(kera_shared_area, asleep),
    KERA_FIELD(kera_shared_area, chunk_bytes_max),
    KERA_FIELD(kera_shared_area, chunk_bytes),
    KERA_FIELD(kera_shared_area, many_threads),

    KERA_FIELD(kera_shared_chunk_state, word),
    KERA_FIELD(kera_shared_chunk_state, own_times),
    KERA_FIELD(kera_shared_chunk_state, asked),
    KERA_FIELD(kera_shared_chunk_state, committed),

    KERA_FIELD(kera_shared_chunk_opened, chunk),
    KERA_FIELD(kera_shared_chunk_opened, stream),
    KERA_FIELD(kera_shared_chunk_opened, streamlet),
    KERA_FIELD(kera_shared_chunk_opened, first_timestamp_ms),

    KERA_FIELD(kera_shared_chunk_number, chunk),

    KERA_FIELD(kera_shared_chunk_wanted, bytes),

    KERA_FIELD(kera_shared_chunk_granted, chunk),
    KERA_FIELD(kera_shared_chunk_granted, region),
    KERA_FIELD(kera_shared_chunk_granted, room_bytes),
    KERA_FIELD(kera_shared_chunk_granted, address),

    KERA_FIELD(kera_shared_chunk_settled, chunk),
    KERA_FIELD(kera_shared_chunk_settled, flags),
    KERA_FIELD(kera_shared_chunk_settled, record_count),
    KERA_FIELD(kera_shared_chunk_settled, code),
    KERA_FIELD(kera_shared_chunk_settled, base_offset),
    KERA_FIELD(kera_shared_chunk_settled, append_time_ms),
    KERA_FIELD(kera_shared_chunk_settled, limit),
    KERA_FIELD(kera_shared_chunk_settled, value),
    KERA_FIELD(kera_shared_chunk_settled, what),
    KERA_FIELD(kera_shared_chunk_settled, cause),

    KERA_FIELD(kera_region_retired, region_min),

    KERA_FIELD(kera_shared_stream_grown, stream),
    KERA_FIELD(kera_shared_stream_grown, streamlets),
};

#undef KERA_FIELD

jstring describe(JNIEnv* env, jclass) {
    return env->NewStringUTF(describe_library().c_str());
}

// Fills a struct with its defaults. The numbers are those in NativeCalls.java.
enum Initialised : jint { kCoreOptions = 0, kClientOptions, kProducerOptions, kConsumerOptions };

void initialise(JNIEnv* env, jclass, jint which, jlong address, jint bytes) {
    if (refuse_null(env, address, "struct")) {
        return;
    }
    const auto size = static_cast<std::size_t>(bytes);
    switch (which) {
        case kCoreOptions:
            kera_core_options_init(pointer<kera_core_options>(address), size);
            return;
        case kClientOptions:
            kera_client_options_init(pointer<kera_client_options>(address), size);
            return;
        case kProducerOptions:
            kera_producer_options_init(pointer<kera_producer_options>(address), size);
            return;
        case kConsumerOptions:
            kera_consumer_options_init(pointer<kera_consumer_options>(address), size);
            return;
        default:
            throw_invalid(env, "struct", which);
    }
}

void set_log_level(JNIEnv*, jclass, jint level) {
    kera_set_log_level(level);
}

}  // namespace

std::string describe_library() {
    std::string text = std::string("version ") + kera_version() + "\nabi " +
                       std::to_string(kera_abi_version()) + "\n";
    for (std::int32_t code = KERA_OK; code <= KERA_INTERNAL; ++code) {
        text += "code " + std::to_string(code) + " " + kera_code_name(code) + " " +
                std::to_string(kera_code_is_retriable(code)) + "\n";
    }
    for (const Field& one : kStructs) {
        text += std::string("struct ") + one.name + " " + std::to_string(one.bytes) + "\n";
    }
    for (const Field& one : kFields) {
        text += std::string("field ") + one.name + " " + std::to_string(one.offset) + " " +
                std::to_string(one.bytes) + "\n";
    }
    return text;
}

std::span<const JNINativeMethod> library_table() {
    static const std::array table{
        native_method("describe", "()Ljava/lang/String;", &describe),
        native_method("initialise", "(IJI)V", &initialise),
        native_method("setLogLevel", "(I)V", &set_log_level),
    };
    return table;
}

}  // namespace kera::jni
