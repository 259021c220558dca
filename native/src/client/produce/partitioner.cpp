// Austin Appleby's MurmurHash2 with the seed that Kafka's clients use, and who needs none.
#include "client/produce/partitioner.hpp"

#include "base/bytes.hpp"

namespace kera {

std::uint32_t murmur2(Bytes key) noexcept {
    constexpr std::uint32_t kSeed = 0x9747B28CU;
    constexpr std::uint32_t kMultiplier = 0x5BD1E995U;
    constexpr std::uint32_t kShift = 24;
    std::uint32_t hash = kSeed ^ static_cast<std::uint32_t>(key.size());
    while (key.size() >= 4) {
        std::uint32_t word = load_le<std::uint32_t>(key.data()) * kMultiplier;
        word ^= word >> kShift;
        hash = (hash * kMultiplier) ^ (word * kMultiplier);
        key = key.subspan(4);
    }
    if (!key.empty()) {
        std::uint32_t tail = 0;
        for (std::size_t index = key.size(); index-- > 0;) {
            tail = (tail << 8U) | std::to_integer<std::uint32_t>(key[index]);
        }
        hash = (hash ^ tail) * kMultiplier;
    }
    hash ^= hash >> 13U;
    hash *= kMultiplier;
    hash ^= hash >> 15U;
    return hash;
}

void Partitioner::on_attached(StreamHandle stream) {
    if (stream.value() == current_.size()) {
        current_.push_back(any_of(stream));
    }
}

StreamletId Partitioner::choose(StreamHandle stream, std::span<const Bytes> keys) {
    if (!keys.empty()) {
        return streamlet_of_key(keys.front(), streams_.streamlets(stream));
    }
    StreamletId& current = current_[stream.value()];
    if (!streams_.open_chunk(stream, current).seems_open()) {
        current = any_of(stream);
    }
    return current;
}

StreamletId Partitioner::any_of(StreamHandle stream) {
    const auto streamlets = static_cast<std::uint64_t>(streams_.streamlets(stream));
    return StreamletId(static_cast<std::int32_t>(random_.below(streamlets)));
}

}  // namespace kera
