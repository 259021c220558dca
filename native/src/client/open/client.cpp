// Opening and closing of a client and of those on it. See client.hpp.
#include "client/open/client.hpp"

#include <algorithm>
#include <utility>

namespace kera {

Client::Client(std::unique_ptr<Transport> transport, const Clock& clock, const Uri& uri,
               const ClientOptions& options)
    : options_(options), loop_(std::move(transport), clock, uri, options.loop) {
    loop_.start();
}

Client::~Client() {
    close();
}

std::int64_t Client::deadline_ns(std::int64_t timeout_ns) const noexcept {
    const std::int64_t now_ns = loop_.clock().now_ns();
    const std::int64_t wait_ns = timeout_ns < 0 ? options_.call_timeout_ns : timeout_ns;
    return wait_ns > kNoDeadline - now_ns ? kNoDeadline : now_ns + wait_ns;
}

Result<void> Client::await_session(std::int64_t timeout_ns) {
    Connection& connection = loop_.connection();
    loop_.wait_until(deadline_ns(timeout_ns),
                     [this] { return loop_.session_ready() || loop_.session_refused(); });
    if (loop_.session_ready()) {
        return {};
    }
    Error why{ErrorCode::timed_out, "connect", 0, 0};
    loop_.run([&] {
        if (connection.last_error().code != ErrorCode::ok) {
            why = connection.last_error();
        }
    });
    return why;
}

void Client::shut_down() {
    const Error why{ErrorCode::closed, "client", 0, 0};
    {
        const std::lock_guard lock(lists_);
        loop_.run([&] {
            for (const std::unique_ptr<Producer>& producer : producers_) {
                producer->shut_down(why);
            }
            for (const std::unique_ptr<SharedProducer>& producer : shared_producers_) {
                producer->shut_down(why);
            }
        });
    }
    loop_.stop();
}

void Client::close() {
    {
        const std::lock_guard lock(lists_);
        if (std::exchange(closed_, true)) {
            return;
        }
        retire_all(producers_);
        retire_all(shared_producers_);
        retire_all(consumers_);
    }
    loop_.stop();
}

template <class User>
std::unique_ptr<User> Client::take_off(Users<User>& users, const User& one) {
    const std::lock_guard lock(lists_);
    const auto found = std::find_if(users.begin(), users.end(),
                                    [&one](const auto& user) { return user.get() == &one; });
    if (found == users.end()) {
        return nullptr;
    }
    std::unique_ptr<User> taken = std::move(*found);
    users.erase(found);
    return taken;
}

template <class User>
Result<void> Client::put_on(Users<User>& users, std::unique_ptr<User> one) {
    {
        const std::lock_guard lock(lists_);
        if (!closed_) {
            users.push_back(std::move(one));
            return {};
        }
    }
    retire(std::move(one), "client");
    return fail(ErrorCode::closed, "client");
}

template <class User>
void Client::retire(std::unique_ptr<User> user, const char* what) {
    if (user == nullptr) {
        return;
    }
    const std::uint32_t index = user->index();
    loop_.run([&] {
        loop_.users().retire(index, std::move(user), Error{ErrorCode::closed, what, 0, 0});
    });
}

// REQUIRES: the lists' mutex.
template <class User>
void Client::retire_all(Users<User>& users) {
    for (std::unique_ptr<User>& user : users) {
        retire(std::move(user), "client");
    }
    users.clear();
}

template <class User, class Options>
Result<User*> Client::make(Users<User>& users, Options&& options) {
    std::unique_ptr<User> made;
    loop_.run([&] { made = std::make_unique<User>(loop_, std::forward<Options>(options)); });
    User* const user = made.get();
    KERA_TRY(put_on(users, std::move(made)));
    return user;
}

template <class AnyProducer>
Result<AnyProducer*> Client::open(Users<AnyProducer>& producers, ProducerOptions options,
                                  std::int64_t timeout_ns) {
    KERA_TRY(options.check());
    const std::int64_t deadline = deadline_ns(timeout_ns);
    KERA_TRY(await_session(timeout_ns));
    KERA_TRY_ASSIGN(AnyProducer* const producer, make(producers, std::move(options)));
    const Result<void> identified = producer->await_identity(deadline);
    if (!identified) {
        retire(take_off(producers, *producer), "producer");
        return identified.error();
    }
    return producer;
}

Result<Producer*> Client::open_producer(ProducerOptions options, std::int64_t timeout_ns) {
    return open(producers_, std::move(options), timeout_ns);
}

Result<void> Client::close_producer(Producer& producer, std::int64_t timeout_ns) {
    const Result<void> flushed = producer.flush(deadline_ns(timeout_ns));
    std::unique_ptr<Producer> closing = take_off(producers_, producer);
    if (closing == nullptr) {
        return fail(ErrorCode::invalid_argument, "producer");
    }
    retire(std::move(closing), "producer");
    return flushed;
}

Result<SharedProducer*> Client::open_shared_producer(const ProducerOptions& options,
                                                     std::int64_t timeout_ns) {
    return open(shared_producers_, options, timeout_ns);
}

void Client::close_shared_producer(SharedProducer& producer) {
    retire(take_off(shared_producers_, producer), "producer");
}

Result<Consumer*> Client::open_consumer(const ConsumerOptions& options) {
    KERA_TRY(Consumer::check(options));
    return make(consumers_, options);
}

Result<void> Client::close_consumer(Consumer& consumer) {
    std::unique_ptr<Consumer> closing = take_off(consumers_, consumer);
    if (closing == nullptr) {
        return fail(ErrorCode::invalid_argument, "consumer");
    }
    retire(std::move(closing), "consumer");
    return {};
}

}  // namespace kera
