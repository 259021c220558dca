// One round of the loop, where its events go, and its thread. See loop.hpp.
#include "client/session/loop.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "base/check.hpp"
#include "base/log.hpp"

namespace kera {

Loop::Loop(std::unique_ptr<Transport> transport, const Clock& clock, const Uri& uri,
           const LoopOptions& options)
    : options_(options),
      clock_(clock),
      random_(options.random_seed),
      transport_(std::move(transport)),
      send_memory_(*transport_),
      connection_(std::make_unique<Connection>(*transport_, clock, random_, uri, options.connection,
                                               static_cast<SessionListener&>(*this))),
      growth_(*connection_, users_),
      rounds_(*this, clock, {options.io_thread, options.idle_polls_max}, transport_->park_fd()),
      tasks_(rounds_) {
    now_ns_ = clock_.now_ns();
}

Loop::~Loop() {
    stop();
    users_.shut_down_retired(Error{ErrorCode::closed, "client", 0, 0});
    send_memory_.abandon();
    transport_.reset();
    users_.drop_retired();
}

template <class Body>
void Loop::guard(Body&& body) {
    try {
        body();
    } catch (const std::bad_alloc&) {
        failure_ = fail(ErrorCode::memory_exhausted, "heap");
    } catch (const std::exception& thrown) {
        failure_ = fail(ErrorCode::internal, "exception");
        log(LogLevel::error, "client_failed", {{"exception", thrown.what()}});
    }
}

// Nobody knows what was left half done, and a broker that brought it about would do so again.
void Loop::end_failed_session() {
    const Error why = *std::exchange(failure_, std::nullopt);
    guard([&] { connection_->close(why); });
    failure_.reset();
}

int Loop::poll() {
    KERA_ASSERT(!polling_);
    polling_ = true;
    now_ns_ = clock_.now_ns();
    if (tasks_.waiting()) {
        tasks_.run_waiting();
    }
    int work = 0;
    guard([&] { work += transport_->poll(*this, kMessageBudget); });
    guard([&] { work += connection_->poll(now_ns_); });
    guard([&] { work += growth_.poll(now_ns_); });
    if (failure_) [[unlikely]] {
        end_failed_session();
    }
    if (connection_->state() == Connection::State::closed && !session_refused()) {
        refusal_ = connection_->last_error();
        session_refused_.store(true, std::memory_order_release);
    }
    users_.for_each([&](SessionUser& user) { guard([&] { work += user.poll(now_ns_); }); });
    users_.drop_idle();
    // What a user has thrown ends the session in the next round, which must not wait for anything.
    work += failure_ ? 1 : 0;
    polling_ = false;
    return work;
}

std::int64_t Loop::next_deadline_ns() const {
    return std::min({transport_->next_deadline_ns(), connection_->next_deadline_ns(),
                     growth_.next_deadline_ns(), users_.next_deadline_ns()});
}

void Loop::on_connected(EndpointId endpoint, const PeerInfo& peer) {
    static_cast<void>(peer);
    guard([&] {
        if (endpoint == connection_->endpoint()) {
            connection_->on_connected();
        }
    });
}

void Loop::on_disconnected(EndpointId endpoint, const Error& why) {
    guard([&] { connection_->on_disconnected(endpoint, why); });
}

void Loop::on_message(EndpointId endpoint, Inbound&& message) {
    guard([&] {
        if (endpoint == connection_->endpoint()) {
            connection_->on_message(std::move(message));
        }
    });
}

void Loop::on_released(EndpointId endpoint, Token token) {
    static_cast<void>(endpoint);
    const auto index = static_cast<std::size_t>((token >> 32U) - 1);
    if (SessionUser* const user = users_.find(index)) {
        guard([&] { user->on_released(static_cast<std::uint32_t>(token)); });
    }
}

void Loop::on_writable(EndpointId endpoint) {
    guard([&] {
        if (endpoint == connection_->endpoint()) {
            connection_->on_writable();
        }
    });
}

void Loop::on_session_ready() {
    send_memory_.begin(connection_->endpoint());
    session_ready_.store(true, std::memory_order_release);
    users_.for_each([](SessionUser& user) { user.on_session_ready(); });
    growth_.on_session_ready();
}

void Loop::on_session_lost(const Error& why) {
    static_cast<void>(why);
    session_ready_.store(false, std::memory_order_release);
    send_memory_.end();
    growth_.on_session_lost();
    users_.for_each([](SessionUser& user) { user.on_session_lost(); });
}

void Loop::on_session_writable() {
    users_.for_each([](SessionUser& user) { user.on_session_writable(); });
}

void Loop::on_push(const FrameView& frame, Inbound& message) {
    if (!growth_.on_push(frame)) {
        // Else nobody's: the subscription has ended, and the broker does not know yet.
        static_cast<void>(subscriptions_.deliver(frame, message));
    }
}

void Loop::start() {
    connection_->open();
    rounds_.start();
}

void Loop::stop() {
    if (stopped_.exchange(true)) {
        return;
    }
    rounds_.stop_others();
    connection_->close();
    if (!polling_) {
        // What was sent last still leaves, and its memory comes back.
        poll();
    }
    // Whoever waits for something else than a task waits in vain from now on.
    rounds_.wake_waiting();
    tasks_.end();
}

void Loop::wake_waiting() {
    if (has_io_thread()) {
        rounds_.wake();
        rounds_.wake_waiting();
    } else {
        transport_->wake();
    }
}

void Loop::park(std::int64_t until_ns) {
    if (transport_->park_fd() >= 0) {
        rounds_.park(until_ns);
    }
}

bool Loop::may_sleep() {
    return !tasks_.waiting() && !users_.has_work() && transport_->prepare_park();
}

bool Loop::awaits_messages() {
    return !session_ready() || users_.await_messages();
}

void Loop::run(const std::function<void()>& task) {
    if (on_loop_thread()) {
        task();
    } else {
        tasks_.run(task);
    }
}

}  // namespace kera
