// Everything of TcpTransport that happens once per connection: opening, accepting, closing,
// deadlines.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "base/check.hpp"
#include "base/log.hpp"
#include "transport/epoll_keys.hpp"
#include "transport/tcp/tcp_transport.hpp"

namespace kera {

namespace {

constexpr std::uint32_t kSegmentsMax = 512;
constexpr std::int64_t kAcceptPauseNs = 100 * kNanosPerMilli;

bool watch(int epoll, int descriptor, std::uint32_t events, std::uint64_t key) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = key;
    return ::epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

}  // namespace

Result<std::unique_ptr<TcpTransport>> TcpTransport::open(const TcpOptions& options,
                                                         const Clock& clock) {
    FileDescriptor epoll(::epoll_create1(EPOLL_CLOEXEC));
    FileDescriptor wake_event(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    if (!epoll.open() || !wake_event.open() ||
        !watch(epoll.get(), wake_event.get(), EPOLLIN | EPOLLET, kWakeKey)) {
        return fail(ErrorCode::limit_exceeded, "epoll_errno", 0, errno);
    }
    return std::unique_ptr<TcpTransport>(
        new TcpTransport(options, clock, std::move(epoll), std::move(wake_event)));
}

TcpTransport::TcpTransport(const TcpOptions& options, const Clock& clock, FileDescriptor epoll,
                           FileDescriptor wake_event)
    : options_(options),
      clock_(clock),
      epoll_(std::move(epoll)),
      wake_event_(std::move(wake_event)),
      buffers_(options.buffer_bytes_max, options.idle_buffer_bytes_max),
      now_ns_(clock.now_ns()) {
    capabilities_.message_bytes_max = options.message_bytes_max;
    capabilities_.segments_max = kSegmentsMax;
}

Result<void> TcpTransport::register_memory(const MemoryRegion& /*region*/) {
    return {};  // the kernel copies from anywhere
}

Result<Uri> TcpTransport::listen(const Uri& uri) {
    if (uri.scheme != "tcp") {
        return fail(ErrorCode::unsupported, "scheme, other than tcp");
    }
    KERA_TRY_ASSIGN(const HostPort address, parse_host_port(uri.address));
    KERA_TRY_ASSIGN(TcpListener listener, open_tcp_listener(address, options_.reuse_port));
    if (!watch(epoll_.get(), listener.socket.get(), EPOLLIN, listener_key(listeners_.size()))) {
        return fail(ErrorCode::limit_exceeded, "epoll_errno", 0, errno);
    }
    listeners_.push_back(std::move(listener));
    return Uri{"tcp", host_port_text(listeners_.back().bound)};
}

Result<EndpointId> TcpTransport::connect(const Uri& uri) {
    if (uri.scheme != "tcp") {
        return fail(ErrorCode::unsupported, "scheme, other than tcp");
    }
    KERA_TRY_ASSIGN(const HostPort address, parse_host_port(uri.address));
    KERA_TRY_ASSIGN(FileDescriptor socket, begin_tcp_connect(address));
    KERA_TRY_ASSIGN(TcpConnection * connection,
                    add_connection(std::move(socket), TcpState::connecting));
    connection->deadline_ns = clock_.now_ns() + options_.connect_deadline_ns;
    arm(connection->deadline_ns);
    return connection->id;
}

void TcpTransport::allow_large_frames(EndpointId endpoint, std::uint32_t frame_bytes_max) {
    TcpConnection* connection = find(endpoint);
    if (connection == nullptr) {
        return;
    }
    connection->stranger = false;
    if (connection->state == TcpState::open) {
        connection->deadline_ns = kNoDeadline;
    }
    connection->assembler.set_frame_bytes_max(
        std::min(frame_bytes_max, options_.message_bytes_max));
}

Result<TcpConnection*> TcpTransport::add_connection(FileDescriptor socket, TcpState state) {
    if (connections_.size() >= options_.connections_max) {
        return fail(ErrorCode::limit_exceeded, "connections", options_.connections_max,
                    static_cast<std::int64_t>(connections_.size()) + 1);
    }
    const EndpointId id = connections_.next_id();
    if (!watch(epoll_.get(), socket.get(), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
               static_cast<std::uint64_t>(id.value()))) {
        return fail(ErrorCode::limit_exceeded, "epoll_errno", 0, errno);
    }
    TcpConnection& connection = connections_.add(
        std::make_unique<TcpConnection>(id, std::move(socket), buffers_, options_));
    connection.state = state;
    return &connection;
}

TcpConnection* TcpTransport::find(EndpointId endpoint) {
    TcpConnection* connection = connections_.find(endpoint);
    return connection == nullptr || connection->state == TcpState::dead ? nullptr : connection;
}

void TcpTransport::accept_all(const TcpListener& listener) {
    constexpr int kAcceptsPerPoll = 64;
    for (int accepted = 0; accepted < kAcceptsPerPoll; ++accepted) {
        FileDescriptor socket(
            ::accept4(listener.socket.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (socket.open()) {
            accept_one(std::move(socket));
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            if (const auto held_back = accept_paused_line_.pass(now_ns_)) {
                log(LogLevel::warn, "accept_paused", {{"errno", errno}, {"before", *held_back}});
            }
            watch_listeners(false);
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            return;
        }
    }
}

// Out of descriptors, a listener would stay readable and keep its owner from ever parking.
void TcpTransport::watch_listeners(bool watched) {
    for (std::size_t index = 0; index < listeners_.size(); ++index) {
        epoll_event event{};
        event.events = watched ? static_cast<std::uint32_t>(EPOLLIN) : 0U;
        event.data.u64 = listener_key(index);
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, listeners_[index].socket.get(), &event);
    }
    accept_resumes_ns_ = watched ? kNoDeadline : now_ns_ + kAcceptPauseNs;
    arm(accept_resumes_ns_);
}

void TcpTransport::accept_one(FileDescriptor socket) {
    set_tcp_connection_options(socket.get());
    const std::string address = tcp_peer_text(socket.get());
    const auto added = add_connection(std::move(socket), TcpState::open);
    if (!added.ok()) {
        if (const auto held_back = refused_line_.pass(now_ns_)) {
            log(LogLevel::warn, "connection_refused",
                {{"peer", address}, {"why", added.error()}, {"before", *held_back}});
        }
        return;
    }
    TcpConnection& connection = **added;
    connection.accepted = true;
    connection.deadline_ns = now_ns_ + options_.stranger_deadline_ns;
    arm(connection.deadline_ns);
    events_.put_connected(connection.id, PeerInfo{.address = address, .accepted = true});
}

void TcpTransport::finish_connect(TcpConnection& connection) {
    const int problem = connect_result(connection.socket.get());
    if (problem != 0) {
        kill(connection, fail(ErrorCode::disconnected, "connect_errno", 0, problem));
        return;
    }
    connection.state = TcpState::open;
    connection.deadline_ns = kNoDeadline;
    events_.put_connected(connection.id,
                          PeerInfo{.address = tcp_peer_text(connection.socket.get())});
    if (connection.blocked) {
        connection.blocked = false;
        events_.put_writable(connection.id);
    }
}

void TcpTransport::close(EndpointId endpoint, const Error& why) {
    TcpConnection* connection = find(endpoint);
    if (connection == nullptr) {
        return;
    }
    if (connection->state == TcpState::connecting) {
        kill(*connection, why);
        return;
    }
    if (connection->state != TcpState::open) {
        return;
    }
    connection->state = TcpState::flushing;
    connection->why = why;
    connection->frame_deadline_ns = kNoDeadline;
    connection->deadline_ns = clock_.now_ns() + options_.close_deadline_ns;
    arm(connection->deadline_ns);
    flush(*connection);
}

void TcpTransport::violate(TcpConnection& connection, TransportHandler& handler,
                           const Error& what) {
    const EndpointId endpoint = connection.id;
    handler.on_violation(endpoint, what);
    close(endpoint, what);
}

// Everything taken has been sent. Closing at once would reset the connection if the peer is still
// sending, and it would never read our last answer; so its bytes are read away for a moment.
void TcpTransport::end_sending(TcpConnection& connection) {
    ::shutdown(connection.socket.get(), SHUT_WR);
    events_.put_disconnected(connection.id, connection.why);
    connection.state = TcpState::lingering;
    connection.readable = true;
    activate(connection);
}

void TcpTransport::kill(TcpConnection& connection, const Error& why) {
    KERA_ASSERT(connection.state != TcpState::dead);
    const bool told = connection.state == TcpState::lingering;
    connection.queue.drop_all(released_);
    report_released(connection.id);
    if (!told) {
        events_.put_disconnected(connection.id, why);
    }
    connection.state = TcpState::dead;
    connection.socket.reset();
    dead_.push_back(connection.id);
}

// Connections are freed only here, when nobody is in the middle of one.
void TcpTransport::sweep_dead() {
    if (dead_.empty()) {
        return;
    }
    const auto is_dead = [](const TcpConnection* connection) {
        return connection->state == TcpState::dead;
    };
    std::erase_if(active_, is_dead);
    std::erase_if(dirty_, is_dead);
    for (const EndpointId endpoint : dead_) {
        connections_.remove(endpoint);
    }
    dead_.clear();
}

void TcpTransport::arm(std::int64_t deadline_ns) {
    next_check_ns_ = std::min(next_check_ns_, deadline_ns);
}

void TcpTransport::check_deadlines(std::int64_t now_ns) {
    next_check_ns_ = kNoDeadline;
    if (accept_resumes_ns_ <= now_ns) {
        watch_listeners(true);
    }
    arm(accept_resumes_ns_);
    connections_.for_each([this, now_ns](TcpConnection& connection) {
        if (connection.state == TcpState::dead) {
            return;
        }
        if (connection.deadline_ns <= now_ns) {
            const char* what = connection.state == TcpState::connecting ? "connect_ns"
                               : connection.state == TcpState::open     ? "time_to_hello_ns"
                                                                        : "time_to_close_ns";
            kill(connection, fail(ErrorCode::timed_out, what));
        } else if (connection.frame_deadline_ns <= now_ns) {
            kill(connection, fail(ErrorCode::timed_out, "frame_ns", options_.frame_deadline_ns));
        } else {
            arm(std::min(connection.deadline_ns, connection.frame_deadline_ns));
        }
    });
}

std::int64_t TcpTransport::next_deadline_ns() const {
    return std::min(next_check_ns_, retry_ns_);
}

bool TcpTransport::prepare_park() {
    if (!events_.empty() || !dirty_.empty() || woken_.load(std::memory_order_relaxed)) {
        return false;
    }
    now_ns_ = clock_.now_ns();
    if (collect_events() > 0 || !events_.empty()) {
        return false;
    }
    for (const TcpConnection* connection : active_) {
        const bool reads =
            connection->state == TcpState::open || connection->state == TcpState::lingering;
        if (connection->undelivered ||
            (reads && connection->readable && retry_ns_ == kNoDeadline)) {
            return false;
        }
    }
    parked_ = true;
    return true;
}

void TcpTransport::wake() {
    const std::uint64_t one = 1;
    // A full counter means that a wake is pending already.
    static_cast<void>(!::write(wake_event_.get(), &one, sizeof(one)));
    woken_.store(true, std::memory_order_release);
}

}  // namespace kera
