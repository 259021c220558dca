#include "transport/shm/shm_receiver.hpp"

#include <memory>
#include <utility>

#include "base/bytes.hpp"
#include "transport/frame_length.hpp"

namespace kera {

namespace {

// More datagrams than a socket holds.
constexpr int kDatagramsBeforeRegions = 4096;

// Call it between copying from shared memory and reading the copy: so the compiler cannot load the
// bytes from shared memory again.
void forget_source() {
    __asm__ volatile("" ::: "memory");
}

}  // namespace

int ShmReceiver::receive(ShmConnection& connection, TransportHandler& handler, int message_budget) {
    const std::shared_ptr<ShmChannel> channel = connection.channel;
    RingReceiver& receiver = channel->receiver();
    int delivered = 0;
    for (int records = 0; records < message_budget && connection.state == ShmState::open;
         ++records) {
        const auto found = receiver.next(record_);
        if (!found.ok()) [[unlikely]] {
            connections_.violate(connection, handler, found.error());
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
            connections_.violate(connection, handler, message.error());
            break;
        }
        receiver.consume(record_);
        if (!message->empty()) {
            ++delivered;
            handler.on_message(connection.id, std::move(*message));
        }
    }
    if (receiver.publish_head()) {
        channel->mark_published();
    }
    return delivered;
}

// The message that the record completes; empty when more records must come.
Result<Inbound> ShmReceiver::take_record(ShmConnection& connection) {
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

Result<Inbound> ShmReceiver::take_message(ShmConnection& connection) {
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
        !connection.channel->regions_mapped()) [[unlikely]] {
        // The table of regions was in the socket before the record was in the ring.
        KERA_TRY(connection.receive_datagrams(kDatagramsBeforeRegions));
    }
    MessageBuffer* buffer = connections_.buffers().acquire(header.inline_bytes);
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

// The record is a part of a frame that is too long for one record.
Result<Inbound> ShmReceiver::take_part(ShmConnection& connection) {
    const ShmRecordHeader& header = record_.header;
    if (header.kind == ShmRecordKind::begin) {
        KERA_TRY(begin_frame(connection));
        return Inbound();
    }
    Reassembly& reassembly = connection.reassembly;
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

Result<void> ShmReceiver::begin_frame(ShmConnection& connection) {
    const ShmRecordHeader& header = record_.header;
    if (header.inline_bytes < kFrameHeaderBytes || header.inline_bytes >= header.frame_bytes) {
        return fail(ErrorCode::malformed, "part_bytes", header.frame_bytes, header.inline_bytes);
    }
    if (!connection.reassembly.begin(header.frame_bytes, record_.inline_bytes,
                                     header.inline_bytes)) {
        return fail(ErrorCode::buffer_exhausted, "buffer_bytes");
    }
    connection.frame_deadline_ns = clock_.now_ns() + options_.frame_deadline_ns;
    connections_.arm(connection.frame_deadline_ns);
    return {};
}

}  // namespace kera
