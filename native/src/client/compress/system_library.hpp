// A library of the system that is loaded when somebody first wants it, so that libkera works where
// it is missing. Any thread. It stays loaded until the process ends.
#pragma once

#include <dlfcn.h>

namespace kera {

class SystemLibrary {
  public:
    explicit SystemLibrary(const char* file) noexcept
        : library_(::dlopen(file, RTLD_NOW | RTLD_LOCAL)) {}

    // Null where the library or the function is missing.
    template <class Function>
    Function find(const char* name) const noexcept {
        return library_ == nullptr ? nullptr : reinterpret_cast<Function>(::dlsym(library_, name));
    }

  private:
    void* library_;
};

}  // namespace kera
