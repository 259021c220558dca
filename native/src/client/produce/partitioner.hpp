// Which streamlet a record goes to. Any thread; stateless but for the random numbers.
// With a key: Kafka's murmur2 of it, so that both systems put a key in the same place.
#pragma once

#include <cstdint>

#include "base/ids.hpp"
#include "wire/frame/frame.hpp"

namespace kera {

std::uint32_t murmur2(Bytes key) noexcept;

// REQUIRES: streamlets > 0.
inline StreamletId streamlet_of_key(Bytes key, std::int32_t streamlets) noexcept {
    return StreamletId(static_cast<std::int32_t>(murmur2(key) & 0x7FFFFFFFU) % streamlets);
}

}  // namespace kera
