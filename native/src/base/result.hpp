// A value or an Error: the return type of every function in the core that can fail. Any thread;
// owns its value. Never throws. Asking for the part that is not there is a bug, and aborts.
// KERA_TRY(expr) returns the error to the caller. KERA_TRY_ASSIGN(auto x, expr) also names the
// value.
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/check.hpp"
#include "base/error.hpp"

namespace kera {

constexpr Error fail(ErrorCode code, const char* what, std::int64_t limit = 0,
                     std::int64_t value = 0) noexcept {
    return Error{code, what, limit, value};
}

template <class T>
class [[nodiscard]] Result {
  public:
    using value_type = T;

    Result(Error error) noexcept : state_(std::in_place_index<1>, error) {
        KERA_ASSERT(error.code != ErrorCode::ok);
    }

    template <class U = T>
        requires(std::convertible_to<U, T> && !std::same_as<std::remove_cvref_t<U>, Error> &&
                 !std::same_as<std::remove_cvref_t<U>, Result>)
    Result(U&& value) noexcept : state_(std::in_place_index<0>, std::forward<U>(value)) {}

    bool ok() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return ok(); }

    T& value() & noexcept { return checked(); }
    const T& value() const& noexcept { return const_cast<Result*>(this)->checked(); }
    T&& value() && noexcept { return std::move(checked()); }

    T& operator*() & noexcept { return checked(); }
    const T& operator*() const& noexcept { return const_cast<Result*>(this)->checked(); }
    T&& operator*() && noexcept { return std::move(checked()); }
    T* operator->() noexcept { return &checked(); }
    const T* operator->() const noexcept { return &const_cast<Result*>(this)->checked(); }

    const Error& error() const noexcept {
        const Error* error = std::get_if<1>(&state_);
        KERA_ASSERT(error != nullptr);
        return *error;
    }

  private:
    T& checked() noexcept {
        T* value = std::get_if<0>(&state_);
        KERA_ASSERT(value != nullptr, error().code);
        return *value;
    }

    std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
  public:
    using value_type = void;

    constexpr Result() noexcept = default;
    Result(Error error) noexcept : error_(error) { KERA_ASSERT(error.code != ErrorCode::ok); }

    bool ok() const noexcept { return error_.code == ErrorCode::ok; }
    explicit operator bool() const noexcept { return ok(); }
    void value() const noexcept { KERA_ASSERT(ok(), error_.code); }

    const Error& error() const noexcept {
        KERA_ASSERT(!ok());
        return error_;
    }

  private:
    Error error_{ErrorCode::ok, "", 0, 0};
};

}  // namespace kera

#define KERA_JOIN_EXPANDED(left, right) left##right
#define KERA_JOIN(left, right) KERA_JOIN_EXPANDED(left, right)

#define KERA_TRY_NAMED(name, ...)      \
    do {                               \
        auto name = (__VA_ARGS__);     \
        if (!name.ok()) [[unlikely]] { \
            return name.error();       \
        }                              \
    } while (false)
#define KERA_TRY(...) KERA_TRY_NAMED(KERA_JOIN(kera_try_, __COUNTER__), __VA_ARGS__)

#define KERA_TRY_ASSIGN_NAMED(name, declaration, ...) \
    auto name = (__VA_ARGS__);                        \
    if (!name.ok()) [[unlikely]] {                    \
        return name.error();                          \
    }                                                 \
    declaration = std::move(name).value()
#define KERA_TRY_ASSIGN(declaration, ...) \
    KERA_TRY_ASSIGN_NAMED(KERA_JOIN(kera_try_, __COUNTER__), declaration, __VA_ARGS__)
