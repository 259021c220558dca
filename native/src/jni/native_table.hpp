// The functions that Java may call, one table per source. Set-up only.
#pragma once

#include <jni.h>

#include <span>

namespace kera::jni {

std::span<const JNINativeMethod> library_table();
std::span<const JNINativeMethod> core_table();
std::span<const JNINativeMethod> client_table();
std::span<const JNINativeMethod> producer_table();
std::span<const JNINativeMethod> consumer_table();
std::span<const JNINativeMethod> service_table();

// The fields of JNINativeMethod are not const, so the casts are needed.
template <class Function>
JNINativeMethod native_method(const char* name, const char* signature, Function* function) {
    return {const_cast<char*>(name), const_cast<char*>(signature),
            reinterpret_cast<void*>(function)};
}

}  // namespace kera::jni
