// Numbers and words. See shared_places.hpp.
#include "client/produce/shared_places.hpp"

#include "base/check.hpp"
#include "wire/chunk/chunk.hpp"

namespace kera {

SharedPlaces::SharedPlaces(std::uint32_t capacity)
    : places_(capacity), states_(std::make_unique<kera_place_state[]>(capacity)) {
    free_.reserve(capacity);
    for (std::uint32_t number = capacity; number-- > 0;) {
        free_.push_back(number);
    }
}

std::uint32_t SharedPlaces::lend(ChunkBuffer& buffer, std::uint32_t region) {
    KERA_ASSERT(!free_.empty());
    const std::uint32_t number = free_.back();
    free_.pop_back();
    Place& place = places_[number];
    place.buffer = &buffer;
    place.region = region;
    place.state = Place::State::lent;
    buffer.shared_place = number;
    clear_word(place);
    return number;
}

void SharedPlaces::open(Place& place, std::int64_t now_ns) {
    place.state = Place::State::open;
    place.opened_at_ns = now_ns;
    place.older = youngest_;
    place.younger = nullptr;
    (youngest_ == nullptr ? oldest_ : youngest_->younger) = &place;
    youngest_ = &place;
}

SharedPlaces::Content SharedPlaces::close(Place& place) {
    (place.older == nullptr ? oldest_ : place.older->younger) = place.younger;
    (place.younger == nullptr ? youngest_ : place.younger->older) = place.older;
    place.older = place.younger = nullptr;
    place.state = Place::State::sent;
    kera_place_state& state = state_of(place);
    // Acquire: records that were added are there to be read.
    const auto word = static_cast<std::uint64_t>(
        std::atomic_ref(state.word).fetch_or(KERA_PLACE_CLOSED, std::memory_order_acq_rel));
    Content content;
    content.bytes = word & 0xFFFF'FFFFU;
    content.records = static_cast<std::uint32_t>(word >> 32U);
    content.own_times = std::atomic_ref(state.own_times).load(std::memory_order_relaxed) != 0;
    place.asked = std::atomic_ref(state.asked).load(std::memory_order_relaxed) != 0;
    return content;
}

void SharedPlaces::settle(Place& place) {
    place.state = Place::State::lent;
    place.target = nullptr;
    clear_word(place);
}

ChunkBuffer& SharedPlaces::take_back(Place& place) {
    place.state = Place::State::unused;
    free_.push_back(static_cast<std::uint32_t>(&place - places_.data()));
    return *std::exchange(place.buffer, nullptr);
}

// Seen by the other thread with the message that makes the place its own.
void SharedPlaces::clear_word(const Place& place) noexcept {
    kera_place_state& state = state_of(place);
    std::atomic_ref(state.word).store(kChunkHeaderBytes, std::memory_order_relaxed);
    std::atomic_ref(state.own_times).store(0, std::memory_order_relaxed);
    std::atomic_ref(state.asked).store(0, std::memory_order_relaxed);
}

}  // namespace kera
