// A producer whose records are laid out by threads outside, such as Java's. They share chunks and
// talk over two rings (kera_shared_producer.h). Thread: the loop's; flush, await, attach, recover
// and stats are for any one other thread. Owns its memory and the rings. Invariants: a chunk gets
// its number when it is sealed; one that is not the pool's is lent, open, closed, or sent.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.hpp"
#include "client/produce/grown_streams.hpp"
#include "client/produce/outcome_row.hpp"
#include "client/produce/shared_chunks.hpp"
#include "client/produce/shared_rings.hpp"
#include "client/produce/uncommitted_chunks.hpp"
#include "client/send/attached_streams.hpp"
#include "client/send/chunk_pool.hpp"
#include "client/send/pool_memory.hpp"
#include "client/send/producer_identity.hpp"
#include "client/send/producer_options.hpp"
#include "client/send/sender.hpp"
#include "client/send/stat_counter.hpp"
#include "client/session/session_membership.hpp"
#include "client/session/session_user.hpp"

namespace kera {

class SharedProducer final : public SessionUser {
  public:
    SharedProducer(Loop& loop, const ProducerOptions& options);
    ~SharedProducer() override;

    // REQUIRES: await_identity() has succeeded.
    kera_shared_area area();
    Result<void> await_identity(std::int64_t deadline_ns) { return identity_.await(deadline_ns); }
    Result<std::uint32_t> attach(StreamId stream, std::int32_t streamlets);
    // Until everything committed has its outcome, and the outcomes are in the ring.
    Result<void> flush(std::int64_t deadline_ns);
    // Whether so many messages were written to the outside thread, or so many chunks settled whose
    // outcome was asked for.
    bool await(std::int64_t messages, std::int64_t asked, std::int64_t deadline_ns);
    Result<void> recover(std::uint32_t stream, std::int32_t streamlet);
    ProducerStats stats() const;

    int poll(std::int64_t now_ns) override;
    std::int64_t next_deadline_ns() const override;
    bool has_work() const override { return rings_.has_messages(); }
    // The outside thread learns of outcomes when it asks; an open chunk leaves when others have
    // their outcome.
    bool awaits_messages() const override {
        return chunks_.oldest_open() != nullptr || large_wanted_bytes_ != 0 || !sender_.all_sent();
    }
    bool idle() const override { return sender_.idle(); }
    void shut_down(const Error& why) override;
    void on_session_ready() override;
    void on_session_lost() override { sender_.on_session_lost(); }
    void on_session_writable() override { sender_.on_session_writable(); }
    void on_released(std::uint32_t entry) override { sender_.on_released(entry); }
    void for_each_stream(const std::function<void(StreamId)>& visit) override {
        streams_.for_each_stream(visit);
    }
    void on_stream_size(StreamId stream, std::int32_t streamlets) override {
        grown_.note_size(stream, streamlets);
    }
    void on_stream_term(StreamId stream, Term term) override { streams_.note_term(stream, term); }

    std::uint32_t index() const noexcept { return membership_.index(); }

  private:
    int read_messages(std::int64_t now_ns);
    void on_message(std::int32_t type, Bytes message, std::int64_t now_ns);
    void on_opened(const kera_shared_chunk_opened& opened, std::int64_t now_ns);
    void on_wanted(std::uint64_t bytes);
    void lend(ChunkBuffer& buffer);
    void lend_large();
    void close(SharedChunk& chunk);
    void seal(SharedChunk& chunk, const SharedChunks::Content& content);
    int seal_committed();
    void close_all();
    int close_lingering(std::int64_t now_ns);
    void refuse(SharedChunk& chunk, std::uint32_t records, const Error& why);
    int tell_settled();
    void tell_settled(const ChunkBuffer& buffer);
    void tell_region();

    Loop& loop_;
    const ProducerOptions options_;
    const SessionMembership membership_;
    ProducerIdentity identity_;
    AttachedStreams streams_;
    ChunkPool pool_;
    PoolMemory pool_memory_;
    SharedChunks chunks_;
    UncommittedChunks uncommitted_;
    SharedRings rings_;
    GrownStreams grown_;
    // Settled since poll(), and not told yet.
    std::vector<ChunkBuffer*> settled_;
    Sender sender_;

    // The latest region that the outside thread was told of.
    std::uint32_t region_told_ = 0;
    // A large record's, until there is a run of buffers for it.
    std::uint64_t large_wanted_bytes_ = 0;
    // After shut_down().
    bool ended_ = false;
    StatCounter records_;
    StatCounter chunks_closed_;
    OutcomeRow chunks_told_;
    StatCounter asked_told_;
};

}  // namespace kera
