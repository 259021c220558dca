// Sends records: they are written straight into the chunk that will travel, and batched by
// streamlet. Thread: claim to commit, send and flush belong to one application thread at a time,
// the rest to the loop's. With the caller driving the loop both are one, and chunks leave within
// commit and claim. Owns its memory. Invariants: at most one claim is open; a record is in exactly
// one chunk; order within a streamlet is the order of the claims.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "client/send/chunk_pool.hpp"
#include "client/send/open_chunk.hpp"
#include "client/send/producer_options.hpp"
#include "client/send/sender.hpp"
#include "client/session/session_membership.hpp"
#include "client/session/session_user.hpp"
#include "client/session/spin_lock.hpp"
#include "ring/value_queue.hpp"
#include "wire/chunk/chunk_builder.hpp"

namespace kera {

// A stream that a producer was attached to.
using StreamHandle = StrongId<struct StreamHandleTag, std::uint32_t>;
// The producer chooses: by the record's first key, or one streamlet for a while without a key.
inline constexpr StreamletId kAnyStreamlet{-1};
// The producer takes the time.
inline constexpr std::int64_t kTimeOfSending = std::numeric_limits<std::int64_t>::min();

struct Claim {
    // Where the value is to be written, before commit().
    MutableBytes value;
    StreamletId streamlet;
};

struct RecordTarget {
    StreamHandle stream;
    StreamletId streamlet = kAnyStreamlet;
    std::int64_t timestamp_ms = kTimeOfSending;
};

class Producer final : public SessionUser {
  public:
    Producer(Loop& loop, ProducerOptions options);
    ~Producer() override;

    // The options that this client refuses; to be asked before a producer is made.
    static Result<void> check(const ProducerOptions& options);

    // Waits for an identity, so that records can be numbered.
    Result<void> await_identity(std::int64_t deadline_ns);
    Result<StreamHandle> attach(StreamId stream, std::int32_t streamlets);
    std::int32_t streamlets(StreamHandle stream) const noexcept {
        return streams_[stream.value()]->streamlets;
    }

    // Room for a value in the next record of a streamlet; nothing is sent before commit().
    // REQUIRES: no claim is open.
    Result<Claim> claim(StreamHandle stream, StreamletId streamlet, std::uint32_t value_bytes) {
        if (open_claim_ == nullptr && is_streamlet(stream, streamlet)) [[likely]] {
            OpenChunk& chunk = chunk_of(stream, streamlet);
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
    bool has_work() const override { return !sealed_.empty(); }
    bool idle() const override { return sender_.idle(); }
    void shut_down(const Error& why) override;
    void on_session_ready() override;
    void on_session_lost() override { sender_.on_session_lost(); }
    void on_session_writable() override { sender_.on_session_writable(); }
    void on_released(std::uint32_t entry) override { sender_.on_released(entry); }

    std::uint32_t index() const noexcept { return membership_.index(); }

  private:
    bool is_streamlet(StreamHandle stream, StreamletId streamlet) const noexcept {
        return stream.value() < streams_.size() && streamlet.value() >= 0 &&
               streamlet.value() < streams_[stream.value()]->streamlets;
    }
    OpenChunk& chunk_of(StreamHandle stream, StreamletId streamlet) noexcept {
        return streams_[stream.value()]->open[static_cast<std::size_t>(streamlet.value())];
    }
    std::byte* claim_fast(OpenChunk& chunk, std::uint32_t value_bytes) noexcept {
        const std::uint64_t bytes = record_bytes(std::uint64_t{value_bytes});
        lock_.lock();
        std::byte* value = nullptr;
        if (chunk.builder.fits(bytes)) [[likely]] {
            value = chunk.builder.add(value_bytes, chunk.timestamp_ms);
            open_claim_ = &chunk;
            claim_bytes_ = bytes;
        }
        lock_.unlock();
        return value;
    }
    // Both need the lock.
    void finish_record(OpenChunk& chunk, std::uint64_t token) noexcept;
    bool is_full(const OpenChunk& chunk) const noexcept;

    Result<StreamletId> choose_streamlet(const RecordTarget& target, const RecordContent& content);
    // A chunk that takes `bytes` more at that time. Takes the lock and keeps it when it succeeds.
    Result<void> make_room(OpenChunk& chunk, std::uint64_t bytes, std::int64_t timestamp_ms);
    Result<void> await_room(OpenChunk& chunk, std::uint64_t bytes, std::int64_t deadline_ns);
    Result<void> may_open(const OpenChunk& chunk, std::uint64_t bytes) const;
    bool has_room_for(const OpenChunk& chunk) const noexcept;
    void open(OpenChunk& chunk, ChunkBuffer& buffer);
    void seal(OpenChunk& chunk);
    void seal_oldest(std::uint32_t count);
    int seal_lingering(std::int64_t now_ns);
    void after_sealing();
    void link(OpenChunk& chunk);
    void unlink(OpenChunk& chunk);
    int adopt_memory();

    Loop& loop_;
    const ProducerOptions options_;
    const SessionMembership membership_;
    ChunkPool pool_;
    SpinLock lock_;
    ValueQueue<ChunkBuffer*> sealed_;
    std::unique_ptr<ValueQueue<ChunkBuffer*>> outcomes_;
    std::vector<std::unique_ptr<AttachedStream>> streams_;
    std::vector<StreamletId> sticky_;
    Random random_;
    Sender sender_;

    OpenChunk* open_claim_ = nullptr;
    std::uint64_t claim_bytes_ = 0;
    OpenChunk* oldest_ = nullptr;
    OpenChunk* youngest_ = nullptr;
    ChunkBuffer* taken_outcome_ = nullptr;
    // When the oldest open chunk has waited long enough; written with the lock, read by the loop.
    std::atomic<std::int64_t> linger_until_ns_{kNoDeadline};
    bool memory_wanted_ = true;
    // As the broker said when the last stream was attached.
    std::uint64_t chunk_bytes_max_ = 0;
    StatCounter records_;
    StatCounter chunks_sealed_;
};

}  // namespace kera
