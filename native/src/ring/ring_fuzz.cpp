// Whatever bytes lie in a ring, and wherever the reader starts: reading ends, returns only bytes of
// the ring, and never goes back.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "ring/mpsc_ring.hpp"
#include "ring/spsc_ring.hpp"

namespace {

constexpr std::size_t kDataBytes = 256;

// Touches every byte, so that AddressSanitizer judges each of them.
class CheckingReader {
  public:
    explicit CheckingReader(const std::byte* data) : data_(data) {}

    void operator()(std::int32_t type, std::span<const std::byte> message) {
        KERA_ASSERT(type >= 1, type);
        KERA_ASSERT(message.data() >= data_ + kera::kRingHeaderBytes);
        KERA_ASSERT(message.data() + message.size() <= data_ + kDataBytes);
        for (const std::byte byte : message) {
            sum_ = sum_ + static_cast<unsigned>(byte);
        }
    }

  private:
    const std::byte* data_;
    volatile unsigned sum_ = 0;
};

template <class Ring>
void read_all(Ring& ring, const std::byte* data) {
    CheckingReader reader(data);
    std::int64_t before = ring.head() - 1;
    while (ring.head() > before && ring.head() < std::int64_t{3 * kDataBytes}) {
        before = ring.head();
        if (!ring.read(reader, 4).ok()) {
            KERA_ASSERT(!ring.read(reader).ok());
            return;
        }
    }
}

}  // namespace

// The first byte says which ring and where its head is, in steps of 8; the rest is its data.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t length) {
    if (length == 0) {
        return 0;
    }
    alignas(8) std::array<std::byte, kera::ring_buffer_bytes(kDataBytes)> buffer{};
    const kera::RingLayout layout = kera::RingLayout::over(buffer).value();
    const std::int64_t head = (input[0] & 0x1F) * kera::kRingAlignment;
    kera::store_le(layout.head, head);
    kera::store_le(layout.tail, head + std::int64_t{kDataBytes});
    const std::span<const std::byte> data = std::as_bytes(std::span(input + 1, length - 1));
    kera::copy_bytes(buffer.data(), data.data(), std::min(data.size(), kDataBytes));
    if ((input[0] & 0x80) == 0) {
        kera::SpscConsumer consumer(layout);
        read_all(consumer, buffer.data());
    } else {
        kera::MpscRing ring(layout);
        ring.unblock();
        read_all(ring, buffer.data());
    }
    return 0;
}
