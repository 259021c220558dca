// A producer's id and epoch, and how the broker gives them: at the beginning, and a higher epoch
// when chunks were lost. Thread: the loop's; any may call await(), and ask for the id and whether
// there is one. Invariants: at most one request is in flight; a producer that was refused stays so.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "client/send/producer_options.hpp"
#include "client/session/reconnect_backoff.hpp"
#include "client/session/request_table.hpp"
#include "wire/chunk/chunk.hpp"

namespace kera {

class Loop;

class ProducerIdentity final : private RequestOwner {
  public:
    // Told when the broker will not have this producer any more.
    class Listener {
      public:
        virtual void on_producer_refused(const Error& why) = 0;

      protected:
        ~Listener() = default;
    };

    ProducerIdentity(Loop& loop, const ProducerOptions& options);
    ProducerIdentity(const ProducerIdentity&) = delete;
    ProducerIdentity& operator=(const ProducerIdentity&) = delete;
    ~ProducerIdentity();

    void set_listener(Listener& listener) noexcept { listener_ = &listener; }

    // What chunks are sealed with; kNoProducer before identified(), or where none is needed.
    ProducerId id() const noexcept { return id_.load(std::memory_order_relaxed); }
    // The loop's thread.
    ProducerEpoch epoch() const noexcept { return epoch_; }
    // Whether chunks can be numbered, so that claims may begin.
    bool identified() const noexcept { return identified_.load(std::memory_order_acquire); }
    bool refused() const noexcept { return refused_.load(std::memory_order_acquire); }
    // REQUIRES: refused().
    const Error& refusal() const noexcept { return refusal_; }
    // Waits until chunks can be numbered.
    Result<void> await(std::int64_t deadline_ns) const;

    // Asks for an id, or for a higher epoch of the id, unless it is too early or asked already.
    void ask(std::int64_t now_ns);
    // When ask() is to be called, if there is something to ask for.
    std::int64_t next_ask_ns() const noexcept;
    void refuse(const Error& why);
    void on_session_ready() noexcept { ask_again_at_ns_ = 0; }
    void on_session_lost() noexcept { asking_ = false; }

  private:
    void on_answer(std::uint64_t cookie, const FrameView& frame, Inbound& message) override;
    void on_request_failed(std::uint64_t cookie, const Error& why,
                           std::uint32_t retry_after_ms) override;

    Loop& loop_;
    const std::int64_t request_timeout_ns_;
    ReconnectBackoff backoff_;
    Listener* listener_ = nullptr;
    // The application reads it after identified(); later answers have the same one.
    std::atomic<ProducerId> id_{kNoProducer};
    ProducerEpoch epoch_{0};
    std::atomic<bool> identified_{false};
    std::atomic<bool> refused_{false};
    Error refusal_{ErrorCode::ok, "", 0, 0};
    bool asking_ = false;
    std::int64_t ask_again_at_ns_ = 0;
};

}  // namespace kera
