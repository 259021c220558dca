// Reading for Java: the choice of streamlets, and many batches with one call.
#include <array>

#include "jni/java_error.hpp"
#include "jni/native_table.hpp"
#include "kera/kera_consumer.h"

namespace kera::jni {

namespace {

jlong open_consumer(JNIEnv* env, jclass, jlong client, jlong options) {
    kera_consumer* consumer = nullptr;
    kera_error error{};
    if (kera_consumer_open(pointer<kera_client>(client),
                           pointer<const kera_consumer_options>(options), &consumer,
                           &error) != KERA_OK) {
        throw_java_error(env, error);
    }
    return address_of(consumer);
}

// The numbers are those in NativeCalls.java.
enum ConsumerVerb : jint { kAssign = 0, kUnassign, kSeek, kPause, kResume, kAssignStream };

void steer_consumer(JNIEnv* env, jclass, jlong handle, jint verb, jlong stream, jint streamlet,
                    jint start, jlong value) {
    auto* const consumer = pointer<kera_consumer>(handle);
    kera_error error{};
    std::int32_t code = KERA_OK;
    switch (verb) {
        case kAssign:
            code = kera_consumer_assign(consumer, stream, streamlet, start, value, &error);
            break;
        case kUnassign:
            code = kera_consumer_unassign(consumer, stream, streamlet, &error);
            break;
        case kSeek:
            code = kera_consumer_seek(consumer, stream, streamlet, start, value, &error);
            break;
        case kPause:
            code = kera_consumer_pause(consumer, stream, streamlet, &error);
            break;
        case kResume:
            code = kera_consumer_resume(consumer, stream, streamlet, &error);
            break;
        case kAssignStream:
            code = kera_consumer_assign_stream(consumer, stream, streamlet, start, value, &error);
            break;
        default:
            throw_invalid(env, "consumer_verb", verb);
            return;
    }
    if (code != KERA_OK) {
        throw_java_error(env, error);
    }
}

jint streamlets_of_consumer(JNIEnv*, jclass, jlong handle, jlong stream) {
    return kera_consumer_streamlets(pointer<const kera_consumer>(handle), stream);
}

// Gives back the batches at that address, fills them again, and returns how many were filled.
jint poll_consumer(JNIEnv* env, jclass, jlong handle, jlong batches, jint capacity,
                   jlong timeout_ns) {
    std::uint32_t count = 0;
    kera_error error{};
    if (kera_consumer_poll_many(pointer<kera_consumer>(handle), timeout_ns,
                                pointer<kera_batch>(batches), static_cast<std::uint32_t>(capacity),
                                &count, &error) != KERA_OK) {
        throw_java_error(env, error);
    }
    return static_cast<jint>(count);
}

void end_waiting_of_consumer(JNIEnv*, jclass, jlong handle) {
    kera_consumer_end_waiting(pointer<kera_consumer>(handle));
}

void close_consumer(JNIEnv*, jclass, jlong handle) {
    kera_consumer_close(pointer<kera_consumer>(handle));
}

}  // namespace

std::span<const JNINativeMethod> consumer_table() {
    static const std::array table{
        native_method("openConsumer", "(JJ)J", &open_consumer),
        native_method("steerConsumer", "(JIJIIJ)V", &steer_consumer),
        native_method("streamletsOfConsumer", "(JJ)I", &streamlets_of_consumer),
        native_method("pollConsumer", "(JJIJ)I", &poll_consumer),
        native_method("endWaitingOfConsumer", "(J)V", &end_waiting_of_consumer),
        native_method("closeConsumer", "(J)V", &close_consumer),
    };
    return table;
}

}  // namespace kera::jni
