// Which streamlet a record goes to. Thread: the application's. Borrows the streams. With a key: by
// Kafka's murmur2, so that both systems choose the same partition. Without a key: by chance, and
// then the same streamlet for as long as its chunk is open.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/ids.hpp"
#include "base/random.hpp"
#include "client/send/attached_streams.hpp"
#include "wire/frame/frame.hpp"

namespace kera {

std::uint32_t murmur2(Bytes key) noexcept;

// REQUIRES: streamlets > 0.
inline StreamletId streamlet_of_key(Bytes key, std::int32_t streamlets) noexcept {
    return StreamletId(static_cast<std::int32_t>(murmur2(key) & 0x7FFFFFFFU) % streamlets);
}

class Partitioner {
  public:
    Partitioner(AttachedStreams& streams, std::uint64_t seed) : streams_(streams), random_(seed) {}

    void on_attached(StreamHandle stream);
    StreamletId choose(StreamHandle stream, std::span<const Bytes> keys);

  private:
    StreamletId any_of(StreamHandle stream);

    AttachedStreams& streams_;
    Random random_;
    // By stream: where records without a key go now.
    std::vector<StreamletId> current_;
};

}  // namespace kera
