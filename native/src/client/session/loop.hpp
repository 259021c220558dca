// The event loop of a client: one transport, one session, and the producers and consumers on it.
// Thread: any may call run(), wait_until(), wake(), and what says so below. All else belongs to the
// one that calls poll(): the caller's or the I/O thread. Owns the transport, the connection and
// retired users. Invariants: all I/O happens within poll(); whoever hands work over wakes the loop
// (see ring/parker.hpp); nothing that is thrown ends the process.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "client/rounds/loop_rounds.hpp"
#include "client/rounds/loop_tasks.hpp"
#include "client/session/connection.hpp"
#include "client/session/send_memory.hpp"
#include "client/session/session_users.hpp"
#include "client/session/stream_growth.hpp"
#include "client/session/subscription_table.hpp"
#include "transport/transport.hpp"

namespace kera {

struct LoopOptions {
    ConnectionOptions connection;
    // A thread of the client's own polls; otherwise the caller does.
    bool io_thread = false;
    // Polls without work before a caller sleeps that runs the loop. The thread of the loop's own
    // decides by itself (ring/idle.hpp), and with 0 it never spins.
    std::uint32_t idle_polls_max = 2000;
    std::uint64_t random_seed = 0;
};

class Loop final : private TransportHandler, private SessionListener, private RoundWork {
  public:
    Loop(std::unique_ptr<Transport> transport, const Clock& clock, const Uri& uri,
         const LoopOptions& options);
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;
    ~Loop() override;

    Connection& connection() noexcept { return *connection_; }
    Transport& transport() noexcept { return *transport_; }
    SendMemory& send_memory() noexcept { return send_memory_; }
    SessionUsers& users() noexcept { return users_; }
    SubscriptionTable& subscriptions() noexcept { return subscriptions_; }
    StreamGrowth& growth() noexcept { return growth_; }
    const Clock& clock() const noexcept { return clock_; }
    Random& random() noexcept { return random_; }
    bool has_io_thread() const noexcept { return options_.io_thread; }
    // Of the last poll.
    std::int64_t now_ns() const noexcept { return now_ns_; }
    // Whether there is a session; any thread.
    bool session_ready() const noexcept { return session_ready_.load(std::memory_order_acquire); }

    // Whether the broker refuses this client for good, so that no session will come; any thread.
    bool session_refused() const noexcept {
        return session_refused_.load(std::memory_order_acquire);
    }

    // REQUIRES: session_refused().
    const Error& refusal() const noexcept { return refusal_; }

    // Does what there is to do; returns how much that was. REQUIRES: not from within a handler.
    int poll() override;
    bool polling() const noexcept { return polling_; }
    // Sleeps until something happens, at most until `until_ns`. Without an I/O thread.
    void park(std::int64_t until_ns);
    std::int64_t next_deadline_ns() const override;
    // For those who hand work over without a call; see ring/parker.hpp.
    const volatile std::uint8_t* parked_flag() noexcept { return rounds_.parker().parked_flag(); }

    // After work was handed over to an I/O thread; any thread. Wakes it if it sleeps, or does its
    // next rounds.
    void wake() noexcept { rounds_.wake(); }
    void help() { rounds_.help(); }
    // Any thread: whoever waits asks again whether it is done.
    void wake_waiting();
    // See LoopRounds.
    void keep_to_own_thread() noexcept { rounds_.keep_to_own_thread(); }

    // Runs the task on the loop's thread and returns when it has run; what it throws comes out
    // here.
    void run(const std::function<void()>& task);
    // Waits until `done`. False at the deadline, when the loop has stopped, and at once from within
    // a handler, where waiting would never end.
    // `handed_over`: the caller has left something to the loop without waking it.
    bool wait_until(std::int64_t deadline_ns, const std::function<bool()>& done,
                    bool handed_over = false) {
        return rounds_.wait_until(deadline_ns, done, {polling_, handed_over});
    }
    bool on_loop_thread() const noexcept { return rounds_.on_loop_thread(); }

    // Of what a user sends: tells whose it is, and which of its entries.
    static Token token(std::uint32_t user_index, std::uint32_t entry) noexcept {
        return (Token{user_index} + 1) << 32U | Token{entry};
    }

    void start();
    // Ends session and thread; idempotent. Users have been retired before.
    void stop();

  private:
    static constexpr int kMessageBudget = 64;
    bool may_sleep() override;
    bool awaits_messages() override;
    // Runs `body`, a part of a round; what is thrown in it ends the session for good.
    template <class Body>
    void guard(Body&& body);
    void end_failed_session();

    void on_connected(EndpointId endpoint, const PeerInfo& peer) override;
    void on_disconnected(EndpointId endpoint, const Error& why) override;
    void on_message(EndpointId endpoint, Inbound&& message) override;
    void on_released(EndpointId endpoint, Token token) override;
    void on_writable(EndpointId endpoint) override;

    void on_session_ready() override;
    void on_session_lost(const Error& why) override;
    void on_session_writable() override;
    void on_push(const FrameView& frame, Inbound& message) override;

    const LoopOptions options_;
    const Clock& clock_;
    Random random_;
    std::unique_ptr<Transport> transport_;
    SendMemory send_memory_;
    std::unique_ptr<Connection> connection_;
    SessionUsers users_;
    SubscriptionTable subscriptions_;
    StreamGrowth growth_;
    std::int64_t now_ns_ = 0;
    // Also looked at by threads that wait for the loop.
    std::atomic<bool> polling_{false};
    std::atomic<bool> stopped_{false};
    std::atomic<bool> session_ready_{false};
    std::atomic<bool> session_refused_{false};
    Error refusal_{ErrorCode::ok, "", 0, 0};
    // Why no session can go on here; the session is still to be ended.
    std::optional<Error> failure_;

    LoopRounds rounds_;
    LoopTasks tasks_;
};

}  // namespace kera
