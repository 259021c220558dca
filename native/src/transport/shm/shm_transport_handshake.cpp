// How a ShmTransport gets its connections: accepting, the hello of a client, what a node grants,
// and the mapping of it. Thread, ownership and invariants as in shm_transport.hpp.
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/log.hpp"
#include "transport/epoll_keys.hpp"
#include "transport/shm/shm_handshake.hpp"
#include "transport/shm/shm_socket.hpp"
#include "transport/shm/shm_transport.hpp"

namespace kera {

namespace {

constexpr std::int64_t kAcceptPauseNs = 100 * kNanosPerMilli;
constexpr int kAcceptsPerPoll = 64;
constexpr int kDatagramsPerPoll = 16;

}  // namespace

void ShmTransport::accept_all(Listener& listener) {
    for (int accepted = 0; accepted < kAcceptsPerPoll; ++accepted) {
        FileDescriptor socket(
            ::accept4(listener.socket.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!socket.open()) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
                if (const auto held_back = accept_paused_line_.pass(now_ns_)) {
                    log(LogLevel::warn, "accept_paused",
                        {{"errno", errno}, {"before", *held_back}});
                }
                watch_listeners(false);
            }
            return;
        }
        const ShmPeer peer = shm_peer(socket.get());
        const auto added = add_connection(std::move(socket), ShmState::greeting);
        if (!added.ok()) {
            if (const auto held_back = refused_line_.pass(now_ns_)) {
                log(LogLevel::warn, "connection_refused",
                    {{"pid", peer.pid}, {"why", added.error()}, {"before", *held_back}});
            }
            continue;
        }
        (*added)->peer = {.address = "pid " + std::to_string(peer.pid),
                          .accepted = true,
                          .pid = peer.pid,
                          .uid = peer.uid};
    }
}

// Out of descriptors, a listener would stay readable and keep its owner from ever parking.
void ShmTransport::watch_listeners(bool watched) {
    for (std::size_t index = 0; index < listeners_.size(); ++index) {
        epoll_event event{};
        event.events = watched ? static_cast<std::uint32_t>(EPOLLIN) : 0U;
        event.data.u64 = listener_key(index);
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, listeners_[index].socket.get(), &event);
    }
    accept_resumes_ns_ = watched ? kNoDeadline : now_ns_ + kAcceptPauseNs;
    arm(accept_resumes_ns_);
}

void ShmTransport::handle_socket(ShmConnection& connection) {
    if (connection.state == ShmState::greeting) {
        greet(connection);
        return;
    }
    if (connection.state == ShmState::connecting) {
        hear_welcome(connection);
        return;
    }
    const auto heard = hear_datagrams(connection, kDatagramsPerPoll);
    if (!heard.ok()) {
        kill(connection, heard.error());
    }
}

// Of an established connection: wake-ups, the end, and to a client the regions of its node.
Result<void> ShmTransport::hear_datagrams(ShmConnection& connection, int datagrams_max) {
    std::array<std::byte, kShmRegionTableBytes + 1> bytes;
    const std::size_t descriptors_max = connection.peer.accepted ? 0 : kShmDescriptorsMax;
    for (int count = 0; count < datagrams_max; ++count) {
        ShmDatagram datagram = receive_shm(connection.socket.get(), bytes, descriptors_max);
        if (datagram.kind == ShmDatagram::Kind::end) {
            connection.peer_ended = true;
        }
        if (datagram.kind != ShmDatagram::Kind::bytes) {
            return {};
        }
        if (datagram.size > kShmWakeBytes && !connection.peer.accepted) {
            KERA_TRY_ASSIGN(const ShmRegionTable table,
                            parse_shm_region_table(std::span(bytes).first(datagram.size)));
            KERA_TRY(map_regions(connection, table, std::move(datagram.descriptors)));
        }
    }
    return {};
}

void ShmTransport::greet(ShmConnection& connection) {
    std::array<std::byte, kShmHelloBytes + 1> bytes;
    const ShmDatagram datagram = receive_shm(connection.socket.get(), bytes, 0);
    if (datagram.kind == ShmDatagram::Kind::nothing) {
        return;
    }
    if (datagram.kind == ShmDatagram::Kind::end) {
        refuse(connection, fail(ErrorCode::disconnected, "peer closed in handshake"));
        return;
    }
    const auto hello = parse_shm_hello(std::span(bytes).first(datagram.size));
    if (!hello.ok()) {
        refuse(connection, hello.error());
        return;
    }
    const auto user = static_cast<std::int64_t>(::geteuid());
    if (connection.peer.uid != user && connection.peer.uid != 0) {
        refuse(connection, fail(ErrorCode::unauthorized, "uid", user, connection.peer.uid));
        return;
    }
    const auto granted = grant(connection, *hello);
    if (!granted.ok()) {
        refuse(connection, granted.error());
        return;
    }
    establish(connection);
}

// Creates the client's memories and sends them to it. Nothing of other clients is in them.
Result<void> ShmTransport::grant(ShmConnection& connection, const ShmHello& hello) {
    ShmWelcome welcome;
    welcome.ring_bytes = hello.ring_bytes;
    welcome.send_bytes = std::min(hello.send_bytes, options_.send_bytes_max);
    const ShmLayout down{hello.ring_bytes, 0};
    const ShmLayout up{hello.ring_bytes, welcome.send_bytes};
    const std::uint64_t bytes = down.memory_bytes() + up.memory_bytes();
    if (shared_bytes_ + bytes > options_.shared_bytes_max) {
        return fail(ErrorCode::memory_exhausted, "shared_bytes",
                    static_cast<std::int64_t>(options_.shared_bytes_max),
                    static_cast<std::int64_t>(shared_bytes_ + bytes));
    }
    KERA_TRY_ASSIGN(SharedMemory own,
                    SharedMemory::create(down.memory_bytes(), ShmWriter::creator));
    KERA_TRY_ASSIGN(SharedMemory peer, SharedMemory::create(up.memory_bytes(), ShmWriter::peer));
    const std::array descriptors{own.fd(), peer.fd()};
    if (!send_shm(connection.socket.get(), encode(welcome), descriptors)) {
        return fail(ErrorCode::disconnected, "handshake_errno", 0, errno);
    }
    own.close_fd();
    peer.close_fd();
    ShmRegions readable{};
    readable[kShmSendRegion] = {peer.base() + up.send_at(), welcome.send_bytes};
    connection.channel =
        std::make_shared<ShmChannel>(std::move(own), std::move(peer), hello.ring_bytes,
                                     ShmRegions{}, readable, options_.lease_bytes_max);
    connection.shared_bytes = bytes;
    shared_bytes_ += bytes;
    return {};
}

// The regions hold everybody's data, so only a peer that has proven who it is is shown them. The
// table is in the socket before any message that refers to a region is in the ring.
void ShmTransport::show_regions(ShmConnection& connection) {
    ShmRegionTable table;
    ShmRegions lendable{};
    std::vector<int> descriptors;
    for (const Region& region : regions_) {
        table.regions[table.count] = {region.fd_offset, region.memory.size()};
        lendable[++table.count] = region.memory;
        descriptors.push_back(region.fd.get());
    }
    if (table.count == 0) {
        return;
    }
    if (!send_shm(connection.socket.get(), encode(table), descriptors)) {
        // It gets copies, as if there were no regions.
        log(LogLevel::warn, "regions_not_shown", {{"pid", connection.peer.pid}, {"errno", errno}});
        return;
    }
    connection.channel->lend_regions(lendable);
}

void ShmTransport::refuse(ShmConnection& connection, const Error& why) {
    if (const auto held_back = refused_line_.pass(now_ns_)) {
        log(LogLevel::warn, "handshake_refused",
            {{"pid", connection.peer.pid}, {"why", why}, {"before", *held_back}});
    }
    ShmWelcome refusal;
    refusal.code = why.code;
    refusal.limit = why.limit;
    refusal.value = why.value;
    static_cast<void>(send_shm(connection.socket.get(), encode(refusal), {}));
    kill(connection, why);
}

void ShmTransport::hear_welcome(ShmConnection& connection) {
    std::array<std::byte, kShmWelcomeBytes + 1> bytes;
    ShmDatagram datagram = receive_shm(connection.socket.get(), bytes, kShmDescriptorsMax);
    if (datagram.kind == ShmDatagram::Kind::nothing) {
        return;
    }
    if (datagram.kind == ShmDatagram::Kind::end) {
        kill(connection, fail(ErrorCode::disconnected, "peer closed in handshake"));
        return;
    }
    const auto welcome = parse_shm_welcome(std::span(bytes).first(datagram.size));
    if (!welcome.ok()) {
        kill(connection, welcome.error());
        return;
    }
    if (welcome->code != ErrorCode::ok) {
        kill(connection, fail(welcome->code, "refused by node", welcome->limit, welcome->value));
        return;
    }
    const auto mapped = map_channel(connection, *welcome, std::move(datagram.descriptors));
    if (!mapped.ok()) {
        kill(connection, mapped.error());
        return;
    }
    establish(connection);
}

Result<void> ShmTransport::map_channel(ShmConnection& connection, const ShmWelcome& welcome,
                                       std::vector<FileDescriptor> descriptors) {
    if (descriptors.size() != kShmMemories) {
        return fail(ErrorCode::malformed, "handshake_descriptors", kShmMemories,
                    static_cast<std::int64_t>(descriptors.size()));
    }
    const ShmLayout down{welcome.ring_bytes, 0};
    const ShmLayout up{welcome.ring_bytes, welcome.send_bytes};
    KERA_TRY_ASSIGN(SharedMemory peer,
                    SharedMemory::map(std::move(descriptors[0]), 0, down.memory_bytes(), false));
    KERA_TRY_ASSIGN(SharedMemory own,
                    SharedMemory::map(std::move(descriptors[1]), 0, up.memory_bytes(), true));
    peer.close_fd();
    own.close_fd();
    ShmRegions lendable{};
    lendable[kShmSendRegion] = {own.base() + up.send_at(), welcome.send_bytes};
    connection.channel =
        std::make_shared<ShmChannel>(std::move(own), std::move(peer), welcome.ring_bytes, lendable,
                                     ShmRegions{}, ~std::uint64_t{0});
    return {};
}

Result<void> ShmTransport::map_regions(ShmConnection& connection, const ShmRegionTable& table,
                                       std::vector<FileDescriptor> descriptors) {
    if (descriptors.size() != table.count) {
        return fail(ErrorCode::malformed, "handshake_descriptors", table.count,
                    static_cast<std::int64_t>(descriptors.size()));
    }
    if (connection.channel->sees_regions()) {
        return fail(ErrorCode::malformed, "handshake_regions_again");
    }
    std::vector<SharedMemory> regions;
    for (std::size_t index = 0; index < table.count; ++index) {
        const ShmRegionShape& shape = table.regions[index];
        KERA_TRY_ASSIGN(SharedMemory region, SharedMemory::map(std::move(descriptors[index]),
                                                               shape.offset, shape.bytes, false));
        region.close_fd();
        regions.push_back(std::move(region));
    }
    connection.channel->see_regions(std::move(regions));
    return {};
}

void ShmTransport::establish(ShmConnection& connection) {
    connection.state = ShmState::open;
    connection.deadline_ns = kNoDeadline;
    if (connection.peer.accepted) {
        connection.deadline_ns = now_ns_ + options_.stranger_deadline_ns;
        arm(connection.deadline_ns);
    }
    established_.push_back(&connection);
    events_.put_connected(connection.id, connection.peer);
}

}  // namespace kera
