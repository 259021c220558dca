// One round of the loop, and where its events go. See loop.hpp; loop_threads.cpp has the rest.
#include "client/session/loop.hpp"

#include <algorithm>
#include <new>
#include <system_error>
#include <utility>

#include "base/check.hpp"
#include "base/log.hpp"

namespace kera {

namespace {

// Thrown as a thread that the system refuses, since both belong to a client's beginning.
std::unique_ptr<Parker> make_parker() {
    Result<std::unique_ptr<Parker>> made = Parker::create();
    if (!made.ok()) {
        throw std::system_error(static_cast<int>(made.error().value), std::generic_category(),
                                made.error().what);
    }
    return std::move(*made);
}

}  // namespace

Loop::Loop(std::unique_ptr<Transport> transport, const Clock& clock, const Uri& uri,
           const LoopOptions& options)
    : options_(options),
      clock_(clock),
      random_(options.random_seed),
      transport_(std::move(transport)),
      send_memory_(*transport_),
      connection_(std::make_unique<Connection>(*transport_, clock, random_, uri, options.connection,
                                               static_cast<SessionListener&>(*this))),
      parker_(make_parker()) {
    parker_->watch(transport_->park_fd());
    now_ns_ = clock_.now_ns();
}

// Messages that users hold go before the transport does, the memory that it sends from after it.
Loop::~Loop() {
    stop();
    for (Retired& one : retired_) {
        one.user->shut_down(Error{ErrorCode::closed, "client", 0, 0});
    }
    send_memory_.abandon();
    transport_.reset();
    retired_.clear();
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
    if (has_tasks_.load(std::memory_order_acquire)) {
        run_tasks();
    }
    int work = 0;
    guard([&] { work += transport_->poll(*this, kMessageBudget); });
    guard([&] { work += connection_->poll(now_ns_); });
    if (failure_) [[unlikely]] {
        end_failed_session();
    }
    if (connection_->state() == Connection::State::closed && !session_refused()) {
        refusal_ = connection_->last_error();
        session_refused_.store(true, std::memory_order_release);
    }
    for (std::size_t index = 0; index < users_.size(); ++index) {
        if (users_[index] != nullptr) {
            guard([&] { work += users_[index]->poll(now_ns_); });
        }
    }
    if (!retired_.empty()) {
        drop_idle();
    }
    // What a user has thrown ends the session in the next round, which must not wait for anything.
    work += failure_ ? 1 : 0;
    polling_ = false;
    tell_waiters(work);
    return work;
}

std::int64_t Loop::next_deadline_ns() const {
    std::int64_t next = std::min(transport_->next_deadline_ns(), connection_->next_deadline_ns());
    for (const SessionUser* user : users_) {
        if (user != nullptr) {
            next = std::min(next, user->next_deadline_ns());
        }
    }
    return next;
}

std::uint32_t Loop::add(SessionUser& user) {
    const auto free = std::find(users_.begin(), users_.end(), nullptr);
    const auto index = static_cast<std::uint32_t>(free - users_.begin());
    if (free == users_.end()) {
        users_.push_back(&user);
    } else {
        *free = &user;
    }
    return index;
}

void Loop::remove(std::uint32_t index, const SessionUser& user) noexcept {
    if (users_[index] == &user) {
        users_[index] = nullptr;
    }
}

void Loop::retire(std::uint32_t index, std::unique_ptr<SessionUser> user, const Error& why) {
    KERA_ASSERT(users_[index] == user.get());
    user->shut_down(why);
    retired_.push_back({index, std::move(user)});
}

void Loop::drop_idle() {
    std::erase_if(retired_, [this](const Retired& one) {
        if (!one.user->idle()) {
            return false;
        }
        users_[one.index] = nullptr;
        return true;
    });
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
    if (index < users_.size() && users_[index] != nullptr) {
        guard([&] { users_[index]->on_released(static_cast<std::uint32_t>(token)); });
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
    for (std::size_t index = 0; index < users_.size(); ++index) {
        if (users_[index] != nullptr) {
            users_[index]->on_session_ready();
        }
    }
}

void Loop::on_session_lost(const Error& why) {
    static_cast<void>(why);
    session_ready_.store(false, std::memory_order_release);
    send_memory_.end();
    for (std::size_t index = 0; index < users_.size(); ++index) {
        if (users_[index] != nullptr) {
            users_[index]->on_session_lost();
        }
    }
}

void Loop::on_session_writable() {
    for (std::size_t index = 0; index < users_.size(); ++index) {
        if (users_[index] != nullptr) {
            users_[index]->on_session_writable();
        }
    }
}

void Loop::on_push(const FrameView& frame, Inbound& message) {
    for (std::size_t index = 0; index < users_.size(); ++index) {
        if (users_[index] != nullptr && users_[index]->on_push(frame, message)) {
            return;
        }
    }
}

}  // namespace kera
