// From a refusal of the library to a Java exception. Any thread attached to the virtual machine.
// Invariant: after a call that returned true, or threw, the caller returns to Java at once.
#pragma once

#include <jni.h>

#include <cstdint>

#include "kera/kera_base.h"

namespace kera::jni {

// Finds NativeException and its constructor; false: an exception is pending.
bool load_java_error(JNIEnv* env);

// Throws what `error` says.
void throw_java_error(JNIEnv* env, const kera_error& error);

// The same for an argument that no caller of ours ever passes.
void throw_invalid(JNIEnv* env, const char* what, jlong value);

// Whether the handle or address is unusable; then an exception is pending.
bool refuse_null(JNIEnv* env, jlong address, const char* what);

template <class T>
T* pointer(jlong address) noexcept {
    // What Java keeps is an address, and a jlong is all that it can keep it in.
    return reinterpret_cast<T*>(address);  // NOLINT(performance-no-int-to-ptr)
}

inline jlong address_of(const void* pointer) noexcept {
    return static_cast<jlong>(reinterpret_cast<std::uintptr_t>(pointer));
}

}  // namespace kera::jni
