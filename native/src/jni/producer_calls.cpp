// Producers for Java.
#include <array>

#include "jni/java_error.hpp"
#include "jni/native_table.hpp"
#include "kera/kera_shared_producer.h"

namespace kera::jni {

namespace {

// Writes a kera_shared_area.
jlong open_producer(JNIEnv* env, jclass, jlong client, jlong options, jlong area,
                    jlong timeout_ns) {
    kera_shared_producer* producer = nullptr;
    kera_error error{};
    if (kera_shared_producer_open(pointer<kera_client>(client),
                                  pointer<const kera_producer_options>(options), timeout_ns,
                                  &producer, pointer<kera_shared_area>(area), &error) != KERA_OK) {
        throw_java_error(env, error);
    }
    return address_of(producer);
}

jint attach_stream(JNIEnv* env, jclass, jlong handle, jlong stream, jint streamlets) {
    std::uint32_t attached = 0;
    kera_error error{};
    if (kera_shared_producer_attach(pointer<kera_shared_producer>(handle), stream, streamlets,
                                    &attached, &error) != KERA_OK) {
        throw_java_error(env, error);
    }
    return static_cast<jint>(attached);
}

void flush_producer(JNIEnv* env, jclass, jlong handle, jlong timeout_ns) {
    kera_error error{};
    if (kera_shared_producer_flush(pointer<kera_shared_producer>(handle), timeout_ns, &error) !=
        KERA_OK) {
        throw_java_error(env, error);
    }
}

void await_producer(JNIEnv*, jclass, jlong handle, jlong messages, jlong asked, jlong timeout_ns) {
    kera_shared_producer_await(pointer<kera_shared_producer>(handle), messages, asked, timeout_ns);
}

// Writes a kera_producer_stats; its struct_bytes is already set.
void read_stats(JNIEnv*, jclass, jlong handle, jlong stats) {
    kera_shared_producer_get_stats(pointer<const kera_shared_producer>(handle),
                                   pointer<kera_producer_stats>(stats));
}

void close_producer(JNIEnv*, jclass, jlong handle) {
    kera_shared_producer_close(pointer<kera_shared_producer>(handle));
}

void recover_streamlet(JNIEnv* env, jclass, jlong handle, jint stream, jint streamlet) {
    kera_error error{};
    if (kera_shared_producer_recover(pointer<kera_shared_producer>(handle),
                                     static_cast<std::uint32_t>(stream), streamlet,
                                     &error) != KERA_OK) {
        throw_java_error(env, error);
    }
}

}  // namespace

std::span<const JNINativeMethod> producer_table() {
    static const std::array table{
        native_method("openProducer", "(JJJJ)J", &open_producer),
        native_method("attachStream", "(JJI)I", &attach_stream),
        native_method("flushProducer", "(JJ)V", &flush_producer),
        native_method("recoverStreamlet", "(JII)V", &recover_streamlet),
        native_method("awaitProducer", "(JJJJ)V", &await_producer),
        native_method("readStats", "(JJ)V", &read_stats),
        native_method("closeProducer", "(J)V", &close_producer),
    };
    return table;
}

}  // namespace kera::jni
