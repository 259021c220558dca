// Sends chunks to readers from where they lie in segments, and keeps the segments until transport
// and client have let go of them. Belongs to one reactor's thread; owns the leases. Slots and their
// lists are used again, so steady sending allocates nothing. Invariant: each token is released
// once, and what it held is free from then on.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "broker/metrics/counter_sets.hpp"
#include "broker/session/session.hpp"
#include "storage/read/read_span.hpp"
#include "transport/transport.hpp"

namespace kera {

// What one frame will carry: gathered from several reads, sent as one body.
struct SendSpans {
    std::vector<ReadSpan> spans;
    std::vector<IoSpan> body;
    std::uint32_t bytes = 0;

    void clear() noexcept {
        spans.clear();
        body.clear();
        bytes = 0;
    }
    // Takes the leases out of `read`.
    void take(SpanList& read) {
        for (ReadSpan& span : read.spans()) {
            body.push_back({span.data, span.bytes});
            bytes += span.bytes;
            spans.push_back(std::move(span));
        }
        read.clear();
    }
};

class SpanSender {
  public:
    explicit SpanSender(ReactorCounters& counters) noexcept : counters_(counters) {}

    // Unless `sent`, nothing is kept, and the spans are empty.
    SendOutcome send(Session& session, Bytes head, SendSpans& spans);
    // The transport and the client are done with what was sent under this token.
    void on_released(Token token) noexcept;
    // A reader did not read what it was sent, or give back what it was lent, in time. Its
    // connection is closed.
    void on_too_slow(const Session& session, const Error& why);

    // Frames that are still in use.
    std::size_t held() const noexcept { return held_; }

  private:
    Token hold(SendSpans& spans);

    ReactorCounters& counters_;
    // A token is its slot's number, from 1 on.
    std::vector<std::vector<ReadSpan>> slots_;
    std::vector<std::size_t> free_;
    std::size_t held_ = 0;
};

}  // namespace kera
