// A client of a benchmark's node, driven by the case's thread: connects, creates streams, fills
// them. One thread; owns the client, its producers and consumers. An error fails the case.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "client/open/client.hpp"
#include "wire/message/stream_messages.hpp"

namespace kera::bench {

inline constexpr std::int64_t kPatienceNs = 300 * kNanosPerSecond;

class Session {
  public:
    explicit Session(const std::string& uri);

    Client& client() noexcept { return *client_; }
    StreamId create_stream(const std::string& name, const StreamSettings& settings);
    Producer& open_producer(const ProducerOptions& options);
    Consumer& open_consumer(const ConsumerOptions& options);

    // Appends records of this size to streamlet 0 until so many bytes of values are acknowledged.
    void fill(StreamId stream, std::uint32_t value_bytes, std::uint64_t bytes, AckLevel acks);

  private:
    SystemClock clock_;
    std::unique_ptr<Client> client_;
};

}  // namespace kera::bench
