// Brings sealed chunks to the broker: frames for many streamlets, answers, outcomes. Thread: the
// loop's; any may ask for counts. Borrows the producer's memory and streams, owns what is sent.
// Invariants: chunks of a streamlet are sent in the order of their sequences; each chunk gets one
// outcome.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "client/compress/chunk_compressor.hpp"
#include "client/send/attached_streams.hpp"
#include "client/send/chunk_settler.hpp"
#include "client/send/producer_identity.hpp"
#include "client/send/producer_options.hpp"
#include "client/send/renewal.hpp"
#include "client/send/sealed_chunks.hpp"
#include "client/send/send_list.hpp"
#include "client/send/send_recovery.hpp"
#include "client/send/sent_frames.hpp"
#include "client/send/stat_counter.hpp"
#include "client/session/request_table.hpp"
#include "transport/transport.hpp"
#include "wire/message/produce_messages.hpp"

namespace kera {

class Loop;

class Sender final : private RequestOwner {
  public:
    struct Parts {
        Loop& loop;
        const ProducerOptions& options;
        ProducerIdentity& identity;
        AttachedStreams& streams;
        ChunkPool& pool;
        // From the application's thread; null: the owner calls add().
        SealedChunks* sealed;
        OutcomeReader outcome_reader;
    };

    Sender(const Parts& parts, std::uint32_t user_index);
    Sender(const Sender&) = delete;
    Sender& operator=(const Sender&) = delete;
    ~Sender();

    // Takes over a sealed chunk, and compresses it; poll() sends it.
    void add(ChunkBuffer& chunk);
    int poll(std::int64_t now_ns);
    std::int64_t next_deadline_ns() const;
    void on_session_ready();
    void on_session_lost();
    void on_session_writable();
    void on_released(std::uint32_t entry) { frames_.on_released(entry); }
    // Fails everything that is not settled.
    void shut_down(const Error& why);
    bool idle() const noexcept { return frames_.empty() && settler_.idle(); }
    // Whether some chunk has no outcome yet.
    bool under_way() const noexcept { return !settler_.idle(); }
    // Whether no chunk waits to be sent, for whatever reason.
    bool all_sent() const noexcept {
        return send_list_.empty() && parts_.identity.identified() && !renewal_.needed();
    }
    // Lets a stopped streamlet go on under a new epoch. Needs the lock of the sealed chunks.
    void recover(StreamletQueue& queue) { recovery_.recover(queue); }

    // What the broker refuses some streamlet's chunks with for now; ok: nothing. Any thread.
    ErrorCode refused_with() const noexcept { return recovery_.refused_with(); }
    std::uint64_t settled() const noexcept { return settler_.settled(); }
    void add_to(ProducerStats& stats) const noexcept;

  private:
    void take_sealed();
    void renew(std::int64_t now_ns);
    void send(std::int64_t now_ns);
    bool send_frame(std::int64_t now_ns);
    std::uint32_t gather(SentFrames::Frame& frame, std::int64_t now_ns);
    void mark_sent(const SentFrames::Frame& frame, std::uint32_t bytes);

    void on_answer(std::uint64_t cookie, const FrameView& frame, Inbound& message) override;
    void on_request_failed(std::uint64_t cookie, const Error& why,
                           std::uint32_t retry_after_ms) override;
    void on_result(ChunkBuffer& chunk, const AppendResult& result);

    const Parts parts_;
    const ProducerOptions& options_;
    const std::uint32_t user_index_;
    SendList send_list_;
    ChunkSettler settler_;
    SentFrames frames_;
    Renewal renewal_;
    SendRecovery recovery_;
    // Null: chunks are sent as they are.
    const std::unique_ptr<ChunkCompressor> compressor_;
    std::vector<IoSpan> spans_;
    // The transport takes nothing more before on_session_writable().
    bool blocked_ = false;

    StatCounter sent_again_;
    StatCounter duplicates_;
    StatCounter bytes_sent_;
    StatCounter frames_sent_;
};

}  // namespace kera
