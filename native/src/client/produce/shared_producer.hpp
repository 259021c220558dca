// A producer whose records are laid out by a thread outside, such as Java's; see
// kera_shared_producer.h for what is said over the two rings. Thread: everything is the loop's, but
// for flush, await, attach, recover and stats, which belong to any one other thread. Owns its
// memory and the rings. Invariants: a chunk is numbered where it is closed, so its order is that of
// opening within a streamlet; each chunk that is not the pool's is lent, open, or sent.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "client/produce/shared_chunks.hpp"
#include "client/send/chunk_pool.hpp"
#include "client/send/producer_options.hpp"
#include "client/send/sender.hpp"
#include "client/session/session_membership.hpp"
#include "client/session/session_user.hpp"
#include "client/session/spin_lock.hpp"
#include "ring/spsc_ring.hpp"
#include "ring/value_queue.hpp"

namespace kera {

class SharedProducer final : public SessionUser {
  public:
    SharedProducer(Loop& loop, const ProducerOptions& options);
    ~SharedProducer() override;

    // REQUIRES: await_identity() has succeeded.
    kera_shared_area area();
    Result<void> await_identity(std::int64_t deadline_ns);
    Result<std::uint32_t> attach(StreamId stream, std::int32_t streamlets);
    // Until everything committed has its outcome, and the outcomes are in the ring.
    Result<void> flush(std::int64_t deadline_ns);
    // Whether so many messages were sent to the outside, or so many chunks that were asked about
    // were settled.
    bool await(std::int64_t messages, std::int64_t asked, std::int64_t deadline_ns);
    Result<void> recover(std::uint32_t stream, std::int32_t streamlet);
    ProducerStats stats() const;

    int poll(std::int64_t now_ns) override;
    std::int64_t next_deadline_ns() const override;
    bool has_work() const override { return from_outside_.ready(); }
    bool idle() const override { return sender_.idle(); }
    void shut_down(const Error& why) override;
    void on_session_ready() override;
    void on_session_lost() override { sender_.on_session_lost(); }
    void on_session_writable() override { sender_.on_session_writable(); }
    void on_released(std::uint32_t entry) override { sender_.on_released(entry); }

    std::uint32_t index() const noexcept { return membership_.index(); }

  private:
    // Memory for one ring, which both sides see.
    struct RingMemory {
        explicit RingMemory(std::size_t data_bytes);
        RingLayout layout;
        kera_memory memory{};
        std::unique_ptr<std::byte[]> bytes;
    };

    int read_ring(std::int64_t now_ns);
    void on_message(std::int32_t type, Bytes message, std::int64_t now_ns);
    void on_opened(const kera_shared_chunk_opened& opened, std::int64_t now_ns);
    void on_wanted(std::uint64_t bytes);
    void grant_large();
    void close(SharedChunk& chunk);
    // What the outside says that a chunk holds; it may write anything there.
    static Result<void> check(const SharedChunks::Content& content, std::uint32_t room_bytes);
    void refuse(SharedChunk& chunk, const Error& why);
    // The outside does not keep to what is agreed: nothing is read from it any more.
    void on_broken(const Error& why);
    int close_lingering(std::int64_t now_ns);
    void close_all();
    int tell_outcomes();
    void tell_settled(ChunkBuffer& chunk);
    void tell_region();
    template <class Message>
    void tell(std::int32_t type, const Message& message);
    int adopt_memory();

    Loop& loop_;
    const ProducerOptions options_;
    const SessionMembership membership_;
    ChunkPool pool_;
    SpinLock lock_{false};
    ValueQueue<ChunkBuffer*> sealed_;
    ValueQueue<ChunkBuffer*> settled_;
    std::vector<std::unique_ptr<AttachedStream>> streams_;
    SharedChunks chunks_;
    Sender sender_;
    RingMemory to_loop_;
    RingMemory from_loop_;
    SpscConsumer from_outside_;
    SpscProducer to_outside_;

    std::uint32_t region_ = 0;
    // The latest region that the other side was told of.
    std::uint32_t region_told_ = 0;
    // A large record's, until there is a run of buffers for it.
    std::uint64_t large_wanted_bytes_ = 0;
    bool memory_wanted_ = true;
    bool broken_ = false;
    StatCounter records_;
    StatCounter chunks_closed_;
    StatCounter chunks_told_;
    StatCounter asked_told_;
    StatCounter messages_told_;
};

}  // namespace kera
