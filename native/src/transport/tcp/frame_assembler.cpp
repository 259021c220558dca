#include "transport/tcp/frame_assembler.hpp"

#include <algorithm>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "transport/frame_length.hpp"

namespace kera {

namespace {

// Large enough for few system calls, small enough that bytes are still in the second-level cache
// when they are appended.
constexpr std::uint32_t kBufferBytes = 256 * 1024;
// Before its Hello a peer may send one small frame.
constexpr std::uint32_t kFirstBufferBytes = 2 * kFrameBytesBeforeHello;
constexpr std::uint32_t kBelievedBytes = 1024 * 1024;
// For smaller frames, more calls would cost more than moving bytes does.
constexpr std::uint32_t kSteadyFrameBytesMin = 8 * 1024;

}  // namespace

Result<std::optional<Inbound>> FrameAssembler::next() {
    const std::uint32_t arrived = write_ - read_;
    if (arrived < sizeof(std::uint32_t)) {
        return std::optional<Inbound>();
    }
    const auto frame_bytes = load_le<std::uint32_t>(buffer_->data() + read_);
    KERA_TRY(check_frame_length(frame_bytes, frame_bytes_max_));
    if (arrived < frame_bytes) {
        return std::optional<Inbound>();
    }
    buffer_->add_reference();
    const Fragment frame(buffer_->data() + read_, frame_bytes);
    read_ += frame_bytes;
    frame_bytes_before_ = frame_bytes;
    return std::optional<Inbound>(Inbound(*buffer_, 0, frame));
}

// The length of the frame that has begun; while that is unknown, of the frame before.
std::uint32_t FrameAssembler::frame_bytes_expected() const {
    if (write_ - read_ >= sizeof(std::uint32_t)) {
        return load_le<std::uint32_t>(buffer_->data() + read_);
    }
    return std::max(frame_bytes_before_, kFrameHeaderBytes);
}

// A length is only an announcement. A frame above kBelievedBytes gets its memory once a part of it
// has arrived, or at once if the peer has sent as large a frame before.
std::uint32_t FrameAssembler::buffer_bytes_wanted(std::uint32_t frame_bytes) const {
    const std::uint64_t proven =
        std::max<std::uint64_t>(frame_bytes_before_, std::uint64_t{4} * (write_ - read_));
    const std::uint64_t believed = std::max<std::uint64_t>(kBelievedBytes, proven);
    const std::uint32_t usual =
        frame_bytes_max_ <= kFrameBytesBeforeHello ? kFirstBufferBytes : kBufferBytes;
    return std::max(usual,
                    static_cast<std::uint32_t>(std::min<std::uint64_t>(frame_bytes, believed)));
}

std::span<std::byte> FrameAssembler::free_bytes() {
    const std::uint32_t frame_bytes = frame_bytes_expected();
    const std::uint32_t wanted = buffer_bytes_wanted(frame_bytes);
    if (buffer_ != nullptr && write_ == read_) {
        const std::uint32_t capacity = buffer_->capacity_bytes();
        if (capacity < wanted || capacity / 2 >= wanted) {
            drop_buffer();
        } else if (buffer_->references() == 1) {
            read_ = 0;
            write_ = 0;
        }
    }
    const bool fits = buffer_ != nullptr && buffer_->capacity_bytes() - read_ >= frame_bytes;
    const bool fills = buffer_ != nullptr && read_ == 0 && write_ < buffer_->capacity_bytes();
    if (!fits && !fills && !replace_buffer(wanted)) {
        return {};
    }
    std::uint32_t end = buffer_->capacity_bytes();
    if (frame_bytes >= kSteadyFrameBytesMin && end - read_ >= frame_bytes) {
        end = read_ + (end - read_) / frame_bytes * frame_bytes;
    }
    KERA_ASSERT(end > write_, end, write_);
    return {buffer_->data() + write_, end - write_};
}

bool FrameAssembler::replace_buffer(std::uint32_t bytes) {
    const std::uint32_t arrived = write_ - read_;
    if (arrived == 0) {
        drop_buffer();
    }
    MessageBuffer* fresh = pool_.acquire(bytes);
    if (fresh == nullptr) {
        return false;
    }
    if (arrived > 0) {
        copy_bytes(fresh->data(), buffer_->data() + read_, arrived);
    }
    drop_buffer();
    buffer_ = fresh;
    write_ = arrived;
    return true;
}

void FrameAssembler::drop_empty_buffer() {
    if (write_ == read_) {
        drop_buffer();
    }
}

void FrameAssembler::drop_buffer() {
    if (buffer_ != nullptr) {
        buffer_->drop_reference();
        buffer_ = nullptr;
    }
    read_ = 0;
    write_ = 0;
}

}  // namespace kera
