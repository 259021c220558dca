// Messages full of chunks on their way from the loop to the application, and back for release.
// Thread: fresh(), deliver() and take_back() belong to the loop's, next() to the application's;
// finish() may be called by any one thread at a time. Owns the messages, which hold the broker's
// memory or a receive buffer. Invariant: a message goes back once each of its parts was finished.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "client/session/spin_lock.hpp"
#include "ring/value_queue.hpp"
#include "transport/inbound.hpp"
#include "wire/frame/frame.hpp"

namespace kera {

struct PlainPart;
struct Received;

// The part goes on where the one before it ended.
inline constexpr Offset kContinues{-1};

// Whole chunks of one streamlet, one after the other; or, with an error, none.
struct ReceivedPart {
    bool is_copy() const noexcept { return copy != nullptr; }

    // Whose memory has the chunks: the message's, or that of a copy.
    Received* message = nullptr;
    PlainPart* copy = nullptr;
    StreamId stream;
    StreamletId streamlet;
    // Whose they are, and which of its seeks asked for them.
    std::uint32_t assignment = 0;
    std::uint32_t generation = 0;
    Bytes chunks;
    // Records below were not asked for. Of several parts that were cut from one answer, only the
    // first says so when it arrives.
    Offset from = kContinues;
    Offset readable_head;
    Error error{ErrorCode::ok, "", 0, 0};
};

struct Received {
    Inbound message;
    std::vector<ReceivedPart> parts;
    std::uint64_t data_bytes = 0;
    std::atomic<std::uint32_t> unfinished{0};
};

class Inbox {
  public:
    explicit Inbox(bool has_io_thread) : lock_(has_io_thread) {}

    Received& fresh();
    // REQUIRES: it has parts.
    void deliver(Received& received);
    // It was not needed after all.
    void put_back(Received& received) { recycle(received); }
    // Calls visit(Received&) for each message that was read to its end, and frees its memory.
    template <class Visit>
    int take_back(Visit&& visit) {
        flush();
        int taken = 0;
        Received* received = nullptr;
        while (take_returned(received)) {
            visit(*received);
            recycle(*received);
            ++taken;
        }
        return taken;
    }
    // Drops everything, also what the application has not finished.
    void clear();

    // The next part to read, null when nothing has arrived. The caller finishes each one it got.
    ReceivedPart* next();
    // True: so much went back meanwhile that the loop is to take it soon.
    bool finish(const ReceivedPart& part);
    bool empty() const noexcept { return current_ == nullptr && arrived_.empty(); }
    bool has_returns() const noexcept {
        return !returned_.empty() || has_late_.load(std::memory_order_acquire);
    }

  private:
    static constexpr std::size_t kMessagesMax = 4096;
    // Taking back each small message by itself would cost more than reading it.
    static constexpr std::uint64_t kReturnBytes = 32_KiB;

    void flush();
    bool take_returned(Received*& received);
    void recycle(Received& received);

    SpinLock lock_;
    std::vector<std::unique_ptr<Received>> all_;
    std::vector<Received*> free_;
    // What the ring to the application had no room for.
    std::deque<Received*> held_back_;
    ValueQueue<Received*> arrived_{kMessagesMax};
    ValueQueue<Received*> returned_{2 * kMessagesMax};
    // Returned when the ring was full, since the loop rests; with the lock.
    std::vector<Received*> late_;
    std::atomic<bool> has_late_{false};
    // Since the loop was last to be told; with the lock.
    std::uint64_t untold_bytes_ = 0;
    Received* current_ = nullptr;
    std::size_t next_part_ = 0;
};

}  // namespace kera
