// The three messages of the shared-memory handshake, as bytes and as checked values. The client
// says what it wants; the node answers with the sizes of what it has created for the client; once
// the client has proven who it is, the node sends the table of its regions. Descriptors are sent
// beside the bytes. Any thread; plain values. Invariant: parse_*() returns nothing beyond the
// limits.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/error.hpp"
#include "base/result.hpp"

namespace kera {

inline constexpr std::uint32_t kShmMagic = 0x4D48534B;  // 'KSHM' when read as bytes
inline constexpr std::uint16_t kShmVersion = 2;
inline constexpr std::size_t kShmRegionsMax = 4;
inline constexpr std::size_t kShmHelloBytes = 32;
inline constexpr std::size_t kShmWelcomeBytes = 64;
inline constexpr std::size_t kShmRegionTableBytes = 80;
// Descriptors beside a welcome: a memory for each direction.
inline constexpr std::size_t kShmMemories = 2;
// One more than any message has, so that too many are noticed.
inline constexpr std::size_t kShmDescriptorsMax = kShmRegionsMax + 1;

struct ShmHello {
    std::uint32_t ring_bytes = 0;  // of each direction
    std::uint64_t send_bytes = 0;
};

struct ShmWelcome {
    ErrorCode code =
        ErrorCode::ok;  // otherwise the client is refused, and only limit and value mean anything
    std::int64_t limit = 0;
    std::int64_t value = 0;
    std::uint32_t ring_bytes = 0;
    std::uint64_t send_bytes = 0;
};

struct ShmRegionShape {
    std::uint64_t offset = 0;  // in its memfd
    std::uint64_t bytes = 0;
};

struct ShmRegionTable {
    std::uint32_t count = 0;
    std::array<ShmRegionShape, kShmRegionsMax> regions{};
};

std::array<std::byte, kShmHelloBytes> encode(const ShmHello& hello);
std::array<std::byte, kShmWelcomeBytes> encode(const ShmWelcome& welcome);
std::array<std::byte, kShmRegionTableBytes> encode(const ShmRegionTable& table);

Result<ShmHello> parse_shm_hello(std::span<const std::byte> bytes);
Result<ShmWelcome> parse_shm_welcome(std::span<const std::byte> bytes);
Result<ShmRegionTable> parse_shm_region_table(std::span<const std::byte> bytes);

}  // namespace kera
