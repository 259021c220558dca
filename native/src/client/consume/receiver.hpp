// The loop's side of a consumer, as Sender is a producer's: keeps it supplied with what it reads,
// by pull or by push. Thread: the loop's. Borrows the loop, the options and the consumer's inbox.
// Invariant: one request or subscription at a time for each streamlet.
#pragma once

#include <cstdint>

#include "client/consume/fetcher.hpp"
#include "client/consume/incoming_streamlets.hpp"
#include "client/consume/start_resolver.hpp"
#include "client/consume/subscriber.hpp"
#include "client/consume/term_checks.hpp"

namespace kera {

class Receiver {
  public:
    Receiver(Loop& loop, const ConsumerOptions& options, Inbox& inbox);

    // The new streamlet's index; it is paused.
    std::uint32_t add(StreamId stream, StreamletId streamlet);
    // Reads from there on, whatever it did before.
    void start(std::uint32_t index, std::uint32_t generation, const StartAt& start);
    void pause(std::uint32_t index, std::uint32_t generation);

    int poll(std::int64_t now_ns);
    std::int64_t next_deadline_ns() const noexcept { return streamlets_.next_deadline_ns(); }
    void shut_down();
    void on_session_ready() noexcept { streamlets_.ask_soon(); }
    void on_session_lost();

  private:
    void ask(std::int64_t now_ns);
    void on_read(const Received& received);

    Loop& loop_;
    const ConsumerOptions& options_;
    Inbox& inbox_;
    IncomingStreamlets streamlets_;
    StartResolver starts_;
    TermChecks terms_;
    // By options_.push one of these two is at work.
    Fetcher fetcher_;
    Subscriber subscriber_;
    bool shut_ = false;
};

}  // namespace kera
