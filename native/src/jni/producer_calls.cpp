// Writing for Java.
#include <array>

#include "jni/java_error.hpp"
#include "jni/native_table.hpp"
#include "kera/kera_producer.h"

namespace kera::jni {

namespace {

jlong open_producer(JNIEnv* env, jclass, jlong client, jlong options, jlong timeout_ns) {
    kera_producer* producer = nullptr;
    kera_error error{};
    if (kera_producer_open(pointer<kera_client>(client),
                           pointer<const kera_producer_options>(options), timeout_ns, &producer,
                           &error) != KERA_OK) {
        throw_java_error(env, error);
    }
    return address_of(producer);
}

jint attach_stream(JNIEnv* env, jclass, jlong handle, jlong stream, jint streamlets) {
    std::uint32_t attached = 0;
    kera_error error{};
    if (kera_producer_attach(pointer<kera_producer>(handle), stream, streamlets, &attached,
                             &error) != KERA_OK) {
        throw_java_error(env, error);
    }
    return static_cast<jint>(attached);
}

void flush_producer(JNIEnv* env, jclass, jlong handle, jlong timeout_ns) {
    kera_error error{};
    if (kera_producer_flush(pointer<kera_producer>(handle), timeout_ns, &error) != KERA_OK) {
        throw_java_error(env, error);
    }
}

void close_producer(JNIEnv* env, jclass, jlong handle, jlong timeout_ns) {
    kera_error error{};
    if (kera_producer_close(pointer<kera_producer>(handle), timeout_ns, &error) != KERA_OK) {
        throw_java_error(env, error);
    }
}

void recover_streamlet(JNIEnv* env, jclass, jlong handle, jint stream, jint streamlet) {
    kera_error error{};
    if (kera_producer_recover(pointer<kera_producer>(handle), static_cast<std::uint32_t>(stream),
                              streamlet, &error) != KERA_OK) {
        throw_java_error(env, error);
    }
}

}  // namespace

std::span<const JNINativeMethod> producer_table() {
    static const std::array table{
        native_method("openProducer", "(JJJ)J", &open_producer),
        native_method("attachStream", "(JJI)I", &attach_stream),
        native_method("flushProducer", "(JJ)V", &flush_producer),
        native_method("recoverStreamlet", "(JII)V", &recover_streamlet),
        native_method("closeProducer", "(JJ)V", &close_producer),
    };
    return table;
}

}  // namespace kera::jni
