// Test fixture: a client, a scripted broker and a manual clock, wired together in one thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "client/open/client.hpp"
#include "client/testing/scripted_broker.hpp"

namespace kera {

inline Bytes as_bytes(std::string_view text) {
    return std::as_bytes(std::span(text));
}

struct ScriptedWorld {
    static constexpr std::int64_t kEpochMs = 1'700'000'000'000;
    static constexpr StreamId kStream{7};

    explicit ScriptedWorld(ClientOptions options = {}) {
        auto made = std::make_unique<ScriptedTransport>(clock);
        transport = made.get();
        broker = std::make_unique<ScriptedBroker>(*transport, clock);
        client = std::make_unique<Client>(std::move(made), clock, Uri{"script", "broker"}, options);
    }

    // Scripts refer to what lived after this world was made.
    ~ScriptedWorld() {
        transport->on_frame = nullptr;
        transport->on_round = nullptr;
        transport->on_gone = nullptr;
    }

    // A producer attached to kStream, whose outcomes are kept in `outcomes`.
    Producer& produce(ProducerOptions options = {}, std::int32_t streamlets = 1) {
        options.on_batch = [this](const BatchOutcome& outcome) {
            outcomes.push_back(outcome);
            tokens.insert(tokens.end(), outcome.tokens.begin(), outcome.tokens.end());
            outcomes.back().tokens = {};
        };
        Producer& producer = *client->open_producer(std::move(options)).value();
        stream = producer.attach(kStream, streamlets).value();
        return producer;
    }
    Result<void> send(Producer& producer, std::string_view value, std::int32_t streamlet = 0,
                      std::uint64_t token = 0) {
        return producer.send({stream, StreamletId(streamlet)}, {{}, {}, as_bytes(value)}, token);
    }
    std::int64_t soon_ns() const { return clock.now_ns() + 10 * kNanosPerSecond; }
    void poll(int rounds) {
        for (int round = 0; round < rounds; ++round) {
            client->poll();
        }
    }

    ManualClock clock{kNanosPerSecond, kEpochMs};
    ScriptedTransport* transport = nullptr;
    std::unique_ptr<ScriptedBroker> broker;
    std::vector<BatchOutcome> outcomes;
    std::vector<std::uint64_t> tokens;
    StreamHandle stream;
    // Last, so that it goes first: its transport calls the broker.
    std::unique_ptr<Client> client;
};

}  // namespace kera
