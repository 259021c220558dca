// Slicing by eight: one table look-up per byte, in groups of eight independent look-ups.
#include <array>

#include "base/bytes.hpp"
#include "base/crc/crc32c_kernels.hpp"

namespace kera {

namespace {

using SlicingTables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr SlicingTables make_slicing_tables() noexcept {
    SlicingTables tables{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t crc = byte;
        for (int bit = 0; bit < 8; ++bit) {
            crc = times_x(crc);
        }
        tables[0][byte] = crc;
    }
    for (std::size_t slice = 1; slice < tables.size(); ++slice) {
        for (std::size_t byte = 0; byte < 256; ++byte) {
            const std::uint32_t before = tables[slice - 1][byte];
            tables[slice][byte] = (before >> 8) ^ tables[0][before & 0xFF];
        }
    }
    return tables;
}

constexpr SlicingTables kTables = make_slicing_tables();

}  // namespace

std::uint32_t crc32c_portable(std::uint32_t seed, const std::byte* data,
                              std::size_t bytes) noexcept {
    std::uint32_t crc = ~seed;
    for (; bytes >= 8; data += 8, bytes -= 8) {
        const std::uint64_t word = load_le<std::uint64_t>(data) ^ crc;
        crc = kTables[7][word & 0xFF] ^ kTables[6][(word >> 8) & 0xFF] ^
              kTables[5][(word >> 16) & 0xFF] ^ kTables[4][(word >> 24) & 0xFF] ^
              kTables[3][(word >> 32) & 0xFF] ^ kTables[2][(word >> 40) & 0xFF] ^
              kTables[1][(word >> 48) & 0xFF] ^ kTables[0][word >> 56];
    }
    for (; bytes > 0; ++data, --bytes) {
        crc = (crc >> 8) ^ kTables[0][(crc ^ static_cast<std::uint32_t>(*data)) & 0xFF];
    }
    return ~crc;
}

}  // namespace kera
