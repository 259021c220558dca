// Finds the chunks of an append message one after the other, in memory that its sender may still be
// changing. Belongs to the reactor that received the message; borrows it. Invariant: a chunk from
// next() lies within one fragment. Its header is read from a private copy, and only as far as it
// takes to find the next chunk; the lane checks the rest.
#pragma once

#include <algorithm>
#include <array>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/units.hpp"
#include "transport/inbound.hpp"
#include "wire/chunk/chunk.hpp"
#include "wire/frame/frame.hpp"

namespace kera {

class ChunkWalk {
  public:
    ChunkWalk(const Inbound& message, const FrameView& frame) noexcept
        : fragments_(message.fragments()) {
        const std::size_t head =
            align_up(kFrameHeaderBytes + std::size_t{frame.header().block_length}, std::size_t{8});
        const Fragment first = fragments_.front();
        rest_ = first.subspan(std::min(head, first.size()));
    }

    Result<Bytes> next(ChunkAddress& address, std::uint32_t chunk_bytes_max) noexcept {
        while (rest_.empty() && at_ + 1 < fragments_.size()) {
            rest_ = fragments_[++at_];
        }
        if (rest_.size() < kChunkHeaderBytes) {
            return fail(ErrorCode::malformed, "chunk_bytes", kChunkHeaderBytes,
                        static_cast<std::int64_t>(rest_.size()));
        }
        alignas(64) std::array<std::byte, kChunkHeaderBytes> header;
        copy_bytes(header.data(), rest_.data(), header.size());
        KERA_TRY_ASSIGN(address, check_chunk_address(header, rest_.size()));
        if (address.chunk_bytes > chunk_bytes_max) {
            return fail(ErrorCode::limit_exceeded, "chunk_bytes", chunk_bytes_max,
                        address.chunk_bytes);
        }
        const Bytes chunk = rest_.first(address.chunk_bytes);
        rest_ = rest_.subspan(address.chunk_bytes);
        return chunk;
    }

  private:
    std::span<const Fragment> fragments_;
    std::size_t at_ = 0;
    Bytes rest_;
};

}  // namespace kera
