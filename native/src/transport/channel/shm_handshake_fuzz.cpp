// The three messages of the shared-memory handshake: whatever bytes come, what is accepted is
// within limits and is written back as it was read. Input: the choice of message, then its bytes.
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.hpp"
#include "transport/channel/shm_handshake.hpp"
#include "transport/channel/shm_layout.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace kera;
    if (size < 1) {
        return 0;
    }
    const std::span<const std::byte> bytes = std::as_bytes(std::span(data, size)).subspan(1);
    if (data[0] % 3 == 0) {
        const auto hello = parse_shm_hello(bytes);
        if (hello.ok()) {
            KERA_ASSERT(hello->ring_bytes >= kShmRingBytesMin &&
                        hello->ring_bytes <= kShmRingBytesMax);
            const ShmHello again = parse_shm_hello(encode(*hello)).value();
            KERA_ASSERT(again.ring_bytes == hello->ring_bytes &&
                        again.send_bytes == hello->send_bytes);
            const ShmLayout layout{hello->ring_bytes, hello->send_bytes};
            KERA_ASSERT(layout.memory_bytes() >= layout.send_at() + hello->send_bytes &&
                        is_aligned(layout.memory_bytes(), 4096U));
        }
        return 0;
    }
    if (data[0] % 3 == 1) {
        const auto welcome = parse_shm_welcome(bytes);
        if (welcome.ok()) {
            const ShmWelcome again = parse_shm_welcome(encode(*welcome)).value();
            KERA_ASSERT(again.code == welcome->code && again.ring_bytes == welcome->ring_bytes &&
                        again.send_bytes == welcome->send_bytes && again.limit == welcome->limit);
        }
        return 0;
    }
    const auto table = parse_shm_region_table(bytes);
    if (table.ok()) {
        KERA_ASSERT(table->count >= 1 && table->count <= kShmRegionsMax);
        const ShmRegionTable again = parse_shm_region_table(encode(*table)).value();
        KERA_ASSERT(again.count == table->count &&
                    again.regions[0].bytes == table->regions[0].bytes);
    }
    return 0;
}
