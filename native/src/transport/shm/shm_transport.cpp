#include "transport/shm/shm_transport.hpp"

#include <sys/uio.h>

#include <algorithm>
#include <array>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "base/set_while.hpp"
#include "transport/frame_length.hpp"
#include "transport/shm/shm_socket.hpp"

namespace kera {

namespace {

// The clock is read once in so many polls, sockets are looked at that often: a poll that finds
// nothing costs a few loads.
constexpr std::uint32_t kPollsPerClock = 16;
constexpr std::uint32_t kPollsPerEpoll = 1024;
constexpr std::int64_t kEpollIntervalNs = 200 * kNanosPerMicro;
// More wake-ups than a socket holds.
constexpr int kDatagramsBeforeRegions = 4096;

// What was copied from shared memory is looked at only after this: the compiler must not read it
// again from where it came.
void forget_source() {
    __asm__ volatile("" ::: "memory");
}

}  // namespace

int ShmTransport::poll(TransportHandler& handler, int message_budget) {
    KERA_ASSERT(!polling_);
    const SetWhile polling(polling_);
    int work = events_.report(handler);
    ++polls_;
    const bool woken = parked_ || woken_.load(std::memory_order_acquire);
    if (woken || polls_ % kPollsPerClock == 0) {
        now_ns_ = clock_.now_ns();
        if (woken || polls_ % kPollsPerEpoll == 0 || now_ns_ - last_epoll_ns_ >= kEpollIntervalNs) {
            work += static_cast<int>(collect_events());
            work += events_.report(handler);
        }
        if (now_ns_ >= next_check_ns_) {
            check_deadlines(now_ns_);
        }
    }
    int delivered = 0;
    for (std::size_t index = 0; index < established_.size(); ++index) {
        delivered += poll_connection(*established_[index], handler, message_budget - delivered);
    }
    // The first in line must not always be the same when the budget ends before the line does.
    if (delivered >= message_budget && established_.size() > 1) {
        std::rotate(established_.begin(), established_.begin() + 1, established_.end());
    }
    work += delivered + events_.report(handler);
    sweep_dead();
    return work;
}

int ShmTransport::poll_connection(ShmConnection& connection, TransportHandler& handler,
                                  int message_budget) {
    if (!connection.established()) {
        return 0;
    }
    ShmChannel& channel = *connection.channel;
    if (channel.releases_pending()) {
        const auto taken = channel.take_releases(released_);
        report_released(connection.id);
        if (!taken.ok()) {
            violate(connection, handler, taken.error());
        }
    }
    if (!connection.cut_message.empty()) {
        pump_cut_message(connection);
    }
    if (connection.blocked && connection.cut_message.empty() && connection.established()) {
        const auto room = channel.sender().half_empty();
        if (!room.ok()) {
            violate(connection, handler, room.error());
        } else if (*room) {
            connection.blocked = false;
            events_.put_writable(connection.id);
        }
    }
    int delivered = 0;
    if (connection.state == ShmState::open && channel.receiver().pending()) {
        delivered = receive(connection, handler, message_budget);
    }
    if (connection.state == ShmState::closing && !connection.end_sent &&
        connection.cut_message.empty()) {
        end_sending(connection);
    }
    if (connection.peer_ended && connection.established() &&
        (connection.state == ShmState::closing || !channel.receiver().pending())) {
        const bool asked = connection.state == ShmState::closing;
        kill(connection, asked ? connection.why
                               : fail(ErrorCode::disconnected, connection.reassembly.active()
                                                                   ? "peer closed inside a frame"
                                                                   : "peer closed"));
    }
    if (connection.established() && channel.peer_needs_wake()) {
        wake_shm(connection.socket.get());
    }
    return delivered;
}

int ShmTransport::receive(ShmConnection& connection, TransportHandler& handler,
                          int message_budget) {
    const std::shared_ptr<ShmChannel> channel = connection.channel;
    RingReceiver& receiver = channel->receiver();
    int delivered = 0;
    for (int records = 0; records < message_budget && connection.state == ShmState::open;
         ++records) {
        const auto found = receiver.next(record_);
        if (!found.ok()) [[unlikely]] {
            violate(connection, handler, found.error());
            break;
        }
        if (!*found) {
            break;
        }
        auto message = take_record(connection);
        if (!message.ok()) [[unlikely]] {
            if (message.error().code == ErrorCode::buffer_exhausted) {
                break;  // it stays in the ring until there is memory
            }
            violate(connection, handler, message.error());
            break;
        }
        receiver.consume(record_);
        if (!message->empty()) {
            ++delivered;
            handler.on_message(connection.id, std::move(*message));
        }
    }
    if (receiver.publish_head()) {
        channel->owe_wake();
    }
    return delivered;
}

// The message that the record completes; an empty one when more must come.
Result<Inbound> ShmTransport::take_record(ShmConnection& connection) {
    const ShmRecordKind kind = record_.header.kind;
    const bool continues = kind == ShmRecordKind::middle || kind == ShmRecordKind::end;
    if (continues != connection.reassembly.active()) {
        return fail(ErrorCode::malformed, "record_kind_out_of_order", 0,
                    static_cast<std::int64_t>(kind));
    }
    if (!continues) {
        KERA_TRY(check_frame_length(record_.header.frame_bytes, connection.frame_bytes_max));
    }
    return kind == ShmRecordKind::message ? take_message(connection) : take_part(connection);
}

Result<Inbound> ShmTransport::take_message(ShmConnection& connection) {
    const ShmRecordHeader& header = record_.header;
    std::uint64_t bytes = header.inline_bytes;
    for (std::size_t index = 0; index < header.reference_count; ++index) {
        bytes += record_.references[index].bytes;
    }
    if (bytes != header.frame_bytes || header.inline_bytes < kFrameHeaderBytes) {
        return fail(ErrorCode::malformed, "record_frame_bytes", header.frame_bytes,
                    static_cast<std::int64_t>(bytes));
    }
    if (header.reference_count > 0 && !connection.peer.accepted &&
        !connection.channel->sees_regions()) [[unlikely]] {
        // The table of regions was in the socket before the record was in the ring.
        KERA_TRY(hear_datagrams(connection, kDatagramsBeforeRegions));
    }
    MessageBuffer* buffer = buffers_.acquire(header.inline_bytes);
    if (buffer == nullptr) {
        return fail(ErrorCode::buffer_exhausted, "buffer_bytes");
    }
    copy_bytes(buffer->data(), record_.inline_bytes, header.inline_bytes);
    forget_source();
    const auto announced = load_le<std::uint32_t>(buffer->data());
    if (announced != header.frame_bytes) {
        buffer->drop_reference();
        return fail(ErrorCode::malformed, "frame_bytes", header.frame_bytes, announced);
    }
    if (header.reference_count == 0) {
        return Inbound(*buffer, 0, Fragment(buffer->data(), header.inline_bytes));
    }
    return inbounds_.make(connection.channel, *buffer, record_, connection.peer.accepted);
}

Result<Inbound> ShmTransport::take_part(ShmConnection& connection) {
    const ShmRecordHeader& header = record_.header;
    Reassembly& reassembly = connection.reassembly;
    if (header.kind == ShmRecordKind::begin) {
        if (header.inline_bytes < kFrameHeaderBytes || header.inline_bytes >= header.frame_bytes) {
            return fail(ErrorCode::malformed, "part_bytes", header.frame_bytes,
                        header.inline_bytes);
        }
        if (!reassembly.begin(header.frame_bytes, record_.inline_bytes, header.inline_bytes)) {
            return fail(ErrorCode::buffer_exhausted, "buffer_bytes");
        }
        connection.frame_deadline_ns = clock_.now_ns() + options_.frame_deadline_ns;
        arm(connection.frame_deadline_ns);
        return Inbound();
    }
    const bool last = header.kind == ShmRecordKind::end;
    const std::uint32_t missing = reassembly.missing_bytes();
    if (header.inline_bytes == 0 || header.inline_bytes > missing ||
        last != (header.inline_bytes == missing)) {
        return fail(ErrorCode::malformed, "part_bytes", missing, header.inline_bytes);
    }
    if (!reassembly.add(record_.inline_bytes, header.inline_bytes)) {
        return fail(ErrorCode::buffer_exhausted, "buffer_bytes");
    }
    if (!last) {
        return Inbound();
    }
    connection.frame_deadline_ns = kNoDeadline;
    forget_source();
    Inbound whole = reassembly.finish();
    const auto announced = load_le<std::uint32_t>(whole.head().data());
    if (announced != whole.head().size()) {
        return fail(ErrorCode::malformed, "frame_bytes",
                    static_cast<std::int64_t>(whole.head().size()), announced);
    }
    return whole;
}

void ShmTransport::violate(ShmConnection& connection, TransportHandler& handler,
                           const Error& what) {
    if (connection.state != ShmState::open) {
        kill(connection, what);
        return;
    }
    handler.on_violation(connection.id, what);
    close(connection.id, what);
}

SendOutcome ShmTransport::send(EndpointId endpoint, std::span<const std::byte> frame_head,
                               std::span<const IoSpan> body, Token token) {
    ShmConnection* connection = find(endpoint);
    if (connection == nullptr || connection->state == ShmState::closing || connection->peer_ended) {
        return SendOutcome::gone;
    }
    KERA_ASSERT(body.size() <= kShmReferencesMax, body.size());
    std::uint64_t body_bytes = 0;
    for (const IoSpan& span : body) {
        body_bytes += span.bytes;
    }
    const std::uint64_t frame_bytes = frame_head.size() + body_bytes;
    KERA_ASSERT(frame_bytes <= options_.message_bytes_max && is_aligned(frame_bytes, 8U),
                frame_bytes);
    if (connection->state != ShmState::open || !connection->cut_message.empty()) {
        connection->blocked = true;
        return SendOutcome::again;
    }
    references_.clear();
    if (token != kNoToken && body_bytes >= options_.reference_bytes_min &&
        connection->channel->leases().has_room(body_bytes)) {
        for (const IoSpan& span : body) {
            const auto reference = connection->channel->reference_to(span);
            if (!reference) {
                references_.clear();
                break;
            }
            references_.push_back(*reference);
        }
    }
    const SendOutcome outcome =
        references_.empty() || RingSender::record_bytes(references_.size(), frame_head.size()) >
                                   connection->channel->sender().record_bytes_max()
            ? send_copy(*connection, frame_head, body, static_cast<std::uint32_t>(frame_bytes),
                        token)
            : send_reference(*connection, frame_head, body_bytes, token);
    if (outcome == SendOutcome::sent && connection->established()) {
        connection->channel->owe_wake();
        if (!polling_ && connection->channel->peer_needs_wake()) {
            wake_shm(connection->socket.get());
        }
    }
    return outcome;
}

SendOutcome ShmTransport::send_reference(ShmConnection& connection, std::span<const std::byte> head,
                                         std::uint64_t body_bytes, Token token) {
    RingSender& sender = connection.channel->sender();
    ShmRecordHeader header;
    header.kind = ShmRecordKind::message;
    header.reference_count = static_cast<std::uint16_t>(references_.size());
    header.inline_bytes = static_cast<std::uint32_t>(head.size());
    header.frame_bytes = static_cast<std::uint32_t>(head.size() + body_bytes);
    header.record_bytes = static_cast<std::uint32_t>(
        RingSender::record_bytes(references_.size(), header.inline_bytes));
    const auto room = sender.has_room(header.record_bytes);
    if (!room.ok()) {
        kill(connection, room.error());
        return SendOutcome::gone;
    }
    if (!*room) {
        connection.blocked = true;
        return SendOutcome::again;
    }
    header.ticket = connection.channel->leases().lend(token, body_bytes, now_ns_);
    if (connection.peer.accepted) {
        arm(now_ns_ + options_.lease_ns_max);
    }
    const IoSpan piece{head.data(), header.inline_bytes};
    sender.put(header, references_, {&piece, 1});
    return SendOutcome::sent;
}

SendOutcome ShmTransport::send_copy(ShmConnection& connection, std::span<const std::byte> head,
                                    std::span<const IoSpan> body, std::uint32_t frame_bytes,
                                    Token token) {
    RingSender& sender = connection.channel->sender();
    const std::uint64_t record_bytes = RingSender::record_bytes(0, frame_bytes);
    if (record_bytes > sender.record_bytes_max()) {
        if (!connection.cut_message.put(head, body, token, 0)) {
            connection.blocked = true;
            return SendOutcome::again;
        }
        connection.cut_begun = false;
        // Taken, whatever becomes of it: a token that is in the queue comes back as an event.
        pump_cut_message(connection);
        return SendOutcome::sent;
    }
    const auto room = sender.has_room(record_bytes);
    if (!room.ok()) {
        kill(connection, room.error());
        return SendOutcome::gone;
    }
    if (!*room) {
        connection.blocked = true;
        return SendOutcome::again;
    }
    ShmRecordHeader header;
    header.kind = ShmRecordKind::message;
    header.inline_bytes = frame_bytes;
    header.frame_bytes = frame_bytes;
    header.record_bytes = static_cast<std::uint32_t>(record_bytes);
    pieces_.assign(1, {head.data(), static_cast<std::uint32_t>(head.size())});
    pieces_.insert(pieces_.end(), body.begin(), body.end());
    sender.put(header, {}, pieces_);
    if (token != kNoToken) {
        events_.put_released(connection.id, token);
    }
    return SendOutcome::sent;
}

// Moves as much of a long message into the ring as there is room for.
void ShmTransport::pump_cut_message(ShmConnection& connection) {
    RingSender& sender = connection.channel->sender();
    SendQueue& rest = connection.cut_message;
    const std::uint64_t part_max = sender.record_bytes_max() - sizeof(ShmRecordHeader);
    while (!rest.empty()) {
        const std::uint64_t left = rest.bytes();
        std::array<iovec, 16> vectors;
        const std::size_t count = rest.front(vectors);
        std::uint64_t part = 0;
        pieces_.clear();
        for (std::size_t index = 0; index < count && part < part_max; ++index) {
            const auto bytes = std::min<std::uint64_t>(vectors[index].iov_len, part_max - part);
            pieces_.push_back({static_cast<const std::byte*>(vectors[index].iov_base),
                               static_cast<std::uint32_t>(bytes)});
            part += bytes;
        }
        ShmRecordHeader header;
        header.kind = !connection.cut_begun ? ShmRecordKind::begin
                      : part == left        ? ShmRecordKind::end
                                            : ShmRecordKind::middle;
        header.frame_bytes = connection.cut_begun ? 0 : static_cast<std::uint32_t>(left);
        header.inline_bytes = static_cast<std::uint32_t>(part);
        header.record_bytes = static_cast<std::uint32_t>(RingSender::record_bytes(0, part));
        const auto room = sender.has_room(header.record_bytes);
        if (!room.ok()) {
            kill(connection, room.error());
            return;
        }
        if (!*room) {
            return;
        }
        sender.put(header, {}, pieces_);
        connection.cut_begun = true;
        connection.channel->owe_wake();
        rest.sent(part, released_);
        report_released(connection.id);
    }
}

void ShmTransport::report_released(EndpointId endpoint) {
    for (const Token token : released_) {
        events_.put_released(endpoint, token);
    }
    released_.clear();
}

}  // namespace kera
