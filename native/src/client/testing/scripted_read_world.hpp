// Test fixture: chunks as a broker keeps them, and a world that reads them.
#pragma once

#include <string>
#include <vector>

#include "client/consume/consumer.hpp"
#include "client/testing/scripted_world.hpp"
#include "wire/chunk/chunk_builder.hpp"

namespace kera {

inline constexpr StreamletRef kFirst{ScriptedWorld::kStream, StreamletId(0)};
inline constexpr StreamletRef kSecond{ScriptedWorld::kStream, StreamletId(1)};

// A sealed chunk of these values.
inline std::vector<std::byte> chunk_of(const std::vector<std::string>& values,
                                       std::int32_t streamlet = 0, std::int64_t time_ms = 1000) {
    std::vector<std::byte> bytes(65536);
    ChunkBuilder builder(bytes);
    for (const std::string& value : values) {
        builder.add({{}, {}, as_bytes(value)}, time_ms);
    }
    ChunkIdentity identity;
    identity.stream = ScriptedWorld::kStream;
    identity.streamlet = StreamletId(streamlet);
    bytes.resize(builder.seal(identity).size());
    return bytes;
}

struct ScriptedReadWorld : ScriptedWorld {
    explicit ScriptedReadWorld(ClientOptions client_options = {}) : ScriptedWorld(client_options) {}

    Consumer& consume(ConsumerOptions options = {}) {
        return *client->open_consumer(options).value();
    }
    // Reads until nothing comes for some rounds; offsets go along when asked for.
    std::vector<std::string> read(Consumer& consumer, int rounds = 20) {
        std::vector<std::string> values;
        for (int round = 0; round < rounds; ++round) {
            const Result<int> count = consumer.poll_records(
                1000, [&](const RecordView& record, const RecordPlace& place) {
                    const Bytes value = record.value();
                    values.emplace_back(reinterpret_cast<const char*>(value.data()), value.size());
                    offsets.push_back(place.offset.value());
                });
            if (!count.ok()) {
                errors.push_back(count.error());
            } else if (*count > 0) {
                round = 0;
            }
        }
        return values;
    }

    std::vector<std::int64_t> offsets;
    std::vector<Error> errors;
};

}  // namespace kera
