// The broker core for Java: opens it, runs it, reads its texts and memory regions.
#include <array>

#include "jni/java_error.hpp"
#include "jni/native_table.hpp"
#include "kera/kera_core.h"

namespace kera::jni {

namespace {

jlong open_core(JNIEnv* env, jclass, jlong options) {
    kera_core* core = nullptr;
    kera_error error{};
    if (refuse_null(env, options, "options")) {
        return 0;
    }
    if (kera_core_open(pointer<const kera_core_options>(options), &core, &error) != KERA_OK) {
        throw_java_error(env, error);
    }
    return address_of(core);
}

// The numbers are those in NativeCalls.java.
enum CoreVerb : jint {
    kCoreStart = 0,
    kCoreStop,
    kCoreClose,
    kCorePoll,
    kCoreDrain,
    kCoreIsSettled,
    kCoreControlWake,
    kCoreControlAlert
};

jint run_core(JNIEnv* env, jclass, jlong handle, jint verb) {
    if (refuse_null(env, handle, "core")) {
        return 0;
    }
    auto* const core = pointer<kera_core>(handle);
    switch (verb) {
        case kCoreStart: {
            kera_error error{};
            if (kera_core_start(core, &error) != KERA_OK) {
                throw_java_error(env, error);
            }
            return 0;
        }
        case kCoreStop:
            kera_core_stop(core);
            return 0;
        case kCoreClose:
            kera_core_close(core);
            return 0;
        case kCorePoll:
            return kera_core_poll(core);
        case kCoreDrain:
            kera_core_drain(core);
            return 0;
        case kCoreIsSettled:
            return kera_core_is_settled(core);
        case kCoreControlWake:
            kera_core_control_wake(core);
            return 0;
        case kCoreControlAlert:
            kera_core_control_alert(core);
            return 0;
        default:
            throw_invalid(env, "core_verb", verb);
            return 0;
    }
}

void await_control(JNIEnv* env, jclass, jlong handle, jlong timeout_ns) {
    if (!refuse_null(env, handle, "core")) {
        kera_core_control_await(pointer<kera_core>(handle), timeout_ns);
    }
}

// Index -1: the line about memory. Else an endpoint, null beyond the last one.
jstring core_text(JNIEnv* env, jclass, jlong handle, jint index) {
    if (refuse_null(env, handle, "core")) {
        return nullptr;
    }
    auto* const core = pointer<kera_core>(handle);
    const char* const text = index < 0
                                 ? kera_core_memory(core)
                                 : kera_core_endpoint(core, static_cast<std::uint32_t>(index));
    return text == nullptr ? nullptr : env->NewStringUTF(text);
}

// Writes a kera_memory: 0 control to core, 1 control from core, 2 the counters' metadata, 3 their
// values.
void core_memory(JNIEnv* env, jclass, jlong handle, jint which, jlong out) {
    if (refuse_null(env, handle, "core") || refuse_null(env, out, "memory")) {
        return;
    }
    constexpr std::array kRegions{kera_core_control_to_core, kera_core_control_from_core,
                                  kera_core_counters_metadata, kera_core_counters_values};
    if (which < 0 || static_cast<std::size_t>(which) >= kRegions.size()) {
        throw_invalid(env, "core_memory", which);
        return;
    }
    *pointer<kera_memory>(out) =
        kRegions[static_cast<std::size_t>(which)](pointer<const kera_core>(handle));
}

}  // namespace

std::span<const JNINativeMethod> core_table() {
    static const std::array table{
        native_method("openCore", "(J)J", &open_core),
        native_method("runCore", "(JI)I", &run_core),
        native_method("awaitControl", "(JJ)V", &await_control),
        native_method("coreText", "(JI)Ljava/lang/String;", &core_text),
        native_method("coreMemory", "(JIJ)V", &core_memory),
    };
    return table;
}

}  // namespace kera::jni
