// Assertions that are always on, for conditions that only a bug can break. Expected failures are a
// Result (result.hpp). Any thread. KERA_ASSERT(cond, a, b) prints the expression, the place and `a,
// b = 1, 2`, then aborts. The failure path is not inlined, so an assertion costs one predicted
// branch.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <type_traits>

namespace kera {

[[noreturn, gnu::cold, gnu::noinline]] void assertion_failed(
    const char* expression, const char* file, int line, const char* names,
    std::initializer_list<std::int64_t> values) noexcept;

template <class T>
constexpr std::int64_t assertion_value(const T& value) noexcept {
    if constexpr (requires { value.value(); }) {
        return static_cast<std::int64_t>(value.value());
    } else if constexpr (std::is_pointer_v<T>) {
        return static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(value));
    } else {
        return static_cast<std::int64_t>(value);
    }
}

// Inlined and by value, so that variables named in an assertion can stay in registers.
template <class... Values>
[[noreturn, gnu::always_inline]] inline void assertion_failed_with(const char* expression,
                                                                   const char* file, int line,
                                                                   const char* names,
                                                                   Values... values) noexcept {
    assertion_failed(expression, file, line, names, {assertion_value(values)...});
}

}  // namespace kera

#define KERA_ASSERT(cond, ...)                                                                     \
    do {                                                                                           \
        if (!(cond)) [[unlikely]] {                                                                \
            ::kera::assertion_failed_with(#cond, __FILE__, __LINE__,                               \
                                          "" __VA_OPT__(#__VA_ARGS__) __VA_OPT__(, ) __VA_ARGS__); \
        }                                                                                          \
    } while (false)
