// The check of a frame's announced length, which every transport makes before it uses the length.
// Any thread; a plain function.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "base/units.hpp"
#include "wire/frame/frame.hpp"

namespace kera {

inline Result<void> check_frame_length(std::uint32_t frame_bytes, std::uint32_t frame_bytes_max) {
    if (frame_bytes > frame_bytes_max) [[unlikely]] {
        return fail(ErrorCode::frame_too_large, "frame_bytes", frame_bytes_max, frame_bytes);
    }
    if (frame_bytes < kFrameHeaderBytes) [[unlikely]] {
        return fail(ErrorCode::malformed, "frame_bytes", kFrameHeaderBytes, frame_bytes);
    }
    if (!is_aligned(frame_bytes, kFrameAlignment)) [[unlikely]] {
        return fail(ErrorCode::malformed, "frame_bytes_unaligned", kFrameAlignment, frame_bytes);
    }
    return {};
}

}  // namespace kera
