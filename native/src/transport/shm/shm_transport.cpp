#include "transport/shm/shm_transport.hpp"

#include "base/check.hpp"
#include "base/set_while.hpp"
#include "transport/shm/shm_socket.hpp"

namespace kera {

namespace {

// The clock is read once in so many polls, and epoll is asked once in so many polls or so long. So
// a poll that finds nothing costs a few loads.
constexpr std::uint32_t kPollsPerClock = 16;
constexpr std::uint32_t kShmPollsPerCollect = 1024;
constexpr std::int64_t kShmCollectIntervalNs = 200 * kNanosPerMicro;
constexpr int kDatagramsPerEvent = 16;

}  // namespace

int ShmTransport::poll(TransportHandler& handler, int message_budget) {
    KERA_ASSERT(!polling_);
    const SetWhile polling(polling_);
    TransportEvents& events = connections_.events();
    int work = events.report(handler);
    ++polls_;
    const bool woken = parked_ || epoll_.woken();
    if (woken || polls_ % kPollsPerClock == 0) {
        const std::int64_t now_ns = connections_.read_clock();
        if (woken || polls_ % kShmPollsPerCollect == 0 ||
            now_ns - collected_ns_ >= kShmCollectIntervalNs) {
            work += static_cast<int>(collect_events());
            work += events.report(handler);
        }
        if (now_ns >= next_check_ns()) {
            listeners_.resume(now_ns);
            connections_.check_deadlines(now_ns);
        }
    }
    int delivered = 0;
    const std::span<ShmConnection* const> established = connections_.established();
    for (ShmConnection* connection : established) {
        delivered += poll_connection(*connection, handler, message_budget - delivered);
    }
    // The budget ended before the line did: so another connection is the first next time.
    if (delivered >= message_budget && established.size() > 1) {
        connections_.rotate_established();
    }
    work += delivered + events.report(handler);
    if (connections_.any_dead()) {
        connections_.sweep();
    }
    return work;
}

int ShmTransport::poll_connection(ShmConnection& connection, TransportHandler& handler,
                                  int message_budget) {
    if (!connection.established()) {
        return 0;
    }
    ShmChannel& channel = *connection.channel;
    if (channel.releases_pending()) {
        take_releases(connection, handler);
    }
    if (!connection.long_message.empty()) {
        sender_.continue_long_message(connection);
    }
    if (connection.blocked && connection.long_message.empty() && connection.established()) {
        unblock(connection, handler);
    }
    int delivered = 0;
    if (connection.state == ShmState::open && channel.receiver().pending()) {
        delivered = receiver_.receive(connection, handler, message_budget);
    }
    if (connection.state == ShmState::closing || connection.peer_ended) [[unlikely]] {
        end_if_done(connection);
    }
    if (connection.established() && channel.take_wake_due()) {
        wake_shm(connection.socket.get());
    }
    return delivered;
}

void ShmTransport::take_releases(ShmConnection& connection, TransportHandler& handler) {
    released_.clear();
    const Result<void> taken = connection.channel->take_releases(released_);
    connections_.events().put_released(connection.id, released_);
    if (!taken.ok()) {
        connections_.violate(connection, handler, taken.error());
    }
}

void ShmTransport::unblock(ShmConnection& connection, TransportHandler& handler) {
    const Result<bool> room = connection.channel->sender().half_empty();
    if (!room.ok()) {
        connections_.violate(connection, handler, room.error());
    } else if (*room) {
        connection.blocked = false;
        connections_.events().put_writable(connection.id);
    }
}

void ShmTransport::end_if_done(ShmConnection& connection) {
    const bool closing = connection.state == ShmState::closing;
    if (closing && !connection.end_sent && connection.long_message.empty()) {
        connections_.end_sending(connection);
    }
    if (connection.peer_ended && connection.established() &&
        (closing || !connection.channel->receiver().pending())) {
        connections_.kill(connection,
                          closing ? connection.why
                                  : fail(ErrorCode::disconnected, connection.reassembly.active()
                                                                      ? "peer closed inside a frame"
                                                                      : "peer closed"));
    }
}

SendOutcome ShmTransport::send(EndpointId endpoint, std::span<const std::byte> frame_head,
                               std::span<const IoSpan> body, Token token) {
    ShmConnection* connection = connections_.find(endpoint);
    return connection == nullptr ? SendOutcome::gone
                                 : sender_.send(*connection, frame_head, body, token);
}

void ShmTransport::close(EndpointId endpoint, const Error& why) {
    ShmConnection* connection = connections_.find(endpoint);
    if (connection != nullptr) {
        connections_.close(*connection, why);
    }
}

void ShmTransport::allow_large_frames(EndpointId endpoint, std::uint32_t frame_bytes_max) {
    ShmConnection* connection = connections_.find(endpoint);
    if (connection == nullptr) {
        return;
    }
    if (connection->state == ShmState::open) {
        connection->deadline_ns = kNoDeadline;
        if (connection->peer.accepted && !std::exchange(connection->trusted, true)) {
            regions_.show_to(*connection);
        }
    }
    connection->frame_bytes_max = std::min(frame_bytes_max, options_.message_bytes_max);
}

std::span<std::byte> ShmTransport::send_memory(EndpointId endpoint) {
    return connections_.send_memory(endpoint);
}

void ShmTransport::drop_send_memory(EndpointId endpoint) {
    connections_.drop_send_memory(endpoint);
}

std::uint32_t ShmTransport::collect_events() {
    set_parked(false);
    collected_ns_ = connections_.now_ns();
    return epoll_.collect(
        [this](std::size_t listener) {
            listeners_.accept_all(listener, connections_.now_ns(),
                                  [this](FileDescriptor socket) { accept(std::move(socket)); });
        },
        [this](EndpointId endpoint, std::uint32_t /*events*/) {
            ShmConnection* connection = connections_.find(endpoint);
            if (connection != nullptr) {
                on_readable(*connection);
            }
        });
}

void ShmTransport::on_readable(ShmConnection& connection) {
    if (connection.state == ShmState::awaiting_hello) {
        node_handshake_.on_readable(connection);
    } else if (connection.state == ShmState::awaiting_welcome) {
        client_handshake_.on_readable(connection);
    } else {
        const Result<void> received = connection.receive_datagrams(kDatagramsPerEvent);
        if (!received.ok()) {
            connections_.kill(connection, received.error());
        }
    }
}

bool ShmTransport::prepare_park() {
    if (!connections_.events().empty() || connections_.any_dead() || epoll_.woken()) {
        return false;
    }
    set_parked(true);
    bool busy = false;
    for (ShmConnection* connection : connections_.established()) {
        if (connection->established()) {
            if (connection->channel->take_wake_due()) {
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

// Called when peers can see already that we sleep: from now on they wake us for what they publish.
bool ShmTransport::has_work(ShmConnection& connection) {
    ShmChannel& channel = *connection.channel;
    if (connection.peer_ended || channel.releases_pending() ||
        (connection.state == ShmState::open && channel.receiver().pending())) {
        return true;
    }
    RingSender& sender = channel.sender();
    const auto may_go_on = [](const Result<bool>& room) { return !room.ok() || *room; };
    return (!connection.long_message.empty() &&
            may_go_on(sender.has_room(sender.record_bytes_max()))) ||
           (connection.blocked && may_go_on(sender.half_empty()));
}

void ShmTransport::set_parked(bool parked) {
    if (parked == parked_) {
        return;
    }
    parked_ = parked;
    for (ShmConnection* connection : connections_.established()) {
        if (connection->established()) {
            connection->channel->set_parked(parked);
        }
    }
}

}  // namespace kera
