#include "transport/channel/reassembly.hpp"

#include <algorithm>
#include <utility>

#include "base/bytes.hpp"
#include "base/check.hpp"

namespace kera {

namespace {
constexpr std::uint64_t kBelievedBytes = 1024 * 1024;
}

bool Reassembly::grow(std::uint32_t bytes) {
    if (buffer_ != nullptr && buffer_->capacity_bytes() >= bytes) {
        return true;
    }
    const std::uint64_t believed =
        std::max<std::uint64_t>(kBelievedBytes, std::uint64_t{4} * bytes);
    const std::uint64_t wanted = std::min<std::uint64_t>(frame_bytes_, believed);
    MessageBuffer* larger = pool_.acquire(static_cast<std::uint32_t>(wanted));
    if (larger == nullptr) {
        return false;
    }
    if (buffer_ != nullptr) {
        copy_bytes(larger->data(), buffer_->data(), filled_);
        buffer_->drop_reference();
    }
    buffer_ = larger;
    return true;
}

bool Reassembly::begin(std::uint32_t frame_bytes, const std::byte* bytes, std::uint32_t count) {
    KERA_ASSERT(!active() && count <= frame_bytes, count, frame_bytes);
    frame_bytes_ = frame_bytes;
    filled_ = 0;
    return grow(count) && add(bytes, count);
}

bool Reassembly::add(const std::byte* bytes, std::uint32_t count) {
    KERA_ASSERT(active() && count <= missing_bytes(), count);
    if (!grow(filled_ + count)) {
        return false;
    }
    copy_bytes(buffer_->data() + filled_, bytes, count);
    filled_ += count;
    return true;
}

Inbound Reassembly::finish() {
    KERA_ASSERT(active() && missing_bytes() == 0);
    MessageBuffer* whole = std::exchange(buffer_, nullptr);
    return {*whole, 0, Fragment(whole->data(), frame_bytes_)};
}

void Reassembly::drop() {
    if (buffer_ != nullptr) {
        std::exchange(buffer_, nullptr)->drop_reference();
    }
}

}  // namespace kera
