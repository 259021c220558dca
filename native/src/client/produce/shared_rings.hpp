// The two rings between a shared producer's loop and the outside thread; kera_shared_producer.h
// names the messages. Thread: the loop's; any may ask for written(). Owns the rings' memory, which
// both sides use. Invariant: when the outside thread has broken a ring, nothing more is read from
// it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "base/error.hpp"
#include "client/send/stat_counter.hpp"
#include "kera/kera_shared_producer.h"
#include "ring/spsc_ring.hpp"
#include "wire/frame/frame.hpp"

namespace kera {

class SharedRings {
  public:
    // With room for one message about each chunk.
    explicit SharedRings(std::uint32_t chunks_max);

    kera_memory to_loop() const noexcept { return to_loop_.memory; }
    kera_memory from_loop() const noexcept { return from_loop_.memory; }

    bool has_messages() const noexcept { return !broken_ && from_outside_.ready(); }
    // Calls handler(type, message) for all that the outside thread has written; returns how many.
    template <class Handler>
    int read(Handler&& handler) {
        int messages = 0;
        while (!broken_) {
            const Result<int> read = from_outside_.read(handler);
            if (!read.ok()) {
                on_broken(read.error());
                break;
            }
            // A read ends where the ring wraps around.
            if (*read == 0) {
                break;
            }
            messages += *read;
        }
        return messages;
    }

    // There is room, unless the outside thread asks without end and reads nothing.
    template <class Message>
    void write(std::int32_t type, const Message& message) {
        write(type, std::as_bytes(std::span(&message, 1)));
    }
    // False: a reader that is idle has messages enough before this one.
    template <class Message>
    bool write_if_few_unread(std::int32_t type, const Message& message) {
        return write_if_few_unread(type, std::as_bytes(std::span(&message, 1)));
    }
    // Messages to the outside thread.
    std::uint64_t written() const noexcept { return written_.get(); }

  private:
    struct Memory {
        explicit Memory(std::size_t data_bytes);
        RingLayout layout;
        kera_memory memory{};
        std::unique_ptr<std::byte[]> bytes;
    };

    void write(std::int32_t type, Bytes message);
    bool write_if_few_unread(std::int32_t type, Bytes message);
    void on_broken(const Error& why);

    Memory to_loop_;
    Memory from_loop_;
    SpscConsumer from_outside_;
    SpscProducer to_outside_;
    bool broken_ = false;
    StatCounter written_;
};

}  // namespace kera
