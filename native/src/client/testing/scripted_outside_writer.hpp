// Test fixture: the outside thread of a shared producer, as Java has one. It lays out records in
// shared chunks and talks over the rings. One thread.
#pragma once

#include <algorithm>
#include <atomic>
#include <deque>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "client/produce/shared_producer.hpp"
#include "ring/spsc_ring.hpp"
#include "wire/chunk/chunk_builder.hpp"

namespace kera {

class ScriptedOutsideWriter {
  public:
    explicit ScriptedOutsideWriter(const kera_shared_area& area)
        : area_(area), to_loop_(ring_over(area.to_loop)), from_loop_(ring_over(area.from_loop)) {}

    // Wakes a loop that has a thread of its own.
    std::function<void()> wake;
    // What the loop said, in order.
    std::vector<kera_shared_chunk_settled> settled;
    std::vector<kera_shared_chunk_granted> granted;
    std::vector<kera_shared_chunk_settled> refused;
    std::vector<kera_region_retired> retired;
    std::vector<kera_shared_stream_grown> grown;
    int none_left = 0;

    void want(std::uint64_t bytes) {
        say(KERA_SHARED_CHUNK_WANTED, kera_shared_chunk_wanted{bytes});
    }
    void give_back(std::uint32_t chunk) {
        say(KERA_SHARED_CHUNK_RETURNED, kera_shared_chunk_number{chunk, 0});
    }
    template <class Message>
    void say(std::int32_t type, const Message& message) {
        while (!to_loop_.write(type, std::as_bytes(std::span(&message, 1)))) {
        }
        // Pairs with the fence of Loop::park().
        std::atomic_thread_fence(std::memory_order_seq_cst);
        if (wake && is_asleep()) {
            wake();
        }
    }

    // Messages that were read.
    std::int64_t heard() const {
        return static_cast<std::int64_t>(settled.size() + granted.size() + refused.size() +
                                         retired.size() + grown.size()) +
               none_left;
    }
    // Reads what the loop said; true: there was something.
    bool listen() {
        const std::int64_t before = heard();
        static_cast<void>(from_loop_.read([this](std::int32_t type, Bytes message) {
            switch (type) {
                case KERA_SHARED_CHUNK_GRANTED:
                    granted.push_back(read<kera_shared_chunk_granted>(message));
                    free_.push_back(granted.back());
                    break;
                case KERA_SHARED_CHUNK_SETTLED:
                    settled.push_back(read<kera_shared_chunk_settled>(message));
                    for (const kera_shared_chunk_granted& one : granted) {
                        if (one.chunk == settled.back().chunk) {
                            free_.push_back(one);
                            break;
                        }
                    }
                    break;
                case KERA_SHARED_CHUNK_NONE_LEFT:
                    ++none_left;
                    break;
                case KERA_SHARED_CHUNK_REFUSED:
                    refused.push_back(read<kera_shared_chunk_settled>(message));
                    break;
                case KERA_SHARED_STREAM_GROWN:
                    grown.push_back(read<kera_shared_stream_grown>(message));
                    break;
                default:
                    retired.push_back(read<kera_region_retired>(message));
            }
        }));
        return heard() > before;
    }

    // For who opens a chunk without this writer.
    std::optional<kera_shared_chunk_granted> take_free() {
        if (free_.empty()) {
            return std::nullopt;
        }
        const kera_shared_chunk_granted taken = free_.front();
        free_.pop_front();
        return taken;
    }
    // Begins a chunk in a free buffer. False: there is none.
    bool begin(std::uint32_t stream, std::int32_t streamlet) {
        if (free_.empty()) {
            return false;
        }
        chunk_ = free_.front();
        free_.pop_front();
        stream_ = stream;
        streamlet_ = streamlet;
        word_ = kChunkHeaderBytes;
        return true;
    }
    bool fits(std::size_t value_bytes) const {
        return used_bytes() + record_bytes(value_bytes) <= chunk_.room_bytes;
    }
    // Somebody waits for what becomes of the next record.
    void ask() {
        auto* const states = static_cast<kera_shared_chunk_state*>(area_.states.address);
        std::atomic_ref(states[chunk_.chunk].asked).store(1, std::memory_order_release);
    }
    // Whatever a thread outside may write there.
    void put_word(std::int64_t word) {
        auto* const states = static_cast<kera_shared_chunk_state*>(area_.states.address);
        std::atomic_ref(states[chunk_.chunk].word).store(word, std::memory_order_release);
    }
    // Lays out a record and counts it. False: the loop has closed the chunk.
    bool add(std::string_view value) {
        const std::uint64_t bytes = record_bytes(std::uint64_t{value.size()});
        auto* const at = static_cast<std::byte*>(chunk_.address) + used_bytes();
        zero_bytes(at, bytes);
        store_le(at, static_cast<std::uint32_t>(bytes));
        store_le(at + 12, static_cast<std::uint32_t>(value.size()));
        copy_bytes(at + kRecordHeaderBytes, reinterpret_cast<const std::byte*>(value.data()),
                   value.size());
        auto* const states = static_cast<kera_shared_chunk_state*>(area_.states.address);
        std::int64_t expected = word_;
        const std::int64_t next =
            word_ + KERA_SHARED_CHUNK_RECORD + static_cast<std::int64_t>(bytes);
        if (!std::atomic_ref(states[chunk_.chunk].word)
                 .compare_exchange_strong(expected, next, std::memory_order_acq_rel)) {
            return false;
        }
        if (word_ < KERA_SHARED_CHUNK_RECORD) {
            say(KERA_SHARED_CHUNK_OPENED,
                kera_shared_chunk_opened{chunk_.chunk, stream_, streamlet_, 0, 1000});
        }
        word_ = next;
        return true;
    }
    void full() { say(KERA_SHARED_CHUNK_FULL, kera_shared_chunk_number{chunk_.chunk, 0}); }

  private:
    static RingLayout ring_over(const kera_memory& memory) {
        return RingLayout::over({static_cast<std::byte*>(memory.address), memory.bytes}).value();
    }
    template <class Message>
    static Message read(Bytes bytes) {
        Message message;
        copy_bytes(reinterpret_cast<std::byte*>(&message), bytes.data(), sizeof message);
        return message;
    }
    bool is_asleep() const {
        return std::atomic_ref(const_cast<std::uint8_t&>(*area_.asleep))
                   .load(std::memory_order_relaxed) != 0;
    }
    std::size_t used_bytes() const { return static_cast<std::uint32_t>(word_); }

    const kera_shared_area area_;
    SpscProducer to_loop_;
    SpscConsumer from_loop_;
    std::deque<kera_shared_chunk_granted> free_;
    kera_shared_chunk_granted chunk_{};
    std::uint32_t stream_ = 0;
    std::int32_t streamlet_ = 0;
    std::int64_t word_ = 0;
};

}  // namespace kera
