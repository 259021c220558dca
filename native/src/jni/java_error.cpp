// Errors become exceptions only here. See java_error.hpp.
#include "jni/java_error.hpp"

namespace kera::jni {

namespace {

jclass exception_class = nullptr;
jmethodID exception_constructor = nullptr;

}  // namespace

bool load_java_error(JNIEnv* env) {
    jclass found = env->FindClass("io/kera/ffi/NativeException");
    if (found == nullptr) {
        return false;
    }
    exception_class = static_cast<jclass>(env->NewGlobalRef(found));
    exception_constructor =
        env->GetMethodID(exception_class, "<init>", "(ILjava/lang/String;Ljava/lang/String;JJZ)V");
    return exception_constructor != nullptr;
}

void throw_java_error(JNIEnv* env, const kera_error& error) {
    jstring name = env->NewStringUTF(kera_code_name(error.code));
    jstring what = env->NewStringUTF(error.what);
    if (name == nullptr || what == nullptr) {
        return;  // out of memory: that exception is pending
    }
    jobject thrown = env->NewObject(
        exception_class, exception_constructor, static_cast<jint>(error.code), name, what,
        static_cast<jlong>(error.limit), static_cast<jlong>(error.value),
        static_cast<jboolean>(kera_code_is_retriable(error.code) != 0 ? JNI_TRUE : JNI_FALSE));
    if (thrown != nullptr) {
        env->Throw(static_cast<jthrowable>(thrown));
    }
}

void throw_invalid(JNIEnv* env, const char* what, jlong value) {
    throw_java_error(env, {KERA_INVALID_ARGUMENT, 0, 0, value, what});
}

bool refuse_null(JNIEnv* env, jlong address, const char* what) {
    if (address == 0) {
        throw_invalid(env, what, 0);
        return true;
    }
    return false;
}

}  // namespace kera::jni
