// ISA-L's crc32_iscsi: it neither inverts its start nor its result, takes an int length, and does
// not write through its pointer although the pointer is not const.
#include <isa-l/crc.h>

#include <algorithm>

#include "base/crc32c_kernels.hpp"
#include "base/units.hpp"

namespace kera {

std::uint32_t crc32c_isal(std::uint32_t seed, const std::byte* data, std::size_t bytes) noexcept {
    std::uint32_t crc = ~seed;
    while (bytes > 0) {
        const std::size_t step = std::min(bytes, 1_GiB);
        auto* const at = const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(data));
        crc = crc32_iscsi(at, static_cast<int>(step), crc);
        data += step;
        bytes -= step;
    }
    return ~crc;
}

}  // namespace kera
