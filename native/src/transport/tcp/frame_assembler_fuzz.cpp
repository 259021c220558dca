// Whatever bytes arrive, in whatever pieces: no frame is longer than allowed, none is made up, and
// what comes out is what went in. Input: the limit's choice, a seed for the cuts, then the stream.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "base/random.hpp"
#include "transport/tcp/frame_assembler.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace kera;
    if (size < 2) {
        return 0;
    }
    const std::uint32_t limit = (data[0] & 1) != 0 ? 4096 : 1024 * 1024;
    Random random(data[1]);
    std::span<const std::byte> left = std::as_bytes(std::span(data, size)).subspan(2);
    std::span<const std::byte> expected = left;
    MessageBufferPool pool(16ULL * 1024 * 1024, 1024 * 1024);
    FrameAssembler assembler(pool, limit);
    std::vector<Inbound> held;
    while (!left.empty()) {
        const std::span<std::byte> room = assembler.free_bytes();
        KERA_ASSERT(!room.empty());
        const std::size_t count =
            std::min({room.size(), left.size(), std::size_t{1} + random.below(5000)});
        copy_bytes(room.data(), left.data(), count);
        assembler.arrived(static_cast<std::uint32_t>(count));
        left = left.subspan(count);
        for (;;) {
            auto frame = assembler.next();
            if (!frame.ok()) {
                return 0;
            }
            if (!frame->has_value()) {
                break;
            }
            const Fragment bytes = (*frame)->head();
            KERA_ASSERT(bytes.size() <= limit && bytes.size() <= expected.size(), bytes.size());
            KERA_ASSERT(equal_bytes(bytes.data(), expected.data(), bytes.size()));
            expected = expected.subspan(bytes.size());
            if (random.chance(0.3) && held.size() < 8) {
                held.push_back(std::move(**frame));
            }
        }
        if (random.chance(0.1)) {
            held.clear();
            assembler.drop_empty_buffer();
        }
    }
    return 0;
}
