// Called by the virtual machine when it loads the library. Registers every table, or refuses to
// load.
#include <jni.h>

#include <array>

#include "jni/java_error.hpp"
#include "jni/native_table.hpp"

extern "C" JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM* machine, void* reserved) {
    static_cast<void>(reserved);
    constexpr jint kVersion = JNI_VERSION_10;
    void* environment = nullptr;
    if (machine->GetEnv(&environment, kVersion) != JNI_OK) {
        return JNI_ERR;
    }
    auto* env = static_cast<JNIEnv*>(environment);
    jclass calls = env->FindClass("io/kera/ffi/NativeCalls");
    if (calls == nullptr || !kera::jni::load_java_error(env)) {
        return JNI_ERR;
    }
    const std::array tables{kera::jni::library_table(),  kera::jni::core_table(),
                            kera::jni::client_table(),   kera::jni::producer_table(),
                            kera::jni::consumer_table(), kera::jni::service_table()};
    for (const auto& table : tables) {
        if (env->RegisterNatives(calls, table.data(), static_cast<jint>(table.size())) != JNI_OK) {
            return JNI_ERR;
        }
    }
    return kVersion;
}
