#include "bench/session.hpp"

#include <utility>
#include <vector>

#include "base/units.hpp"
#include "bench/case.hpp"
#include "bench/processor_time.hpp"
#include "client/open/admin.hpp"
#include "transport/shm/shm_transport.hpp"
#include "transport/tcp/tcp_transport.hpp"

namespace kera::bench {

namespace {

// For both schemes, with a client's default options.
std::unique_ptr<Transport> transport_for(const Uri& uri, const Clock& clock) {
    if (uri.scheme == "shm") {
        return must(ShmTransport::open(ShmOptions{}, clock), "shm transport");
    }
    return must(TcpTransport::open(TcpOptions{}, clock), "tcp transport");
}

}  // namespace

Session::Session(const std::string& uri_text) {
    const Uri uri = must(parse_uri(uri_text), "uri");
    client_ = std::make_unique<Client>(transport_for(uri, clock_), clock_, uri, ClientOptions{});
    must(client_->await_session(kPatienceNs), "session");
}

StreamId Session::create_stream(const std::string& name, const StreamSettings& settings) {
    return must(Admin(*client_).create_stream(name, settings), "create stream").stream;
}

Producer& Session::open_producer(const ProducerOptions& options) {
    return *must(client_->open_producer(options), "open producer");
}

Consumer& Session::open_consumer(const ConsumerOptions& options) {
    return *must(client_->open_consumer(options), "open consumer");
}

void Session::fill(StreamId stream, std::uint32_t value_bytes, std::uint64_t bytes, AckLevel acks) {
    // Shared, because when this fails, unanswered requests still end with the client.
    const auto failed = std::make_shared<bool>(false);
    ProducerOptions options;
    options.acks = acks;
    options.chunk_bytes = 64_KiB;
    options.on_batch = [failed](const BatchOutcome& outcome) {
        *failed = *failed || outcome.error.code != ErrorCode::ok;
    };
    Producer& producer = open_producer(options);
    const StreamHandle handle = must(producer.attach(stream, 1), "attach");
    std::vector<std::byte> value(value_bytes, std::byte{0x5A});
    for (std::uint64_t written = 0; written < bytes; written += value_bytes) {
        const Claim claim = must(producer.claim(handle, StreamletId(0), value_bytes), "claim");
        store_le(value.data(), written);
        copy_bytes(claim.value.data(), value.data(), value_bytes);
        producer.commit();
    }
    must(producer.flush(now_ns() + kPatienceNs), "flush");
    must(client_->close_producer(producer), "close producer");
    if (*failed) {
        fail_bench("filling a stream: a batch was refused");
    }
}

}  // namespace kera::bench
