// Everything of ShmTransport that happens once per connection: handshake, mapping, end, deadlines.
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/check.hpp"
#include "transport/epoll_keys.hpp"
#include "transport/shm/shm_handshake.hpp"
#include "transport/shm/shm_socket.hpp"
#include "transport/shm/shm_transport.hpp"

namespace kera {

namespace {

bool watch(int epoll, int descriptor, std::uint32_t events, std::uint64_t key) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = key;
    return ::epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

}  // namespace

Result<std::unique_ptr<ShmTransport>> ShmTransport::open(const ShmOptions& options,
                                                         const Clock& clock) {
    FileDescriptor epoll(::epoll_create1(EPOLL_CLOEXEC));
    FileDescriptor wake_event(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    if (!epoll.open() || !wake_event.open() ||
        !watch(epoll.get(), wake_event.get(), EPOLLIN | EPOLLET, kWakeKey)) {
        return fail(ErrorCode::limit_exceeded, "epoll_errno", 0, errno);
    }
    return std::unique_ptr<ShmTransport>(
        new ShmTransport(options, clock, std::move(epoll), std::move(wake_event)));
}

ShmTransport::ShmTransport(const ShmOptions& options, const Clock& clock, FileDescriptor epoll,
                           FileDescriptor wake_event)
    : options_(options),
      clock_(clock),
      epoll_(std::move(epoll)),
      wake_event_(std::move(wake_event)),
      buffers_(options.buffer_bytes_max, options.idle_buffer_bytes_max),
      now_ns_(clock.now_ns()) {
    capabilities_.message_bytes_max = options.message_bytes_max;
    capabilities_.segments_max = kShmReferencesMax;
    capabilities_.zero_copy_send = true;
    capabilities_.zero_copy_receive = true;
    capabilities_.unstable_receive = true;
}

ShmTransport::~ShmTransport() {
    for (const Listener& listener : listeners_) {
        ::unlink(listener.path.c_str());
    }
}

Result<void> ShmTransport::register_memory(const MemoryRegion& region) {
    if (region.fd < 0) {
        return {};  // cannot be shown to clients; bodies in it are copied
    }
    if (regions_.size() == kShmRegionsMax) {
        return fail(ErrorCode::limit_exceeded, "regions", kShmRegionsMax, kShmRegionsMax + 1);
    }
    // Opened anew: what clients get has no right to write, whatever they do with it.
    const std::string path = "/proc/self/fd/" + std::to_string(region.fd);
    FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd.open()) {
        return fail(ErrorCode::unsupported, "open_region_errno", 0, errno);
    }
    // Clients map whole pages: those from the one in which the region begins.
    const std::uint64_t before = region.fd_offset % shared_page_bytes(fd.get());
    regions_.push_back(
        {{region.base - before, region.bytes + before}, std::move(fd), region.fd_offset - before});
    return {};
}

Result<Uri> ShmTransport::listen(const Uri& uri) {
    if (uri.scheme != "shm") {
        return fail(ErrorCode::unsupported, "scheme, other than shm");
    }
    KERA_TRY_ASSIGN(FileDescriptor socket, open_shm_listener(uri.address));
    listeners_.push_back({std::move(socket), uri.address});
    if (!watch(epoll_.get(), listeners_.back().socket.get(), EPOLLIN,
               listener_key(listeners_.size() - 1))) {
        return fail(ErrorCode::limit_exceeded, "epoll_errno", 0, errno);
    }
    return uri;
}

Result<EndpointId> ShmTransport::connect(const Uri& uri) {
    if (uri.scheme != "shm") {
        return fail(ErrorCode::unsupported, "scheme, other than shm");
    }
    KERA_TRY_ASSIGN(const ShmAddress address, parse_shm_address(uri.address));
    KERA_TRY_ASSIGN(FileDescriptor socket, connect_shm(address.path));
    KERA_TRY(check_shm_owner(shm_peer(socket.get()), ::geteuid(), address.owner));
    const auto hello = encode(ShmHello{options_.ring_bytes, options_.send_bytes});
    if (!send_shm(socket.get(), hello, {})) {
        return fail(ErrorCode::disconnected, "handshake_errno", 0, errno);
    }
    KERA_TRY_ASSIGN(ShmConnection * connection,
                    add_connection(std::move(socket), ShmState::connecting));
    connection->peer.address = uri.address;
    return connection->id;
}

Result<ShmConnection*> ShmTransport::add_connection(FileDescriptor socket, ShmState state) {
    if (connections_.size() >= options_.connections_max) {
        return fail(ErrorCode::limit_exceeded, "connections", options_.connections_max,
                    static_cast<std::int64_t>(connections_.size()) + 1);
    }
    const EndpointId id = connections_.next_id();
    if (!watch(epoll_.get(), socket.get(), EPOLLIN | EPOLLRDHUP,
               static_cast<std::uint64_t>(id.value()))) {
        return fail(ErrorCode::limit_exceeded, "epoll_errno", 0, errno);
    }
    ShmConnection& connection =
        connections_.add(std::make_unique<ShmConnection>(id, std::move(socket), buffers_));
    connection.state = state;
    connection.deadline_ns = clock_.now_ns() + options_.handshake_deadline_ns;
    arm(connection.deadline_ns);
    return &connection;
}

std::uint32_t ShmTransport::collect_events() {
    set_parked(false);
    woken_.store(false, std::memory_order_relaxed);
    last_epoll_ns_ = now_ns_;
    std::array<epoll_event, 64> events;
    const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
    for (int index = 0; index < count; ++index) {
        const std::uint64_t key = events[static_cast<std::size_t>(index)].data.u64;
        if (key == kWakeKey) {
            continue;
        }
        if (is_listener_key(key)) {
            accept_all(listeners_[listener_index(key)]);
            continue;
        }
        ShmConnection* connection = find(EndpointId(static_cast<std::int64_t>(key)));
        if (connection != nullptr) {
            handle_socket(*connection);
        }
    }
    return count > 0 ? static_cast<std::uint32_t>(count) : 0;
}

void ShmTransport::allow_large_frames(EndpointId endpoint, std::uint32_t frame_bytes_max) {
    ShmConnection* connection = find(endpoint);
    if (connection == nullptr) {
        return;
    }
    if (connection->state == ShmState::open) {
        connection->deadline_ns = kNoDeadline;
        if (connection->peer.accepted && std::exchange(connection->stranger, false)) {
            show_regions(*connection);
        }
    }
    connection->frame_bytes_max = std::min(frame_bytes_max, options_.message_bytes_max);
}

std::span<std::byte> ShmTransport::send_memory(EndpointId endpoint) {
    const ShmConnection* connection = find(endpoint);
    const auto kept = kept_.find(endpoint);
    if (connection != nullptr && connection->channel != nullptr && !connection->peer.accepted) {
        return connection->channel->send_memory();
    }
    return kept == kept_.end() ? std::span<std::byte>() : kept->second->send_memory();
}

void ShmTransport::drop_send_memory(EndpointId endpoint) {
    kept_.erase(endpoint);
    ShmConnection* connection = find(endpoint);
    if (connection != nullptr) {
        connection->keeps_send_memory = false;
    }
}

void ShmTransport::close(EndpointId endpoint, const Error& why) {
    ShmConnection* connection = find(endpoint);
    if (connection == nullptr || connection->state == ShmState::closing) {
        return;
    }
    if (connection->state != ShmState::open) {
        kill(*connection, why);
        return;
    }
    connection->state = ShmState::closing;
    connection->why = why;
    connection->frame_deadline_ns = kNoDeadline;
    connection->deadline_ns = clock_.now_ns() + options_.close_deadline_ns;
    arm(connection->deadline_ns);
    if (connection->cut_message.empty()) {
        end_sending(*connection);
    }
}

// The peer reads what it has been sent, then ends as well; until then it may read what is lent to
// it.
void ShmTransport::end_sending(ShmConnection& connection) {
    connection.end_sent = true;
    ::shutdown(connection.socket.get(), SHUT_WR);
}

void ShmTransport::kill(ShmConnection& connection, const Error& why) {
    KERA_ASSERT(connection.state != ShmState::dead);
    const bool known = connection.state != ShmState::greeting;
    connection.state = ShmState::dead;
    connection.socket.reset();
    connection.reassembly.drop();
    connection.cut_message.drop_all(released_);
    if (connection.channel != nullptr) {
        connection.channel->leases().take_all_back(released_);
        if (!connection.peer.accepted && connection.keeps_send_memory &&
            !connection.channel->send_memory().empty()) {
            kept_[connection.id] = connection.channel;
        }
    }
    report_released(connection.id);
    if (known) {
        events_.put_disconnected(connection.id, why);
    }
    shared_bytes_ -= connection.shared_bytes;
    dead_.push_back(connection.id);
}

// Connections are freed only here, when nobody is in the middle of one.
void ShmTransport::sweep_dead() {
    if (dead_.empty()) {
        return;
    }
    std::erase_if(established_, [](const ShmConnection* connection) {
        return connection->state == ShmState::dead;
    });
    for (const EndpointId endpoint : dead_) {
        connections_.remove(endpoint);
    }
    dead_.clear();
}

ShmConnection* ShmTransport::find(EndpointId endpoint) const {
    ShmConnection* connection = connections_.find(endpoint);
    return connection == nullptr || connection->state == ShmState::dead ? nullptr : connection;
}

void ShmTransport::arm(std::int64_t deadline_ns) {
    next_check_ns_ = std::min(next_check_ns_, deadline_ns);
}

void ShmTransport::check_deadlines(std::int64_t now_ns) {
    next_check_ns_ = kNoDeadline;
    if (accept_resumes_ns_ <= now_ns) {
        watch_listeners(true);
    }
    arm(accept_resumes_ns_);
    connections_.for_each([this, now_ns](ShmConnection& connection) {
        if (connection.state == ShmState::dead) {
            return;
        }
        std::int64_t lease_deadline_ns = kNoDeadline;
        if (connection.peer.accepted && connection.channel != nullptr &&
            connection.channel->leases().count() > 0) {
            lease_deadline_ns =
                connection.channel->leases().oldest_since_ns() + options_.lease_ns_max;
        }
        if (connection.deadline_ns <= now_ns) {
            const char* what = connection.state == ShmState::open      ? "time_to_hello_ns"
                               : connection.state == ShmState::closing ? "time_to_close_ns"
                                                                       : "handshake_ns";
            kill(connection, fail(ErrorCode::timed_out, what));
        } else if (connection.frame_deadline_ns <= now_ns) {
            kill(connection, fail(ErrorCode::timed_out, "frame_ns", options_.frame_deadline_ns));
        } else if (lease_deadline_ns <= now_ns) {
            kill(connection, fail(ErrorCode::lease_lost, "lease_ns", options_.lease_ns_max));
        } else {
            arm(std::min(
                {connection.deadline_ns, connection.frame_deadline_ns, lease_deadline_ns}));
        }
    });
}

bool ShmTransport::prepare_park() {
    if (!events_.empty() || !dead_.empty() || woken_.load(std::memory_order_relaxed)) {
        return false;
    }
    set_parked(true);
    bool busy = false;
    for (ShmConnection* connection : established_) {
        if (connection->established()) {
            if (connection->channel->peer_needs_wake()) {
                wake_shm(connection->socket.get());
            }
            busy = busy || has_work(*connection);
        }
    }
    if (busy) {
        set_parked(false);
    }
    return !busy;
}

// Asked after peers can see that we sleep: what they publish from now on, they will wake us for.
bool ShmTransport::has_work(ShmConnection& connection) {
    ShmChannel& channel = *connection.channel;
    if (connection.peer_ended || channel.releases_pending() ||
        (connection.state == ShmState::open && channel.receiver().pending())) {
        return true;
    }
    RingSender& sender = channel.sender();
    const auto may_go_on = [](const Result<bool>& room) { return !room.ok() || *room; };
    return (!connection.cut_message.empty() &&
            may_go_on(sender.has_room(sender.record_bytes_max()))) ||
           (connection.blocked && may_go_on(sender.half_empty()));
}

void ShmTransport::set_parked(bool parked) {
    if (parked == parked_) {
        return;
    }
    parked_ = parked;
    for (ShmConnection* connection : established_) {
        if (connection->established()) {
            connection->channel->set_parked(parked);
        }
    }
}

void ShmTransport::wake() {
    const std::uint64_t one = 1;
    // A full counter means that a wake is pending already.
    static_cast<void>(!::write(wake_event_.get(), &one, sizeof(one)));
    woken_.store(true, std::memory_order_release);
}

}  // namespace kera
