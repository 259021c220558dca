// A connection to a broker, and the producers, consumers and administration that use it.
// Thread: any may call the client itself; producers and consumers name their own threads. Without
// an I/O thread only one thread may use all of it, and its calls and poll() do the work. Owns the
// loop, the producers and the consumers. Closing is idempotent, and also closes those that are
// still open.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "client/consume/consumer.hpp"
#include "client/produce/producer.hpp"
#include "client/produce/shared_producer.hpp"
#include "client/session/loop.hpp"
#include "wire/message/stream_messages.hpp"

namespace kera {

struct ClientOptions {
    LoopOptions loop;
    // For calls that are given no deadline of their own.
    std::int64_t call_timeout_ns = 30 * kNanosPerSecond;
};

class Client {
  public:
    Client(std::unique_ptr<Transport> transport, const Clock& clock, const Uri& uri,
           const ClientOptions& options);
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client();

    // Waits for the first session; afterwards lost ones are replaced in the background.
    Result<void> await_session(std::int64_t timeout_ns);
    // Ends session and thread: what is not acknowledged fails with CLOSED, waits end, and
    // everything else fails from now on. Producers, consumers and what they hold stay until
    // close(). REQUIRES: an I/O thread.
    void shut_down();
    // Producers flush before, or lose what is not acknowledged.
    void close();
    // One round of work; for callers without an I/O thread.
    int poll() { return loop_.poll(); }

    // Negative timeouts stand for ClientOptions::call_timeout_ns.
    Result<Producer*> open_producer(ProducerOptions options, std::int64_t timeout_ns = -1);
    // Flushes until the deadline; what is left then fails with CLOSED.
    Result<void> close_producer(Producer& producer, std::int64_t timeout_ns = -1);
    // The same for records that are laid out by another language.
    Result<SharedProducer*> open_shared_producer(const ProducerOptions& options,
                                                 std::int64_t timeout_ns = -1);
    // Flushes nothing.
    void close_shared_producer(SharedProducer& producer);
    Result<Consumer*> open_consumer(const ConsumerOptions& options);
    // Batches that are still held become invalid.
    Result<void> close_consumer(Consumer& consumer);

    Loop& loop() noexcept { return loop_; }
    std::int64_t deadline_ns(std::int64_t timeout_ns) const noexcept;

  private:
    template <class User>
    using Users = std::vector<std::unique_ptr<User>>;

    // Makes a user on the loop's thread, and puts it on its list.
    template <class User, class Options>
    Result<User*> make(Users<User>& users, Options&& options);
    // The same for a producer of either kind, which needs an identity before it is of use.
    template <class AnyProducer>
    Result<AnyProducer*> open(Users<AnyProducer>& producers, ProducerOptions options,
                              std::int64_t timeout_ns);
    template <class User>
    Result<void> put_on(Users<User>& users, std::unique_ptr<User> one);
    // Takes one off its list, if it is there and nobody else has.
    template <class User>
    std::unique_ptr<User> take_off(Users<User>& users, const User& one);
    // Null: nobody.
    template <class User>
    void retire(std::unique_ptr<User> user, const char* what);
    template <class User>
    void retire_all(Users<User>& users);

    const ClientOptions options_;
    Loop loop_;
    // Over the lists, which any thread may open into and close out of.
    std::mutex lists_;
    Users<Producer> producers_;
    Users<SharedProducer> shared_producers_;
    Users<Consumer> consumers_;
    bool closed_ = false;  // with the lists
};

}  // namespace kera
