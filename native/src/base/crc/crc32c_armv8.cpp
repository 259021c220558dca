// The ARMv8 crc32c instructions. Long inputs run in three lanes at once, as in crc32c_sse42.cpp.
// The moves over zeros are done bit by bit; a lane of a KiB saves much more time than they cost.
#if defined(__aarch64__)

#include <arm_acle.h>

#include "base/bytes.hpp"
#include "base/crc/crc32c_kernels.hpp"

#define KERA_ARMV8_CRC [[gnu::target("+crc")]]

namespace kera {

namespace {

constexpr std::size_t kLaneBytes = 1024;
constexpr std::uint32_t kOverLane = x_to(8 * kLaneBytes);

constexpr std::uint32_t multiply(std::uint32_t left, std::uint32_t right) noexcept {
    std::uint32_t product = 0;
    for (std::uint32_t bit = 0x80000000; bit != 0; bit >>= 1) {
        product ^= (left & bit) != 0 ? right : 0;
        right = times_x(right);
    }
    return product;
}

constexpr std::uint32_t kOverTwoLanes = multiply(kOverLane, kOverLane);

}  // namespace

KERA_ARMV8_CRC std::uint32_t crc32c_armv8(std::uint32_t seed, const std::byte* data,
                                          std::size_t bytes) noexcept {
    std::uint32_t crc = ~seed;
    for (; bytes >= 3 * kLaneBytes; bytes -= 3 * kLaneBytes, data += 3 * kLaneBytes) {
        std::uint32_t second = 0;
        std::uint32_t third = 0;
        for (std::size_t at = 0; at < kLaneBytes; at += 8) {
            const std::byte* const word = data + at;
            crc = __crc32cd(crc, load_le<std::uint64_t>(word));
            second = __crc32cd(second, load_le<std::uint64_t>(word + kLaneBytes));
            third = __crc32cd(third, load_le<std::uint64_t>(word + 2 * kLaneBytes));
        }
        crc = multiply(crc, kOverTwoLanes) ^ multiply(second, kOverLane) ^ third;
    }
    for (; bytes >= 8; data += 8, bytes -= 8) {
        crc = __crc32cd(crc, load_le<std::uint64_t>(data));
    }
    for (; bytes > 0; ++data, --bytes) {
        crc = __crc32cb(crc, static_cast<unsigned char>(*data));
    }
    return ~crc;
}

}  // namespace kera

#endif
