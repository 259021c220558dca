// Makes a Java exception of an error of the library. Any thread attached to the virtual machine.
// Invariant: when a call here returned true or threw, the caller returns to Java at once.
#pragma once

#include <jni.h>

#include <cstdint>

#include "kera/kera_base.h"

namespace kera::jni {

// Finds NativeException and its constructor. False: an exception is pending.
bool load_java_error(JNIEnv* env);

// Throws a NativeException with the fields of `error`.
void throw_java_error(JNIEnv* env, const kera_error& error);

// The same for an argument that our own Java code never passes.
void throw_invalid(JNIEnv* env, const char* what, jlong value);

// True when the handle or address is 0. Then an exception is pending.
bool refuse_null(JNIEnv* env, jlong address, const char* what);

template <class T>
T* pointer(jlong address) noexcept {
    // Java keeps an address, and a jlong is the only type for it.
    return reinterpret_cast<T*>(address);  // NOLINT(performance-no-int-to-ptr)
}

inline jlong address_of(const void* pointer) noexcept {
    return static_cast<jlong>(reinterpret_cast<std::uintptr_t>(pointer));
}

}  // namespace kera::jni
