// The error for an errno of a file operation. Any thread; a plain function.
#pragma once

#include <cerrno>

#include "base/error.hpp"
#include "base/result.hpp"

namespace kera {

// A full disk may pass: space is freed. After every other error the disk cannot be trusted.
inline Error disk_error(const char* what, int code) {
    const bool full = code == ENOSPC || code == EDQUOT;
    return fail(full ? ErrorCode::disk_full : ErrorCode::disk_failed, what, 0, code);
}

}  // namespace kera
