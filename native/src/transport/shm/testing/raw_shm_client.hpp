// A client of a ShmTransport that a test controls byte by byte: after a correct handshake it writes
// into the shared memory whatever the test wants. Thread: the test's. Owns its socket and mappings.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "transport/channel/shared_memory.hpp"
#include "transport/channel/shm_handshake.hpp"
#include "transport/channel/shm_layout.hpp"
#include "transport/shm/shm_socket.hpp"

namespace kera {

class RawShmClient {
  public:
    explicit RawShmClient(const std::string& path) : socket_(connect_shm(path).value()) {}

    bool send(std::span<const std::byte> bytes, std::span<const int> descriptors = {}) {
        return send_shm(socket_.get(), bytes, descriptors);
    }
    bool send_hello(std::uint32_t ring_bytes = 64 * 1024, std::uint64_t send_bytes = 64 * 1024) {
        return send(encode(ShmHello{ring_bytes, send_bytes}));
    }

    // What the node has sent. Without an answer, and at the end, it has no size.
    ShmDatagram receive(std::span<std::byte> into) {
        return receive_shm(socket_.get(), into, kShmDescriptorsMax);
    }

    // REQUIRES: the node has answered.
    ShmWelcome take_welcome() {
        std::array<std::byte, kShmWelcomeBytes> bytes;
        ShmDatagram datagram = receive(bytes);
        welcome_descriptors_ = datagram.descriptors.size();
        const ShmWelcome welcome = parse_shm_welcome(std::span(bytes).first(datagram.size)).value();
        if (welcome.code == ErrorCode::ok) {
            layout_ = {welcome.ring_bytes, welcome.send_bytes};
            node_ = SharedMemory::map(std::move(datagram.descriptors.at(0)), 0,
                                      ShmLayout{welcome.ring_bytes, 0}.memory_bytes(), false)
                        .value();
            own_ = SharedMemory::map(std::move(datagram.descriptors.at(1)), 0,
                                     layout_.memory_bytes(), true)
                       .value();
        }
        return welcome;
    }

    std::size_t welcome_descriptors() const { return welcome_descriptors_; }

    ShmControl& control() { return *reinterpret_cast<ShmControl*>(own_.base()); }
    const ShmControl& node_control() const {
        return *reinterpret_cast<const ShmControl*>(node_.base());
    }
    std::byte* ring() { return own_.base() + layout_.ring_at(); }
    std::byte* releases() { return own_.base() + layout_.releases_at(); }
    std::span<std::byte> send_memory() {
        return {own_.base() + layout_.send_at(), layout_.send_bytes};
    }
    SharedMemory& own() { return own_; }
    SharedMemory& node() { return node_; }
    int socket() const { return socket_.get(); }
    void die() { socket_.reset(); }

    // Writes a record at the tail, whether it is correct or not.
    void put(ShmRecordHeader header, std::span<const ShmReference> references,
             std::span<const std::byte> inline_bytes, bool publish = true) {
        std::byte* at = ring() + tail_ % layout_.ring_bytes;
        copy_bytes(at, reinterpret_cast<const std::byte*>(&header), sizeof(header));
        copy_bytes(at + sizeof(header), std::as_bytes(references).data(), references.size_bytes());
        copy_bytes(at + sizeof(header) + references.size_bytes(), inline_bytes.data(),
                   inline_bytes.size());
        if (publish) {
            tail_ += header.record_bytes;
            control().tail.store(tail_);
        }
    }

    std::uint64_t tail_position() const { return tail_ % layout_.ring_bytes; }
    // Skips to the ring's start.
    void wrap() {
        ShmRecordHeader header;
        header.record_bytes = static_cast<std::uint32_t>(layout_.ring_bytes - tail_position());
        put(header, {}, {});
    }

    // A correct header of a message. Tests then change one field.
    static ShmRecordHeader message(std::size_t inline_bytes,
                                   std::span<const ShmReference> references = {}) {
        ShmRecordHeader header;
        header.kind = ShmRecordKind::message;
        header.reference_count = static_cast<std::uint16_t>(references.size());
        header.inline_bytes = static_cast<std::uint32_t>(inline_bytes);
        header.frame_bytes = header.inline_bytes;
        for (const ShmReference& reference : references) {
            header.frame_bytes += reference.bytes;
        }
        header.record_bytes = static_cast<std::uint32_t>(sizeof(header) + references.size_bytes() +
                                                         align_up(inline_bytes, 8U));
        header.ticket = 1;
        return header;
    }

  private:
    FileDescriptor socket_;
    ShmLayout layout_;
    std::size_t welcome_descriptors_ = 0;  // beside the welcome
    SharedMemory node_;
    SharedMemory own_;
    std::uint64_t tail_ = 0;
};

}  // namespace kera
