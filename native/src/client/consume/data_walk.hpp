// The data of a message, piece by piece, over all its fragments. One thread; borrows the message.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "transport/inbound.hpp"

namespace kera {

class DataWalk {
  public:
    DataWalk(const Inbound& message, std::uint32_t head_bytes)
        : fragments_(message.fragments()), at_(head_bytes) {}

    // At most `bytes` that lie together; empty when the message has no more.
    Fragment take(std::uint32_t bytes) {
        while (index_ < fragments_.size() && at_ == fragments_[index_].size()) {
            ++index_;
            at_ = 0;
        }
        if (index_ == fragments_.size() || at_ > fragments_[index_].size()) {
            return {};
        }
        const std::size_t together = std::min<std::size_t>(bytes, fragments_[index_].size() - at_);
        const Fragment piece = fragments_[index_].subspan(at_, together);
        at_ += together;
        return piece;
    }

    // Steps over this much; returns how many bytes of it the message does not have.
    std::uint32_t skip(std::uint32_t bytes) {
        while (bytes > 0) {
            const std::size_t together = take(bytes).size();
            if (together == 0) {
                break;
            }
            bytes -= static_cast<std::uint32_t>(together);
        }
        return bytes;
    }

  private:
    std::span<const Fragment> fragments_;
    std::size_t index_ = 0;
    std::size_t at_;
};

}  // namespace kera
