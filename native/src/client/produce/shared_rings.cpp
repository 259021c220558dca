// Sizes, and what happens to a broken ring. See shared_rings.hpp.
#include "client/produce/shared_rings.hpp"

#include <bit>

#include "base/log.hpp"
#include "base/units.hpp"

namespace kera {

namespace {

constexpr std::size_t kToLoopBytes = 256_KiB;
// Header and the longest message, rounded up.
constexpr std::size_t kMessageBytes = 80;
// Answers that belong to no chunk: refusals, retired regions.
constexpr std::size_t kOtherMessages = 64;
constexpr std::int64_t kFewUnreadBytes = 4096;

std::size_t from_loop_bytes(std::uint32_t chunks_max) {
    return std::bit_ceil((std::size_t{chunks_max} + kOtherMessages) * 2 * kMessageBytes);
}

}  // namespace

SharedRings::Memory::Memory(std::size_t data_bytes)
    : bytes(std::make_unique<std::byte[]>(ring_buffer_bytes(data_bytes) + kCacheLineBytes)) {
    const auto address = reinterpret_cast<std::uintptr_t>(bytes.get());
    std::byte* const aligned =
        bytes.get() + (align_up(address, std::uintptr_t{kCacheLineBytes}) - address);
    memory = {aligned, ring_buffer_bytes(data_bytes)};
    layout = RingLayout::over({aligned, ring_buffer_bytes(data_bytes)}).value();
}

SharedRings::SharedRings(std::uint32_t chunks_max)
    : to_loop_(kToLoopBytes),
      from_loop_(from_loop_bytes(chunks_max)),
      from_outside_(to_loop_.layout),
      to_outside_(from_loop_.layout) {}

void SharedRings::write(std::int32_t type, Bytes message) {
    if (!to_outside_.write(type, message)) {
        on_broken(fail(ErrorCode::limit_exceeded, "unread_bytes",
                       static_cast<std::int64_t>(from_loop_.memory.bytes), type));
        return;
    }
    written_.add(1);
}

bool SharedRings::write_if_few_unread(std::int32_t type, Bytes message) {
    if (to_outside_.unread_bytes() >= kFewUnreadBytes || !to_outside_.write(type, message)) {
        return false;
    }
    written_.add(1);
    return true;
}

void SharedRings::on_broken(const Error& why) {
    if (!std::exchange(broken_, true)) {
        log(LogLevel::error, "shared_producer_broken", {{"why", why}});
    }
}

}  // namespace kera
