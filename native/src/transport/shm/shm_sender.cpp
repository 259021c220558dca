#include "transport/shm/shm_sender.hpp"

#include <sys/uio.h>

#include <algorithm>
#include <array>

#include "base/check.hpp"
#include "transport/shm/shm_socket.hpp"

namespace kera {

SendOutcome ShmSender::send(ShmConnection& connection, std::span<const std::byte> head,
                            std::span<const IoSpan> body, Token token) {
    if (connection.state == ShmState::closing || connection.peer_ended) {
        return SendOutcome::gone;
    }
    KERA_ASSERT(body.size() <= kShmReferencesMax, body.size());
    std::uint64_t body_bytes = 0;
    for (const IoSpan& span : body) {
        body_bytes += span.bytes;
    }
    const std::uint64_t frame_bytes = head.size() + body_bytes;
    KERA_ASSERT(frame_bytes <= options_.message_bytes_max && is_aligned(frame_bytes, 8U),
                frame_bytes);
    if (connection.state != ShmState::open || !connection.long_message.empty()) {
        connection.blocked = true;
        return SendOutcome::again;
    }
    const bool refers = token != kNoToken && body_bytes >= options_.reference_bytes_min &&
                        connection.channel->leases().has_room(body_bytes) &&
                        refer_to(connection, body, head.size());
    const SendOutcome outcome =
        refers ? send_references(connection, head, body_bytes, token)
               : send_copy(connection, head, body, static_cast<std::uint32_t>(frame_bytes), token);
    if (outcome == SendOutcome::sent && connection.established()) {
        connection.channel->mark_published();
        if (!polling_ && connection.channel->take_wake_due()) {
            wake_shm(connection.socket.get());
        }
    }
    return outcome;
}

// Fills references_. False: there is no body, the peer does not see all of its memory, or the
// record would be too long.
bool ShmSender::refer_to(const ShmConnection& connection, std::span<const IoSpan> body,
                         std::size_t head_bytes) {
    references_.clear();
    for (const IoSpan& span : body) {
        const auto reference = connection.channel->reference_to(span);
        if (!reference) {
            return false;
        }
        references_.push_back(*reference);
    }
    return !references_.empty() && RingSender::record_bytes(references_.size(), head_bytes) <=
                                       connection.channel->sender().record_bytes_max();
}

SendOutcome ShmSender::find_room(ShmConnection& connection, std::uint64_t record_bytes) {
    const Result<bool> room = connection.channel->sender().has_room(record_bytes);
    if (!room.ok()) [[unlikely]] {
        connections_.kill(connection, room.error());
        return SendOutcome::gone;
    }
    if (!*room) {
        connection.blocked = true;
        return SendOutcome::again;
    }
    return SendOutcome::sent;
}

SendOutcome ShmSender::send_references(ShmConnection& connection, std::span<const std::byte> head,
                                       std::uint64_t body_bytes, Token token) {
    ShmRecordHeader header;
    header.kind = ShmRecordKind::message;
    header.reference_count = static_cast<std::uint16_t>(references_.size());
    header.inline_bytes = static_cast<std::uint32_t>(head.size());
    header.frame_bytes = static_cast<std::uint32_t>(head.size() + body_bytes);
    header.record_bytes = static_cast<std::uint32_t>(
        RingSender::record_bytes(references_.size(), header.inline_bytes));
    const SendOutcome room = find_room(connection, header.record_bytes);
    if (room != SendOutcome::sent) {
        return room;
    }
    const std::int64_t now_ns = connections_.now_ns();
    header.ticket = connection.channel->leases().lend(token, body_bytes, now_ns);
    if (connection.peer.accepted) {
        connections_.arm(now_ns + options_.lease_ns_max);
    }
    const IoSpan piece{head.data(), header.inline_bytes};
    connection.channel->sender().put(header, references_, {&piece, 1});
    return SendOutcome::sent;
}

SendOutcome ShmSender::send_copy(ShmConnection& connection, std::span<const std::byte> head,
                                 std::span<const IoSpan> body, std::uint32_t frame_bytes,
                                 Token token) {
    RingSender& sender = connection.channel->sender();
    const std::uint64_t record_bytes = RingSender::record_bytes(0, frame_bytes);
    if (record_bytes > sender.record_bytes_max()) {
        if (!connection.long_message.put(head, body, token, 0)) {
            connection.blocked = true;
            return SendOutcome::again;
        }
        connection.long_message_begun = false;
        // It is taken, whatever happens next: its token comes back as an event.
        continue_long_message(connection);
        return SendOutcome::sent;
    }
    const SendOutcome room = find_room(connection, record_bytes);
    if (room != SendOutcome::sent) {
        return room;
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
        connections_.events().put_released(connection.id, token);
    }
    return SendOutcome::sent;
}

void ShmSender::continue_long_message(ShmConnection& connection) {
    RingSender& sender = connection.channel->sender();
    SendQueue& rest = connection.long_message;
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
        const bool begun = connection.long_message_begun;
        ShmRecordHeader header;
        header.kind = !begun         ? ShmRecordKind::begin
                      : part == left ? ShmRecordKind::end
                                     : ShmRecordKind::middle;
        header.frame_bytes = begun ? 0 : static_cast<std::uint32_t>(left);
        header.inline_bytes = static_cast<std::uint32_t>(part);
        header.record_bytes = static_cast<std::uint32_t>(RingSender::record_bytes(0, part));
        const Result<bool> room = sender.has_room(header.record_bytes);
        if (!room.ok()) {
            connections_.kill(connection, room.error());
            return;
        }
        if (!*room) {
            return;
        }
        sender.put(header, {}, pieces_);
        connection.long_message_begun = true;
        connection.channel->mark_published();
        released_.clear();
        rest.sent(part, released_);
        connections_.events().put_released(connection.id, released_);
    }
}

}  // namespace kera
