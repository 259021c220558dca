// Whether a number lies in its range. Any thread; a pure function.
#pragma once

#include <cstdint>

#include "base/result.hpp"

namespace kera {

// The error has the name of the number, the bound that it breaks, and its value.
inline Result<void> check_range(const char* what, std::int64_t value, std::int64_t least,
                                std::int64_t most) {
    if (value < least || value > most) {
        return fail(ErrorCode::invalid_argument, what, value < least ? least : most, value);
    }
    return {};
}

}  // namespace kera
