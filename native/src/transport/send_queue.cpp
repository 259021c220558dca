#include "transport/send_queue.hpp"

#include <sys/uio.h>

#include <algorithm>

#include "base/bytes.hpp"
#include "base/check.hpp"

namespace kera {

namespace {
constexpr std::uint32_t kCopyBufferBytes = 8 * 1024;
constexpr std::size_t kCompactPieces = 64;
}  // namespace

SendQueue::~SendQueue() {
    std::vector<Token> unreported;
    drop_all(unreported);
}

bool SendQueue::put(std::span<const std::byte> head, std::span<const IoSpan> body, Token token,
                    std::uint64_t skip_bytes) {
    std::uint64_t body_bytes = 0;
    for (const IoSpan& span : body) {
        body_bytes += span.bytes;
    }
    // All copies of one message go to one buffer: so there is memory for all of them, or nothing is
    // taken.
    const std::uint64_t copied = head.size() + (token == kNoToken ? body_bytes : 0);
    if (filling_ == nullptr || filling_->capacity_bytes() - filled_ < copied) {
        MessageBuffer* fresh = pool_.acquire(
            static_cast<std::uint32_t>(std::max<std::uint64_t>(copied, kCopyBufferBytes)));
        if (fresh == nullptr) {
            return false;
        }
        if (filling_ != nullptr) {
            filling_->drop_reference();
        }
        filling_ = fresh;
        filled_ = 0;
    }
    const auto take_skip = [&skip_bytes](std::uint64_t bytes) {
        const std::uint64_t skipped = std::min(skip_bytes, bytes);
        skip_bytes -= skipped;
        return static_cast<std::uint32_t>(skipped);
    };
    const std::uint32_t head_skip = take_skip(head.size());
    put_copy(head.data() + head_skip, static_cast<std::uint32_t>(head.size()) - head_skip);
    for (const IoSpan& span : body) {
        const std::uint32_t skip = take_skip(span.bytes);
        if (token == kNoToken) {
            put_copy(span.data + skip, span.bytes - skip);
        } else if (span.bytes > skip) {
            put_piece({span.data + skip, span.bytes - skip, kNoToken, nullptr});
        }
    }
    KERA_ASSERT(!empty());
    pieces_.back().token = token;
    return true;
}

void SendQueue::put_copy(const std::byte* data, std::uint32_t bytes) {
    if (bytes == 0) {
        return;
    }
    std::byte* at = filling_->data() + filled_;
    copy_bytes(at, data, bytes);
    filled_ += bytes;
    bytes_ += bytes;
    if (!empty()) {
        Piece& last = pieces_.back();
        if (last.buffer == filling_ && last.token == kNoToken && last.data + last.bytes == at) {
            last.bytes += bytes;
            return;
        }
    }
    filling_->add_reference();
    pieces_.push_back({at, bytes, kNoToken, filling_});
}

void SendQueue::put_piece(const Piece& piece) {
    bytes_ += piece.bytes;
    pieces_.push_back(piece);
}

std::size_t SendQueue::front(std::span<iovec> vectors) const {
    const std::size_t count = std::min(vectors.size(), pieces_.size() - first_);
    for (std::size_t index = 0; index < count; ++index) {
        const Piece& piece = pieces_[first_ + index];
        const std::uint32_t skip = index == 0 ? first_sent_ : 0;
        // The kernel only reads what sendmsg is given.
        vectors[index].iov_base = const_cast<std::byte*>(piece.data + skip);
        vectors[index].iov_len = piece.bytes - skip;
    }
    return count;
}

void SendQueue::sent(std::uint64_t bytes, std::vector<Token>& released) {
    KERA_ASSERT(bytes <= bytes_, bytes, bytes_);
    bytes_ -= bytes;
    while (bytes > 0) {
        const Piece& piece = pieces_[first_];
        const std::uint64_t left = piece.bytes - first_sent_;
        if (bytes < left) {
            first_sent_ += static_cast<std::uint32_t>(bytes);
            break;
        }
        bytes -= left;
        first_sent_ = 0;
        let_go(piece, released);
        ++first_;
    }
    if (empty()) {
        pieces_.clear();
        first_ = 0;
        if (filling_ != nullptr) {
            filling_->drop_reference();
            filling_ = nullptr;
        }
    } else if (first_ >= kCompactPieces && first_ >= pieces_.size() / 2) {
        pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(first_));
        first_ = 0;
    }
}

void SendQueue::drop_all(std::vector<Token>& released) {
    for (; first_ < pieces_.size(); ++first_) {
        let_go(pieces_[first_], released);
    }
    pieces_.clear();
    first_ = 0;
    first_sent_ = 0;
    bytes_ = 0;
    if (filling_ != nullptr) {
        filling_->drop_reference();
        filling_ = nullptr;
    }
}

void SendQueue::let_go(const Piece& piece, std::vector<Token>& released) {
    if (piece.buffer != nullptr) {
        piece.buffer->drop_reference();
    }
    if (piece.token != kNoToken) {
        released.push_back(piece.token);
    }
}

}  // namespace kera
