// Brings sealed chunks to the broker: frames for many streamlets, answers, retries in order.
// Thread: the loop's. Borrows the producer's pool, lock and streams; owns its table of frames.
// Invariants: chunks of a streamlet are sent in the order of their sequences; a chunk's memory goes
// back to the pool once it is settled and no frame refers to it; each chunk has one outcome.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "client/send/chunk_pool.hpp"
#include "client/send/open_chunk.hpp"
#include "client/send/producer_options.hpp"
#include "client/send/streamlet_queue.hpp"
#include "client/session/request_table.hpp"
#include "client/session/spin_lock.hpp"
#include "ring/value_queue.hpp"
#include "transport/transport.hpp"
#include "wire/message/produce_messages.hpp"

namespace kera {

class Loop;

// One stream as a producer sees it.
struct AttachedStream {
    StreamId stream;
    std::int32_t streamlets = 0;
    std::unique_ptr<OpenChunk[]> open;
    std::unique_ptr<StreamletQueue[]> queues;
};

// Written by one thread, read by any.
class StatCounter {
  public:
    void add(std::uint64_t count) noexcept {
        value_.store(value_.load(std::memory_order_relaxed) + count, std::memory_order_release);
    }
    std::uint64_t get() const noexcept { return value_.load(std::memory_order_acquire); }

  private:
    std::atomic<std::uint64_t> value_{0};
};

// REQUIRES: the chunk is settled.
BatchOutcome outcome_of(const ChunkBuffer& chunk);

class Sender final : private RequestOwner {
  public:
    struct Shared {
        Loop& loop;
        const ProducerOptions& options;
        ChunkPool& pool;
        SpinLock& lock;
        ValueQueue<ChunkBuffer*>& sealed;
        ValueQueue<ChunkBuffer*>* outcomes;
        const std::vector<std::unique_ptr<AttachedStream>>& streams;
    };

    Sender(const Shared& shared, std::uint32_t user_index);
    Sender(const Sender&) = delete;
    Sender& operator=(const Sender&) = delete;
    ~Sender();

    // What chunks are sealed with; kNoProducer until the broker has given an id, or without one.
    ProducerId producer() const noexcept { return producer_; }
    ProducerEpoch epoch() const noexcept { return epoch_; }
    // Whether chunks can be numbered, so that claims may begin.
    bool identified() const noexcept { return identified_.load(std::memory_order_acquire); }
    // Whether the broker will not have this producer, and why.
    bool refused() const noexcept { return refused_.load(std::memory_order_acquire); }
    const Error& refusal() const noexcept { return refusal_; }
    // What the broker refuses some streamlet's chunks with for now; ok: nothing. Any thread.
    ErrorCode refused_with() const noexcept {
        return refused_with_.load(std::memory_order_relaxed);
    }

    int poll(std::int64_t now_ns);
    std::int64_t next_deadline_ns() const;
    void on_session_ready();
    void on_session_lost();
    void on_session_writable();
    void on_released(std::uint32_t entry);
    // Fails everything that is not settled.
    void shut_down(const Error& why);
    bool idle() const noexcept { return frames_used_ == 0 && unsettled_ == 0; }
    // Lets a stopped streamlet go on under a new epoch. Needs the lock.
    void recover(StreamletQueue& queue);

    std::uint64_t settled() const noexcept { return settled_.get(); }
    void add_to(ProducerStats& stats) const noexcept;

  private:
    static constexpr std::uint32_t kChunksPerFrameMax = 128;
    static constexpr std::uint32_t kFrames = 128;
    // A frame takes more chunks only up to here, so that answers keep flowing.
    static constexpr std::uint32_t kFrameBytesAim = 512_KiB;
    static constexpr std::uint64_t kOpenCookie = ~std::uint64_t{0};

    struct SentFrame {
        std::array<ChunkBuffer*, kChunksPerFrameMax> chunks{};
        std::uint32_t count = 0;
        bool awaits_answer = false;
        bool awaits_release = false;
    };

    // Sending.
    void pump(std::int64_t now_ns);
    void take_sealed();
    void list(StreamletQueue& queue);
    bool send_frame(std::int64_t now_ns);
    std::uint32_t gather(SentFrame& frame, std::int64_t now_ns, std::uint32_t& bytes);
    void mark_sent(SentFrame& frame, std::uint32_t bytes);
    void unlist_drawn(std::int64_t now_ns);
    void end_part(std::uint32_t index);

    // Settling.
    void on_answer(std::uint64_t cookie, const FrameView& frame, Inbound& message) override;
    void on_request_failed(std::uint64_t cookie, const Error& why,
                           std::uint32_t retry_after_ms) override;
    void on_append_answer(std::uint32_t index, const FrameView& frame);
    void on_result(ChunkBuffer& chunk, const AppendResult& result);
    void on_refused(ChunkBuffer& chunk, const Error& why, std::uint32_t retry_after_ms);
    void note_refusal(StreamletQueue& queue, ErrorCode code);
    void forget_refusal(StreamletQueue& queue);
    void settle(ChunkBuffer& chunk, const Error& error);
    void tell_user(const ChunkBuffer& chunk);
    void free_if_done(ChunkBuffer& chunk);

    // Recovering; see sender_recovery.cpp.
    bool broker_has_lost_those_before(const ChunkBuffer& chunk, const Error& why) const;
    void put_back_in_line(ChunkBuffer& chunk);
    void retry_later(ChunkBuffer& chunk, std::uint32_t retry_after_ms);
    void wake_backing_off(std::int64_t now_ns);
    void expire(std::int64_t now_ns);
    void give_up(StreamletQueue& queue, ChunkBuffer& chunk, const Error& why);
    void stop(StreamletQueue& queue, const Error& why);
    void refuse(const Error& why);
    void fail_late();
    bool renew(StreamletQueue& queue);
    void renew_all(std::int64_t now_ns);
    void ask_identity(std::int64_t now_ns);
    void on_identity(const FrameView& frame);
    template <class Visit>
    void for_each_queue(Visit&& visit);

    Shared shared_;
    const ProducerOptions& options_;
    const std::uint32_t user_index_;
    ReconnectBackoff backoff_;

    ProducerId producer_{-1};
    ProducerEpoch epoch_{0};
    std::atomic<bool> identified_{false};
    std::atomic<bool> refused_{false};
    Error refusal_{ErrorCode::ok, "", 0, 0};
    // For who tells people why it takes so long: read by itself, so it pairs with nothing.
    std::atomic<ErrorCode> refused_with_{ErrorCode::ok};
    std::uint32_t refusing_queues_ = 0;
    bool asking_identity_ = false;
    std::int64_t ask_again_at_ns_ = 0;

    std::unique_ptr<SentFrame[]> frames_;
    std::vector<std::uint32_t> free_frames_;
    std::uint32_t frames_used_ = 0;
    std::vector<IoSpan> spans_;

    StreamletQueue* first_listed_ = nullptr;
    StreamletQueue* last_listed_ = nullptr;
    // Where the frame that was gathered last stopped drawing; null: the end of the list.
    StreamletQueue* drawn_until_ = nullptr;
    bool blocked_ = false;
    std::int64_t backing_off_until_ns_;
    std::int64_t expire_at_ns_;
    std::uint32_t renewing_ = 0;
    std::uint64_t unsettled_ = 0;
    bool shut_ = false;
    bool fails_late_ = false;
    Error shut_why_{ErrorCode::closed, "producer", 0, 0};

    StatCounter settled_;
    StatCounter failed_;
    StatCounter sent_again_;
    StatCounter duplicates_;
    StatCounter bytes_sent_;
    StatCounter frames_sent_;
};

}  // namespace kera
