// Test fixture: threads outside that lay out records in the same shared chunks, as Java's do. One
// thread plays them all, or many call: open() one at a time, reserve() and commit() any. Borrows
// the writer, by which it talks to the loop.
#pragma once

#include <atomic>
#include <optional>
#include <string_view>
#include <vector>

#include "client/testing/scripted_outside_writer.hpp"

namespace kera {

class ScriptedOutsideThreads {
  public:
    // A record that is reserved and not committed.
    struct Reserved {
        std::uint32_t chunk = 0;
        std::int64_t word = 0;
        std::uint64_t bytes = 0;
    };

    ScriptedOutsideThreads(const kera_shared_area& area, ScriptedOutsideWriter& writer)
        : area_(area),
          writer_(writer),
          openings_(area.states.bytes / sizeof(kera_shared_chunk_state)) {}

    // Opens a chunk with its first record. Empty: there is no free buffer.
    std::optional<std::uint32_t> open(std::uint32_t stream, std::int32_t streamlet,
                                      std::string_view value) {
        const std::optional<kera_shared_chunk_granted> free = writer_.take_free();
        if (!free) {
            return std::nullopt;
        }
        Opening& opening = openings_[free->chunk];
        opening.address = static_cast<std::byte*>(free->address);
        ++opening.generation;
        const std::uint64_t bytes = record_bytes(std::uint64_t{value.size()});
        write(opening.address + kChunkHeaderBytes, bytes, value);
        kera_shared_chunk_state& state = state_of(free->chunk);
        std::atomic_ref(state.committed)
            .store(static_cast<std::int64_t>(kChunkHeaderBytes + bytes), std::memory_order_relaxed);
        std::atomic_ref(state.word)
            .store(with(opening.generation * KERA_SHARED_CHUNK_GENERATION + kChunkHeaderBytes / 8,
                        bytes));
        writer_.say(KERA_SHARED_CHUNK_OPENED,
                    kera_shared_chunk_opened{free->chunk, stream, streamlet, 0, 1000});
        return free->chunk;
    }
    // Empty: the chunk is closed, or has no room.
    std::optional<Reserved> reserve(std::uint32_t chunk, std::string_view value) {
        const std::uint64_t bytes = record_bytes(std::uint64_t{value.size()});
        std::atomic_ref word(state_of(chunk).word);
        std::int64_t now = word.load();
        while (now >= 0 && used_bytes(now) + bytes <= area_.chunk_bytes) {
            if (word.compare_exchange_weak(now, with(now, bytes))) {
                return Reserved{chunk, now, bytes};
            }
        }
        return std::nullopt;
    }
    // Writes the record and commits it. True: it was the last one of a closed chunk, and the loop
    // is to be told.
    bool commit(const Reserved& reserved, std::string_view value) {
        write(openings_[reserved.chunk].address + used_bytes(reserved.word), reserved.bytes, value);
        return add(reserved, static_cast<std::int64_t>(reserved.bytes));
    }
    bool spoil(const Reserved& reserved) {
        return add(reserved, static_cast<std::int64_t>(reserved.bytes) + KERA_SHARED_CHUNK_SPOILT);
    }
    void full(std::uint32_t chunk) {
        writer_.say(KERA_SHARED_CHUNK_FULL, kera_shared_chunk_number{chunk, 0});
    }
    kera_shared_chunk_state& state_of(std::uint32_t chunk) {
        return static_cast<kera_shared_chunk_state*>(area_.states.address)[chunk];
    }
    static std::uint64_t used_bytes(std::int64_t word) {
        return (static_cast<std::uint64_t>(word) & (KERA_SHARED_CHUNK_RESERVED - 1)) *
               KERA_SHARED_CHUNK_UNIT_BYTES;
    }

  private:
    struct Opening {
        std::byte* address = nullptr;
        std::int64_t generation = 0;
    };

    static std::int64_t with(std::int64_t word, std::uint64_t bytes) {
        return word + KERA_SHARED_CHUNK_RESERVED +
               static_cast<std::int64_t>(bytes / KERA_SHARED_CHUNK_UNIT_BYTES);
    }
    static void write(std::byte* at, std::uint64_t bytes, std::string_view value) {
        zero_bytes(at, bytes);
        store_le(at, static_cast<std::uint32_t>(bytes));
        store_le(at + 12, static_cast<std::uint32_t>(value.size()));
        copy_bytes(at + kRecordHeaderBytes, reinterpret_cast<const std::byte*>(value.data()),
                   value.size());
    }
    bool add(const Reserved& reserved, std::int64_t amount) {
        kera_shared_chunk_state& state = state_of(reserved.chunk);
        const std::int64_t committed = std::atomic_ref(state.committed).fetch_add(amount) + amount;
        const std::int64_t now = std::atomic_ref(state.word).load();
        const std::int64_t differs = (now ^ reserved.word) & ~KERA_SHARED_CHUNK_CLOSED;
        return now < 0 && differs < KERA_SHARED_CHUNK_GENERATION &&
               static_cast<std::uint64_t>(committed & (KERA_SHARED_CHUNK_SPOILT - 1)) ==
                   used_bytes(now);
    }

    const kera_shared_area area_;
    ScriptedOutsideWriter& writer_;
    std::vector<Opening> openings_;
};

}  // namespace kera
