// Test fixture: as much of a broker as a client can notice, in one thread and under the test's
// thumb. It keeps chunks per streamlet, refuses what a broker refuses (sequences, epochs,
// checksums), and lets the test answer a request itself, hold answers back, or refuse chosen
// chunks.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/produce/window.hpp"
#include "client/testing/scripted_transport.hpp"
#include "wire/chunk/chunk.hpp"
#include "wire/chunk/record.hpp"
#include "wire/frame/templates.hpp"
#include "wire/message/consume_messages.hpp"
#include "wire/message/node_messages.hpp"
#include "wire/message/produce_messages.hpp"
#include "wire/message/session_messages.hpp"
#include "wire/message/stream_messages.hpp"

namespace kera {

class ScriptedBroker {
  public:
    using Place = std::pair<std::int64_t, std::int32_t>;
    struct KeptChunk {
        Offset base;
        std::vector<std::byte> bytes;
    };
    struct Kept {
        std::vector<KeptChunk> chunks;
        Offset start{0};
        Offset next{0};
        struct Known {
            ProducerEpoch epoch;
            Sequence next;
            std::deque<std::pair<Sequence, Offset>> last;
        };
        std::map<std::int64_t, Known> producers;
    };

    ScriptedBroker(ScriptedTransport& transport, ManualClock& clock)
        : transport_(transport), clock_(clock) {
        greeting.frame_bytes_max = 72U << 20U;
        greeting.chunk_bytes_max = (64U << 20U) + 65536U;
        greeting.requests_in_flight_max = 64;
        greeting.credit_bytes_max = 64 << 20;
        transport_.on_frame = [this](EndpointId endpoint, std::vector<std::byte> frame) {
            endpoint_ = endpoint;
            receive(std::move(frame));
        };
        transport_.on_round = [this] { serve_waiting(); };
        transport_.on_gone = [this](EndpointId) {
            held_appends.clear();
            held_fetches_.clear();
            subscriptions.clear();
        };
    }

    // The script. Returning a result takes the chunk's fate out of the broker's hands.
    std::function<std::optional<AppendResult>(const ChunkInfo&)> on_chunk;
    // True: the test has answered, or will never.
    std::function<bool(const FrameView&)> on_request;
    bool holds_appends = false;
    HelloAnswer greeting;
    std::optional<Error> refuses_hello;
    std::map<std::string, StreamAnswer> streams;

    // What was seen.
    std::vector<ChunkInfo> seen;
    std::deque<std::vector<std::byte>> held_appends;
    std::map<Template, int> requests;
    std::vector<Fetch> fetches;
    std::map<std::int64_t, Subscribe> subscriptions;
    std::int64_t credit_given = 0;
    std::int64_t next_producer = 100;
    std::int16_t newest_epoch = 0;
    std::map<Place, Kept> kept;
    std::vector<std::pair<WireCursor, bool>> released_groups;

    // Values of a streamlet, in order.
    std::vector<std::string> values(std::int64_t stream, std::int32_t streamlet) {
        std::vector<std::string> all;
        for (const KeptChunk& chunk : kept[{stream, streamlet}].chunks) {
            for_each_record(
                ChunkView(chunk.bytes.data()), [&all](const RecordView& record, Offset) {
                    const Bytes value = record.value();
                    all.emplace_back(reinterpret_cast<const char*>(value.data()), value.size());
                });
        }
        return all;
    }

    void answer_held() {
        for (std::vector<std::byte>& frame : std::exchange(held_appends, {})) {
            append(frame);
        }
    }
    template <class Message>
    void answer(const Message& message, std::int64_t correlation) {
        static_cast<void>(encode_message(message, buffer_, correlation));
        transport_.answer(endpoint_, buffer_.frame());
    }
    void refuse(const FrameView& frame, const Error& why, std::uint32_t retry_after_ms = 0) {
        ErrorAnswer refusal = ErrorAnswer::of(why, frame.header().template_id);
        refusal.retry_after_ms = retry_after_ms;
        answer(refusal, frame.header().correlation_id);
    }
    // A chunk that is in a streamlet without any producer's doing.
    void keep(std::int64_t stream, std::int32_t streamlet, std::vector<std::byte> chunk) {
        Kept& place = kept[{stream, streamlet}];
        place_chunk(place, chunk);
        place.chunks.push_back({place.next, std::move(chunk)});
        place.next +=
            static_cast<std::int64_t>(ChunkView(place.chunks.back().bytes.data()).record_count());
        serve_waiting();
    }
    void serve_waiting();
    // As if it had been killed: of a streamlet, only so many chunks are left, each by one producer.
    void forget_after(std::int64_t stream, std::int32_t streamlet, std::size_t chunks);

  private:
    struct HeldFetch {
        Fetch fetch;
        std::int64_t correlation;
        std::int64_t until_ns;
    };

    void receive(std::vector<std::byte> frame);
    void dispatch(const FrameView& view, std::vector<std::byte>& frame);
    void serve_consumer(const FrameView& view);
    void append(const std::vector<std::byte>& frame);
    AppendResult append_chunk(std::span<std::byte> chunk);
    AppendResult check_sequence(Kept& place, const ChunkInfo& info, bool& known_already);
    void place_chunk(Kept& place, std::span<std::byte> chunk) const {
        ChunkPlace where;
        where.base_offset = place.next;
        where.append_time_ms = clock_.epoch_ms();
        write_place(chunk.data(), where);
    }
    bool fetch(const Fetch& fetch, std::int64_t correlation, bool last_chance);
    void push(std::int64_t subscription);

    ScriptedTransport& transport_;
    ManualClock& clock_;
    EndpointId endpoint_{-1};
    FrameBuffer buffer_;
    std::vector<HeldFetch> held_fetches_;
};

}  // namespace kera

#include "client/testing/scripted_broker_inline.hpp"
