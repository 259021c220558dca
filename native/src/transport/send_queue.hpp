// What one connection has not sent yet: copies of small parts, references to bodies with a token.
// Thread: the transport's. Copies lie in buffers of the pool; a referenced body stays the sender's
// until its token comes out in `released`. Invariants: bytes leave in the order in which they came;
// a message is taken whole or not at all; every token that went in comes out once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "transport/message_buffer.hpp"
#include "transport/transport.hpp"

struct iovec;

namespace kera {

class SendQueue {
  public:
    SendQueue(MessageBufferPool& pool, std::uint64_t bytes_max)
        : pool_(pool), bytes_max_(bytes_max) {}
    SendQueue(const SendQueue&) = delete;
    SendQueue& operator=(const SendQueue&) = delete;
    ~SendQueue();

    bool empty() const { return first_ == pieces_.size(); }
    std::uint64_t bytes() const { return bytes_; }

    // Whether put() may take a message of this size. An empty queue takes any size.
    bool has_room(std::uint64_t bytes) const { return empty() || bytes_ + bytes <= bytes_max_; }
    bool half_empty() const { return bytes_ <= bytes_max_ / 2; }

    // Takes a message without its first `skip_bytes`, which were sent already. A body without a
    // token is copied. False: there is no memory for the copies, and nothing was taken.
    bool put(std::span<const std::byte> head, std::span<const IoSpan> body, Token token,
             std::uint64_t skip_bytes);

    // Fills `vectors` with what is to be sent next; returns how many.
    std::size_t front(std::span<iovec> vectors) const;

    // So many bytes of what front() gave were sent.
    void sent(std::uint64_t bytes, std::vector<Token>& released);

    // The connection is dead: nothing is sent any more.
    void drop_all(std::vector<Token>& released);

  private:
    struct Piece {
        const std::byte* data;
        std::uint32_t bytes;
        Token token;            // released after this piece
        MessageBuffer* buffer;  // holds the bytes, or null when they are the sender's
    };

    void put_copy(const std::byte* data, std::uint32_t bytes);
    void put_piece(const Piece& piece);
    void let_go(const Piece& piece, std::vector<Token>& released);

    MessageBufferPool& pool_;
    std::uint64_t bytes_max_;
    std::uint64_t bytes_ = 0;
    std::vector<Piece> pieces_;
    std::size_t first_ = 0;             // pieces before it were sent
    std::uint32_t first_sent_ = 0;      // bytes of the first piece that were sent
    MessageBuffer* filling_ = nullptr;  // copies go there; holds one reference
    std::uint32_t filled_ = 0;
};

}  // namespace kera
