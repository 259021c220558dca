#include "ring/ring_layout.hpp"

#include "base/units.hpp"

namespace kera {

Result<RingLayout> RingLayout::over(std::span<std::byte> buffer) {
    const auto bytes = static_cast<std::int64_t>(buffer.size());
    const std::size_t data_bytes =
        buffer.size() > kRingTrailerBytes ? buffer.size() - kRingTrailerBytes : 0;
    if (!is_power_of_two(data_bytes) || data_bytes < kRingDataBytesMin ||
        data_bytes > kRingDataBytesMax) {
        return fail(ErrorCode::invalid_argument, "ring_bytes",
                    static_cast<std::int64_t>(ring_buffer_bytes(kRingDataBytesMax)), bytes);
    }
    if (!is_aligned(reinterpret_cast<std::uintptr_t>(buffer.data()),
                    std::uintptr_t{kRingAlignment})) {
        return fail(ErrorCode::invalid_argument, "ring_alignment", kRingAlignment, 0);
    }
    std::byte* const trailer = buffer.data() + data_bytes;
    return RingLayout{.data = buffer.data(),
                      .data_bytes = static_cast<std::int32_t>(data_bytes),
                      .tail = trailer + kRingTailOffset,
                      .head_cache = trailer + kRingHeadCacheOffset,
                      .head = trailer + kRingHeadOffset,
                      .correlation = trailer + kRingCorrelationOffset,
                      .heartbeat = trailer + kRingHeartbeatOffset};
}

}  // namespace kera
