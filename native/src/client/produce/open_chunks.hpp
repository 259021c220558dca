// The chunks of a producer that take records now, in the order of their opening, and their sealing.
// Thread: the one that holds the lock of the sealed chunks; any may call linger_until_ns() and
// sealed(); tell_loop() is the application's. Borrows everything. Invariant: a chunk gets its
// number when it is sealed, and chunks go to the loop in the order of their numbers.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>

#include "client/send/open_chunk.hpp"
#include "client/send/producer_identity.hpp"
#include "client/send/producer_options.hpp"
#include "client/send/sealed_chunks.hpp"
#include "client/send/stat_counter.hpp"
#include "transport/transport.hpp"

namespace kera {

class Loop;

class OpenChunks {
  public:
    OpenChunks(Loop& loop, const ProducerOptions& options, const ProducerIdentity& identity,
               SealedChunks& sealed)
        : loop_(loop), options_(options), identity_(identity), sealed_(sealed) {}

    void open(OpenChunk& chunk, ChunkBuffer& buffer);
    void seal(OpenChunk& chunk);
    // Not `claimed`, to which the application is writing a record.
    void seal_oldest(std::uint32_t count_max, const OpenChunk* claimed);
    void seal_all(const OpenChunk* claimed) {
        seal_oldest(std::numeric_limits<std::uint32_t>::max(), claimed);
    }
    // Those that have waited long enough; returns how many.
    int seal_lingering(std::int64_t now_ns, const OpenChunk* claimed);
    // A record was committed to the chunk, or aborted. True: the loop does not know of any open
    // chunk, and is to be woken without the lock.
    bool on_record(const OpenChunk& chunk) noexcept;

    // After sealing, without the lock: the caller's own thread sends at once, an I/O thread is
    // woken.
    void tell_loop();

    // When the oldest open chunk has waited long enough.
    std::int64_t linger_until_ns() const noexcept {
        return linger_until_ns_.load(std::memory_order_relaxed);
    }
    std::uint64_t sealed() const noexcept { return sealed_count_.get(); }

  private:
    void link(OpenChunk& chunk);
    void unlink(OpenChunk& chunk);

    Loop& loop_;
    const ProducerOptions& options_;
    const ProducerIdentity& identity_;
    SealedChunks& sealed_;
    OpenChunk* oldest_ = nullptr;
    OpenChunk* youngest_ = nullptr;
    // Written with the lock, read by the loop.
    std::atomic<std::int64_t> linger_until_ns_{kNoDeadline};
    StatCounter sealed_count_;
};

}  // namespace kera
