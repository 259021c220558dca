#include "bench/tcp_limits.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <thread>
#include <utility>
#include <vector>

#include "base/file_descriptor.hpp"
#include "base/units.hpp"
#include "bench/case.hpp"
#include "bench/processor_time.hpp"

namespace kera::bench {

namespace {

// A connected pair over loopback, without Nagle's delay on either end.
struct Pair {
    FileDescriptor left;
    FileDescriptor right;
};

int connect_to_self(int listener) {
    sockaddr_in address{};
    socklen_t bytes = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    must_call(bind(listener, generic, bytes), "bind");
    must_call(listen(listener, 1), "listen");
    must_call(getsockname(listener, generic, &bytes), "getsockname");
    const auto fd = static_cast<int>(must_call(socket(AF_INET, SOCK_STREAM, 0), "socket"));
    must_call(connect(fd, generic, bytes), "connect");
    return fd;
}

Pair loopback_pair() {
    const FileDescriptor listener(
        static_cast<int>(must_call(socket(AF_INET, SOCK_STREAM, 0), "socket")));
    const int left = connect_to_self(listener.get());
    const auto right =
        static_cast<int>(must_call(accept(listener.get(), nullptr, nullptr), "accept"));
    const int on = 1;
    for (const int fd : {left, right}) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    }
    return Pair{FileDescriptor(left), FileDescriptor(right)};
}

// False when the peer has closed.
bool receive_spinning(int fd, std::vector<char>& message) {
    std::size_t have = 0;
    while (have < message.size()) {
        const ssize_t got = recv(fd, message.data() + have, message.size() - have, MSG_DONTWAIT);
        if (got > 0) {
            have += static_cast<std::size_t>(got);
        } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
            return false;
        }
    }
    return true;
}

// Reads until the peer closes, and says after each read how much there was.
void receive_all(int fd, bool spins, std::atomic<std::uint64_t>& received_bytes) {
    std::vector<char> buffer(256_KiB);
    for (;;) {
        const ssize_t got = recv(fd, buffer.data(), buffer.size(), spins ? MSG_DONTWAIT : 0);
        if (got > 0) {
            received_bytes.fetch_add(static_cast<std::uint64_t>(got), std::memory_order_relaxed);
        } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
            return;
        }
    }
}

// What a stream repeats, in memory and in a file in memory.
class Block {
  public:
    explicit Block(std::uint32_t bytes)
        : bytes_(bytes, 'k'),
          file_(static_cast<int>(must_call(memfd_create("kera-bench", MFD_CLOEXEC), "memfd"))) {
        must_call(pwrite(file_.get(), bytes_.data(), bytes_.size(), 0), "pwrite");
    }

    // The rest of the block that the stream is in, or as much of it as the socket takes.
    ssize_t send_some(int fd, std::uint64_t sent_bytes, const TcpStream& stream) const {
        const std::size_t at = sent_bytes % bytes_.size();
        if (stream.sends_file) {
            auto offset = static_cast<off_t>(at);
            return sendfile(fd, file_.get(), &offset, bytes_.size() - at);
        }
        return send(fd, bytes_.data() + at, bytes_.size() - at,
                    MSG_NOSIGNAL | (stream.spins ? MSG_DONTWAIT : 0));
    }

  private:
    std::vector<char> bytes_;
    FileDescriptor file_;
};

}  // namespace

double tcp_stream_gb_per_s(const TcpStream& stream, std::int64_t round_ns) {
    const Pair pair = loopback_pair();
    const Block block(stream.write_bytes);
    std::atomic<std::uint64_t> received_bytes{0};
    std::jthread receiver([&] { receive_all(pair.right.get(), stream.spins, received_bytes); });
    const std::int64_t from_ns = now_ns();
    std::uint64_t sent_bytes = 0;
    while (now_ns() - from_ns < round_ns) {
        const std::uint64_t under_way = sent_bytes - received_bytes.load(std::memory_order_relaxed);
        if (under_way + stream.write_bytes > stream.in_flight_max) {
            continue;
        }
        const ssize_t sent = block.send_some(pair.left.get(), sent_bytes, stream);
        if (sent > 0) {
            sent_bytes += static_cast<std::uint64_t>(sent);
        } else if (errno != EAGAIN && errno != EINTR) {
            break;
        }
    }
    shutdown(pair.left.get(), SHUT_WR);
    receiver.join();
    return static_cast<double>(received_bytes.load()) / static_cast<double>(now_ns() - from_ns);
}

double fastest_tcp_stream_gb_per_s(std::int64_t round_ns) {
    static constexpr std::array<TcpStream, 4> kStreams{{
        kPlainStream,
        {.write_bytes = 64_KiB, .in_flight_max = 320_KiB, .spins = true},
        {.write_bytes = 128_KiB, .in_flight_max = 320_KiB, .spins = true},
        {.write_bytes = 64_KiB, .in_flight_max = 320_KiB, .spins = true, .sends_file = true},
    }};
    double fastest = 0;
    for (const TcpStream& stream : kStreams) {
        const auto each_ns = round_ns / static_cast<std::int64_t>(kStreams.size());
        fastest = std::max(fastest, tcp_stream_gb_per_s(stream, each_ns));
    }
    return fastest;
}

Histogram tcp_ping(std::uint32_t message_bytes, std::int64_t round_ns) {
    const Pair pair = loopback_pair();
    std::jthread echo([&] {
        std::vector<char> message(message_bytes);
        while (receive_spinning(pair.right.get(), message)) {
            send(pair.right.get(), message.data(), message.size(), MSG_NOSIGNAL);
        }
    });
    Histogram round_trips;
    std::vector<char> message(message_bytes, 'k');
    const std::int64_t until_ns = now_ns() + round_ns;
    for (std::int64_t sent_ns = now_ns(); sent_ns < until_ns;) {
        send(pair.left.get(), message.data(), message.size(), MSG_NOSIGNAL);
        if (!receive_spinning(pair.left.get(), message)) {
            break;
        }
        const std::int64_t received_ns = now_ns();
        round_trips.record(received_ns - sent_ns);
        sent_ns = received_ns;
    }
    shutdown(pair.left.get(), SHUT_RDWR);
    echo.join();
    return round_trips;
}

}  // namespace kera::bench
