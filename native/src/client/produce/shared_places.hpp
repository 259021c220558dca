// The places that a producer shares with a thread outside: numbers, words, and which are open.
// Thread: the loop's, but for the words, which the other thread adds records to. Owns words and
// numbers, borrows the places from the pool. Invariant: of one place, the loop reads the word only
// between opened and closed, and close() is what ends the other thread's additions: its exchange
// pairs with their compare-and-set.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "client/produce/chunk_buffer.hpp"
#include "client/produce/open_chunk.hpp"
#include "kera/kera_shared_producer.h"

namespace kera {

class SharedPlaces {
  public:
    struct Place {
        enum class State : std::uint8_t { unused, lent, open, sent };

        ChunkBuffer* buffer = nullptr;
        OpenChunk* target = nullptr;
        std::uint32_t region = 0;
        State state = State::unused;
        // Whether the fate of what lies in it is waited for; once it is closed.
        bool asked = false;
        std::int64_t opened_at_ns = 0;
        std::int64_t first_timestamp_ms = 0;
        // Neighbours in the order of opening.
        Place* older = nullptr;
        Place* younger = nullptr;
    };
    // What the other thread had committed when its place was closed.
    struct Content {
        std::uint64_t bytes = 0;
        std::uint32_t records = 0;
        bool own_times = false;
    };

    explicit SharedPlaces(std::uint32_t capacity);

    kera_memory states() noexcept {
        return {states_.get(), std::uint64_t{capacity()} * sizeof(kera_place_state)};
    }
    std::uint32_t capacity() const noexcept { return static_cast<std::uint32_t>(places_.size()); }

    // Gives a buffer of the pool a number. REQUIRES: fewer than capacity() are in use.
    std::uint32_t lend(ChunkBuffer& buffer, std::uint32_t region);
    // Null where the other thread names what it does not have.
    Place* find(std::uint32_t number, Place::State state) noexcept {
        return number < places_.size() && places_[number].state == state ? &places_[number]
                                                                         : nullptr;
    }
    void open(Place& place, std::int64_t now_ns);
    Content close(Place& place);
    // The place is the other thread's again.
    void settle(Place& place);
    // The number is free again.
    ChunkBuffer& take_back(Place& place);

    Place* oldest_open() noexcept { return oldest_; }

  private:
    kera_place_state& state_of(const Place& place) noexcept {
        return states_[static_cast<std::size_t>(&place - places_.data())];
    }
    void clear_word(const Place& place) noexcept;

    std::vector<Place> places_;
    std::vector<std::uint32_t> free_;
    std::unique_ptr<kera_place_state[]> states_;
    Place* oldest_ = nullptr;
    Place* youngest_ = nullptr;
};

}  // namespace kera
