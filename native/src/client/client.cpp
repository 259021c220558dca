// Opening and closing of a client and of those on it. See client.hpp.
#include "client/client.hpp"

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
    const bool done = loop_.wait_until(deadline_ns(timeout_ns), [this] {
        return loop_.session_ready() || loop_.session_refused();
    });
    if (loop_.session_ready()) {
        return {};
    }
    Error why{ErrorCode::timed_out, "connect", 0, 0};
    loop_.run([&] {
        if (connection.last_error().code != ErrorCode::ok) {
            why = connection.last_error();
        }
    });
    static_cast<void>(done);
    return why;
}

void Client::shut_down() {
    const Error why{ErrorCode::closed, "client", 0, 0};
    loop_.run([&] {
        for (const std::unique_ptr<Producer>& producer : producers_) {
            producer->shut_down(why);
        }
        for (const std::unique_ptr<SharedProducer>& producer : shared_producers_) {
            producer->shut_down(why);
        }
    });
    loop_.stop();
}

void Client::close() {
    if (std::exchange(closed_, true)) {
        return;
    }
    const Error why{ErrorCode::closed, "client", 0, 0};
    loop_.run([&] {
        for (std::unique_ptr<Producer>& producer : producers_) {
            const std::uint32_t index = producer->index();
            loop_.retire(index, std::move(producer), why);
        }
        producers_.clear();
        for (std::unique_ptr<SharedProducer>& producer : shared_producers_) {
            const std::uint32_t index = producer->index();
            loop_.retire(index, std::move(producer), why);
        }
        shared_producers_.clear();
        for (std::unique_ptr<Consumer>& consumer : consumers_) {
            const std::uint32_t index = consumer->index();
            loop_.retire(index, std::move(consumer), why);
        }
        consumers_.clear();
    });
    loop_.stop();
}

Result<Producer*> Client::open_producer(ProducerOptions options, std::int64_t timeout_ns) {
    KERA_TRY(Producer::check(options));
    if (closed_) {
        return fail(ErrorCode::closed, "client");
    }
    const std::int64_t deadline = deadline_ns(timeout_ns);
    KERA_TRY(await_session(timeout_ns));
    std::unique_ptr<Producer> made;
    loop_.run([&] { made = std::make_unique<Producer>(loop_, std::move(options)); });
    Producer* const producer = made.get();
    producers_.push_back(std::move(made));
    const Result<void> identified = producer->await_identity(deadline);
    if (!identified) {
        const Result<void> dropped = close_producer(*producer, 0);
        static_cast<void>(dropped);
        return identified.error();
    }
    return producer;
}

Result<void> Client::close_producer(Producer& producer, std::int64_t timeout_ns) {
    const auto found =
        std::find_if(producers_.begin(), producers_.end(),
                     [&producer](const auto& one) { return one.get() == &producer; });
    if (found == producers_.end()) {
        return fail(ErrorCode::invalid_argument, "producer");
    }
    const Result<void> flushed = producer.flush(deadline_ns(timeout_ns));
    std::unique_ptr<Producer> closing = std::move(*found);
    producers_.erase(found);
    const std::uint32_t index = closing->index();
    loop_.run([&] {
        loop_.retire(index, std::move(closing), Error{ErrorCode::closed, "producer", 0, 0});
    });
    return flushed;
}

Result<SharedProducer*> Client::open_shared_producer(const ProducerOptions& options,
                                                     std::int64_t timeout_ns) {
    KERA_TRY(Producer::check(options));
    if (closed_) {
        return fail(ErrorCode::closed, "client");
    }
    const std::int64_t deadline = deadline_ns(timeout_ns);
    KERA_TRY(await_session(timeout_ns));
    std::unique_ptr<SharedProducer> made;
    loop_.run([&] { made = std::make_unique<SharedProducer>(loop_, options); });
    SharedProducer* const producer = made.get();
    shared_producers_.push_back(std::move(made));
    const Result<void> identified = producer->await_identity(deadline);
    if (!identified) {
        close_shared_producer(*producer);
        return identified.error();
    }
    return producer;
}

void Client::close_shared_producer(SharedProducer& producer) {
    const auto found =
        std::find_if(shared_producers_.begin(), shared_producers_.end(),
                     [&producer](const auto& one) { return one.get() == &producer; });
    if (found == shared_producers_.end()) {
        return;
    }
    std::unique_ptr<SharedProducer> closing = std::move(*found);
    shared_producers_.erase(found);
    const std::uint32_t index = closing->index();
    loop_.run([&] {
        loop_.retire(index, std::move(closing), Error{ErrorCode::closed, "producer", 0, 0});
    });
}

Result<Consumer*> Client::open_consumer(ConsumerOptions options) {
    KERA_TRY(Consumer::check(options));
    if (closed_) {
        return fail(ErrorCode::closed, "client");
    }
    std::unique_ptr<Consumer> made;
    loop_.run([&] { made = std::make_unique<Consumer>(loop_, options); });
    consumers_.push_back(std::move(made));
    return consumers_.back().get();
}

Result<void> Client::close_consumer(Consumer& consumer) {
    const auto found =
        std::find_if(consumers_.begin(), consumers_.end(),
                     [&consumer](const auto& one) { return one.get() == &consumer; });
    if (found == consumers_.end()) {
        return fail(ErrorCode::invalid_argument, "consumer");
    }
    std::unique_ptr<Consumer> closing = std::move(*found);
    consumers_.erase(found);
    const std::uint32_t index = closing->index();
    loop_.run([&] {
        loop_.retire(index, std::move(closing), Error{ErrorCode::closed, "consumer", 0, 0});
    });
    return {};
}

}  // namespace kera
