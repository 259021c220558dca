// Sends records. Each is written directly into the chunk of its streamlet that will be sent.
// Thread: poll() and what follows it are the loop's, all before is for one application thread at a
// time; without an I/O thread both are one. Owns its memory. Invariants: at most one claim is open;
// a record is in exactly one chunk; the order in a streamlet is the order of the claims.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>

#include "base/result.hpp"
#include "client/produce/chunk_opener.hpp"
#include "client/produce/open_chunks.hpp"
#include "client/produce/partitioner.hpp"
#include "client/produce/record_target.hpp"
#include "client/send/attached_streams.hpp"
#include "client/send/chunk_pool.hpp"
#include "client/send/pool_memory.hpp"
#include "client/send/producer_identity.hpp"
#include "client/send/producer_options.hpp"
#include "client/send/sealed_chunks.hpp"
#include "client/send/sender.hpp"
#include "client/session/session_membership.hpp"
#include "client/session/session_user.hpp"
#include "ring/value_queue.hpp"
#include "wire/chunk/chunk_builder.hpp"

namespace kera {

struct Claim {
    // Where the value is to be written, before commit().
    MutableBytes value;
    StreamletId streamlet;
};

class Producer final : public SessionUser {
  public:
    Producer(Loop& loop, const ProducerOptions& options);
    ~Producer() override;

    // Waits for an identity, so that records can be numbered.
    Result<void> await_identity(std::int64_t deadline_ns) { return identity_.await(deadline_ns); }
    Result<StreamHandle> attach(StreamId stream, std::int32_t streamlets);
    // As many as the stream has by now, as far as the broker has told. 0: it is not attached.
    std::int32_t streamlets(StreamHandle stream) const noexcept {
        return stream.value() < streams_.size() ? streams_.told(stream) : 0;
    }

    // Room for a value in the next record of a streamlet; nothing is sent before commit().
    // REQUIRES: no claim is open.
    Result<Claim> claim(StreamHandle stream, StreamletId streamlet, std::uint32_t value_bytes) {
        if (open_claim_ == nullptr && streams_.has(stream, streamlet)) [[likely]] {
            OpenChunk& chunk = streams_.open_chunk(stream, streamlet);
            if (std::byte* value = claim_fast(chunk, value_bytes)) [[likely]] {
                return Claim{{value, value_bytes}, streamlet};
            }
        }
        return claim(RecordTarget{stream, streamlet}, RecordContent{}, value_bytes);
    }
    // The same with keys, headers and a time; the streamlet may be left to the producer.
    Result<Claim> claim(const RecordTarget& target, const RecordContent& content,
                        std::uint32_t value_bytes);
    // The record counts. `token` comes back in its outcome if tokens are kept. False: no claim is
    // open, or not any more, since the client was shut down.
    bool commit(std::uint64_t token = 0);
    bool has_claim() const noexcept { return open_claim_ != nullptr; }
    // As if it had never been claimed. False as for commit().
    bool abort();

    // A whole record, copied.
    Result<void> send(const RecordTarget& target, const RecordContent& content,
                      std::uint64_t token = 0);
    // Values without keys or headers, in order; says how many went before the error, if any.
    Result<std::size_t> send_many(const RecordTarget& target, std::span<const Bytes> values);

    // Until everything committed has its outcome. Failed records do not fail the flush.
    Result<void> flush(std::int64_t deadline_ns);
    // Lets a stopped streamlet take records again, under a new epoch.
    Result<void> recover(StreamHandle stream, StreamletId streamlet);

    // With ProducerOptions::queue_outcomes: the oldest outcome, valid until the next call.
    std::optional<BatchOutcome> take_outcome();
    ProducerStats stats() const;
    const ProducerOptions& options() const noexcept { return options_; }

    int poll(std::int64_t now_ns) override;
    std::int64_t next_deadline_ns() const override;
    bool has_work() const override { return !sealed_.empty() || has_records_to_send(); }
    bool idle() const override { return sender_.idle(); }
    void shut_down(const Error& why) override;
    void on_session_ready() override;
    void on_session_lost() override { sender_.on_session_lost(); }
    void on_session_writable() override { sender_.on_session_writable(); }
    void on_released(std::uint32_t entry) override { sender_.on_released(entry); }
    void for_each_stream(const std::function<void(StreamId)>& visit) override {
        streams_.for_each_stream(visit);
    }
    // The application's thread adds them, with its next record for the stream.
    void on_stream_size(StreamId stream, std::int32_t streamlets) override {
        streams_.note_size(stream, streamlets);
    }
    void on_stream_term(StreamId stream, Term term) override { streams_.note_term(stream, term); }

    std::uint32_t index() const noexcept { return membership_.index(); }

  private:
    std::byte* claim_fast(OpenChunk& chunk, std::uint32_t value_bytes) noexcept {
        const std::uint64_t bytes = record_bytes(std::uint64_t{value_bytes});
        const std::lock_guard lock(sealed_.lock());
        if (!chunk.builder.fits(bytes)) [[unlikely]] {
            return nullptr;
        }
        open_claim_ = &chunk;
        claim_bytes_ = bytes;
        return chunk.builder.add(value_bytes, chunk.timestamp_ms);
    }

    Result<StreamletId> choose_streamlet(const RecordTarget& target, const RecordContent& content);
    // Needs the lock.
    void finish_record(const OpenChunk& chunk, std::uint64_t token) noexcept;
    // Gives the lock back. A chunk that has no room for another record like the last one leaves.
    void end_record(OpenChunk& chunk);
    int move_memory();
    bool has_records_to_send() const noexcept;

    Loop& loop_;
    const ProducerOptions options_;
    const SessionMembership membership_;
    ProducerIdentity identity_;
    AttachedStreams streams_;
    ChunkPool pool_;
    PoolMemory pool_memory_;
    // With the lock over all that both threads use.
    SealedChunks sealed_;
    OpenChunks open_chunks_;
    std::unique_ptr<ValueQueue<ChunkBuffer*>> outcomes_;
    Partitioner partitioner_;
    Sender sender_;
    ChunkOpener chunk_opener_;

    OpenChunk* open_claim_ = nullptr;
    std::uint64_t claim_bytes_ = 0;
    ChunkBuffer* taken_outcome_ = nullptr;
    StatCounter records_;
};

}  // namespace kera
