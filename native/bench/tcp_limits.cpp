#include "bench/tcp_limits.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <thread>
#include <utility>
#include <vector>

#include "base/units.hpp"
#include "bench/case.hpp"
#include "bench/processor_time.hpp"

namespace kera::bench {

namespace {

class Socket {
  public:
    explicit Socket(long fd) : fd_(static_cast<int>(fd)) {}
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    ~Socket() { close(fd_); }
    int fd() const noexcept { return fd_; }

  private:
    int fd_;
};

// A connected pair over loopback, without Nagle's delay on either end.
struct Pair {
    Socket left;
    Socket right;
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
    const Socket listener(must_call(socket(AF_INET, SOCK_STREAM, 0), "socket"));
    const int left = connect_to_self(listener.fd());
    const auto right =
        static_cast<int>(must_call(accept(listener.fd(), nullptr, nullptr), "accept"));
    const int on = 1;
    for (const int fd : {left, right}) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    }
    return Pair{Socket(left), Socket(right)};
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

}  // namespace

double tcp_stream_gb_per_s(std::uint32_t write_bytes, std::int64_t round_ns) {
    const Pair pair = loopback_pair();
    std::uint64_t received_bytes = 0;
    std::jthread receiver([&] {
        std::vector<char> buffer(256_KiB);
        ssize_t got = 0;
        while ((got = recv(pair.right.fd(), buffer.data(), buffer.size(), 0)) > 0) {
            received_bytes += static_cast<std::uint64_t>(got);
        }
    });
    const std::vector<char> block(write_bytes, 'k');
    const std::int64_t from_ns = now_ns();
    while (now_ns() - from_ns < round_ns) {
        if (send(pair.left.fd(), block.data(), block.size(), MSG_NOSIGNAL) < 0) {
            break;
        }
    }
    shutdown(pair.left.fd(), SHUT_WR);
    receiver.join();
    return static_cast<double>(received_bytes) / static_cast<double>(now_ns() - from_ns);
}

Histogram tcp_ping(std::uint32_t message_bytes, std::int64_t round_ns) {
    const Pair pair = loopback_pair();
    std::jthread echo([&] {
        std::vector<char> message(message_bytes);
        while (receive_spinning(pair.right.fd(), message)) {
            send(pair.right.fd(), message.data(), message.size(), MSG_NOSIGNAL);
        }
    });
    Histogram round_trips;
    std::vector<char> message(message_bytes, 'k');
    const std::int64_t until_ns = now_ns() + round_ns;
    for (std::int64_t sent_ns = now_ns(); sent_ns < until_ns;) {
        send(pair.left.fd(), message.data(), message.size(), MSG_NOSIGNAL);
        if (!receive_spinning(pair.left.fd(), message)) {
            break;
        }
        const std::int64_t received_ns = now_ns();
        round_trips.record(received_ns - sent_ns);
        sent_ns = received_ns;
    }
    shutdown(pair.left.fd(), SHUT_RDWR);
    echo.join();
    return round_trips;
}

}  // namespace kera::bench
