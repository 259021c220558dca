// Blocks in files that begin with a CRC-32C of the rest of the block. Any thread; stateless. For
// wire's sources.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/crc/crc32c.hpp"
#include "base/result.hpp"

namespace kera {

inline constexpr std::size_t kSealBytes = sizeof(std::uint32_t);

inline void seal(MutableBytes block) noexcept {
    store_le(block.data(), crc32c(0, block.data() + kSealBytes, block.size() - kSealBytes));
}

// Checks that `bytes` starts with a whole block of `block_bytes`.
inline Result<void> check_seal(Bytes bytes, std::size_t block_bytes, const char* what) {
    if (bytes.size() < block_bytes) {
        return fail(ErrorCode::malformed, what, static_cast<std::int64_t>(block_bytes),
                    static_cast<std::int64_t>(bytes.size()));
    }
    const auto stored = load_le<std::uint32_t>(bytes.data());
    const std::uint32_t actual = crc32c(0, bytes.data() + kSealBytes, block_bytes - kSealBytes);
    if (stored != actual) {
        return fail(ErrorCode::bad_checksum, what, stored, actual);
    }
    return {};
}

}  // namespace kera
