// What happens to chunks that are refused, lost or late: they are sent again in order, or given up,
// or their streamlet stops. Thread: the loop's; any may call refused_with(). Borrows everything.
// Invariants: nothing in a streamlet overtakes a chunk that is to be sent again; after fail_late()
// a stopped streamlet has no chunk without an outcome.
#pragma once

#include <atomic>
#include <cstdint>

#include "client/send/attached_streams.hpp"
#include "client/send/chunk_settler.hpp"
#include "client/send/producer_identity.hpp"
#include "client/send/producer_options.hpp"
#include "client/send/renewal.hpp"
#include "client/send/send_list.hpp"
#include "client/session/reconnect_backoff.hpp"
#include "client/session/spin_lock.hpp"

namespace kera {

class Loop;

class SendRecovery final : private ProducerIdentity::Listener {
  public:
    struct Parts {
        Loop& loop;
        const ProducerOptions& options;
        AttachedStreams& streams;
        ProducerIdentity& identity;
        SendList& send_list;
        ChunkSettler& settler;
        Renewal& renewal;
        // Over the open chunks; null where the loop's thread is the only one that seals.
        SpinLock* lock;
    };

    explicit SendRecovery(const Parts& parts);
    SendRecovery(const SendRecovery&) = delete;
    SendRecovery& operator=(const SendRecovery&) = delete;

    // The chunk is the latest of its queue. False: it cannot be sent; fail_late() settles it.
    bool on_queued(const ChunkBuffer& chunk);
    // The broker refuses the chunk, which is in flight.
    void on_refused(ChunkBuffer& chunk, const Error& why, std::uint32_t retry_after_ms);
    // The broker has taken a chunk.
    void on_taken(StreamletQueue& queue);
    void on_session_lost();

    // Lets streamlets send again whose delay is over.
    void end_delays(std::int64_t now_ns);
    // Gives up the chunks whose delivery timeout is over.
    void expire(std::int64_t now_ns);
    // Settles chunks that were sealed before their streamlet was known to have stopped.
    void fail_late();
    // Fails everything from now on.
    void shut_down(const Error& why);
    // Lets a stopped streamlet go on under a new epoch. Needs the lock.
    void recover(StreamletQueue& queue);

    std::int64_t next_deadline_ns() const noexcept;
    // What the broker refuses some streamlet's chunks with for now; ok: nothing.
    ErrorCode refused_with() const noexcept {
        return refused_with_.load(std::memory_order_relaxed);
    }

  private:
    static void note_term(StreamletQueue& queue, Term term) noexcept;
    bool broker_has_lost_those_before(const ChunkBuffer& chunk, const Error& why) const;
    void delay(StreamletQueue& queue, std::uint32_t retry_after_ms);
    void give_up(ChunkBuffer& chunk, const Error& why);
    void stop(StreamletQueue& queue, const Error& why);
    void on_producer_refused(const Error& why) override;
    void note_refusal(StreamletQueue& queue, ErrorCode code);
    void forget_refusal(StreamletQueue& queue);

    const Parts parts_;
    const ProducerOptions& options_;
    ReconnectBackoff backoff_;
    std::int64_t delayed_until_ns_;
    std::int64_t expire_at_ns_;
    bool fails_late_ = false;
    bool shut_ = false;
    Error shut_why_{ErrorCode::closed, "producer", 0, 0};
    std::uint32_t refused_queues_ = 0;
    // Read by itself, to tell users why sending takes long. So it pairs with nothing.
    std::atomic<ErrorCode> refused_with_{ErrorCode::ok};
};

}  // namespace kera
