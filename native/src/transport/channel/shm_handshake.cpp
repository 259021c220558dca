#include "transport/channel/shm_handshake.hpp"

#include "base/bytes.hpp"
#include "base/units.hpp"
#include "transport/channel/shm_layout.hpp"

namespace kera {

namespace {

constexpr std::uint64_t kRegionBytesMax = 1ULL << 46;

Result<void> check_opening(std::span<const std::byte> bytes, std::size_t expected_bytes) {
    if (bytes.size() != expected_bytes) {
        return fail(ErrorCode::malformed, "handshake_bytes",
                    static_cast<std::int64_t>(expected_bytes),
                    static_cast<std::int64_t>(bytes.size()));
    }
    const auto magic = load_le<std::uint32_t>(bytes.data());
    if (magic != kShmMagic) {
        return fail(ErrorCode::malformed, "handshake_magic", kShmMagic, magic);
    }
    const auto version = load_le<std::uint16_t>(bytes.data() + 4);
    if (version != kShmVersion) {
        return fail(ErrorCode::unsupported, "handshake_version", kShmVersion, version);
    }
    return {};
}

Result<void> check_ring_bytes(std::uint32_t ring_bytes) {
    if (ring_bytes < kShmRingBytesMin || !is_power_of_two(ring_bytes)) {
        return fail(ErrorCode::invalid_argument, "ring_bytes", kShmRingBytesMin, ring_bytes);
    }
    if (ring_bytes > kShmRingBytesMax) {
        return fail(ErrorCode::invalid_argument, "ring_bytes", kShmRingBytesMax, ring_bytes);
    }
    return {};
}

Result<void> check_send_bytes(std::uint64_t send_bytes) {
    constexpr std::uint64_t kSendBytesMax = 1ULL << 40;
    if (send_bytes > kSendBytesMax || !is_aligned(send_bytes, 8U)) {
        return fail(ErrorCode::invalid_argument, "send_bytes",
                    static_cast<std::int64_t>(kSendBytesMax),
                    static_cast<std::int64_t>(send_bytes & ~(1ULL << 63)));
    }
    return {};
}

}  // namespace

std::array<std::byte, kShmHelloBytes> encode(const ShmHello& hello) {
    std::array<std::byte, kShmHelloBytes> bytes{};
    store_le(bytes.data(), kShmMagic);
    store_le(bytes.data() + 4, kShmVersion);
    store_le(bytes.data() + 8, hello.ring_bytes);
    store_le(bytes.data() + 16, hello.send_bytes);
    return bytes;
}

Result<ShmHello> parse_shm_hello(std::span<const std::byte> bytes) {
    KERA_TRY(check_opening(bytes, kShmHelloBytes));
    ShmHello hello;
    hello.ring_bytes = load_le<std::uint32_t>(bytes.data() + 8);
    hello.send_bytes = load_le<std::uint64_t>(bytes.data() + 16);
    KERA_TRY(check_ring_bytes(hello.ring_bytes));
    KERA_TRY(check_send_bytes(hello.send_bytes));
    return hello;
}

std::array<std::byte, kShmWelcomeBytes> encode(const ShmWelcome& welcome) {
    std::array<std::byte, kShmWelcomeBytes> bytes{};
    store_le(bytes.data(), kShmMagic);
    store_le(bytes.data() + 4, kShmVersion);
    store_le(bytes.data() + 6, welcome.code);
    store_le(bytes.data() + 8, welcome.limit);
    store_le(bytes.data() + 16, welcome.value);
    store_le(bytes.data() + 24, welcome.ring_bytes);
    store_le(bytes.data() + 32, welcome.send_bytes);
    return bytes;
}

Result<ShmWelcome> parse_shm_welcome(std::span<const std::byte> bytes) {
    KERA_TRY(check_opening(bytes, kShmWelcomeBytes));
    const auto code = load_le<std::uint16_t>(bytes.data() + 6);
    if (code > kErrorCodeMax) {
        return fail(ErrorCode::malformed, "handshake_code", kErrorCodeMax, code);
    }
    ShmWelcome welcome;
    welcome.code = static_cast<ErrorCode>(code);
    welcome.limit = load_le<std::int64_t>(bytes.data() + 8);
    welcome.value = load_le<std::int64_t>(bytes.data() + 16);
    if (welcome.code != ErrorCode::ok) {
        return welcome;
    }
    welcome.ring_bytes = load_le<std::uint32_t>(bytes.data() + 24);
    welcome.send_bytes = load_le<std::uint64_t>(bytes.data() + 32);
    KERA_TRY(check_ring_bytes(welcome.ring_bytes));
    KERA_TRY(check_send_bytes(welcome.send_bytes));
    return welcome;
}

std::array<std::byte, kShmRegionTableBytes> encode(const ShmRegionTable& table) {
    std::array<std::byte, kShmRegionTableBytes> bytes{};
    store_le(bytes.data(), kShmMagic);
    store_le(bytes.data() + 4, kShmVersion);
    store_le(bytes.data() + 8, table.count);
    for (std::size_t index = 0; index < kShmRegionsMax; ++index) {
        store_le(bytes.data() + 16 + 16 * index, table.regions[index].offset);
        store_le(bytes.data() + 24 + 16 * index, table.regions[index].bytes);
    }
    return bytes;
}

Result<ShmRegionTable> parse_shm_region_table(std::span<const std::byte> bytes) {
    KERA_TRY(check_opening(bytes, kShmRegionTableBytes));
    ShmRegionTable table;
    table.count = load_le<std::uint32_t>(bytes.data() + 8);
    if (table.count == 0 || table.count > kShmRegionsMax) {
        return fail(ErrorCode::malformed, "handshake_regions", kShmRegionsMax, table.count);
    }
    for (std::size_t index = 0; index < table.count; ++index) {
        ShmRegionShape& region = table.regions[index];
        region.offset = load_le<std::uint64_t>(bytes.data() + 16 + 16 * index);
        region.bytes = load_le<std::uint64_t>(bytes.data() + 24 + 16 * index);
        if (region.bytes == 0 || region.bytes > kRegionBytesMax ||
            region.offset > kRegionBytesMax || !is_aligned(region.offset, 4096U)) {
            return fail(ErrorCode::malformed, "handshake_region", 0,
                        static_cast<std::int64_t>(index));
        }
    }
    return table;
}

}  // namespace kera
