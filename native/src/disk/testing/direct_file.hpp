// For tests of direct files: blocks of one letter, in memory that they can be written from. One
// thread. Invariant: the spans are valid as long as the object lives.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "disk/direct_buffer.hpp"

namespace kera {

class LetterBlocks {
  public:
    // One block for each letter.
    explicit LetterBlocks(const std::string& letters)
        : buffer_(letters.size() * kDirectBlockBytes) {
        for (std::size_t i = 0; i < letters.size(); ++i) {
            const MutableBytes block =
                buffer_.bytes().subspan(i * kDirectBlockBytes, kDirectBlockBytes);
            std::ranges::fill(block, static_cast<std::byte>(letters[i]));
            spans_.push_back(block);
        }
    }

    std::span<const Bytes> spans() const noexcept { return spans_; }

  private:
    DirectBuffer buffer_;
    std::vector<Bytes> spans_;
};

// The letters of blocks that have one letter each; '?' for a block that has several.
inline std::string letters_of(Bytes bytes) {
    std::string letters;
    for (std::size_t at = 0; at < bytes.size(); at += kDirectBlockBytes) {
        const Bytes block = bytes.subspan(at, std::min(kDirectBlockBytes, bytes.size() - at));
        const bool one = std::ranges::count(block, block[0]) == std::ssize(block);
        letters.push_back(one ? static_cast<char>(block[0]) : '?');
    }
    return letters;
}

}  // namespace kera
