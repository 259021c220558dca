// What one connection still has to hand to its socket: copies of small things, references to
// bodies. Thread: the transport's. Ownership: copies lie in pool buffers; referenced bodies stay
// the sender's until their token comes out of `released`. Invariants: order is kept; a message is
// taken whole or not at all; every token that went in comes out once.
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

    // Whether a message of this size may be put now. An empty queue takes any size.
    bool has_room(std::uint64_t bytes) const { return empty() || bytes_ + bytes <= bytes_max_; }
    bool half_empty() const { return bytes_ <= bytes_max_ / 2; }

    // Puts a message of which the first `skip_bytes` have gone already. False when there is no
    // memory for the copies; then nothing was put. Without a token the body is copied.
    bool put(std::span<const std::byte> head, std::span<const IoSpan> body, Token token,
             std::uint64_t skip_bytes);

    // Fills `vectors` with what goes next; returns how many.
    std::size_t front(std::span<iovec> vectors) const;

    // The socket took this much of what front() named.
    void sent(std::uint64_t bytes, std::vector<Token>& released);

    // The connection is dead: everything is let go.
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
    std::size_t first_ = 0;             // pieces before it have gone
    std::uint32_t first_sent_ = 0;      // of the first piece
    MessageBuffer* filling_ = nullptr;  // one reference while copies go there
    std::uint32_t filled_ = 0;
};

}  // namespace kera
