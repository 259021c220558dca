// Sends chunks to readers directly from segments, and keeps the segments until transport and client
// have released them. Belongs to one reactor's thread; owns the leases. Slots and their lists are
// used again, so steady sending allocates nothing. Invariant: each token is released once; then
// what it held is free.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "broker/metrics/counter_sets.hpp"
#include "broker/session/session.hpp"
#include "storage/read/read_span.hpp"
#include "transport/transport.hpp"

namespace kera {

// What one frame carries: the results of several reads, sent as one body.
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

    // Afterwards `spans` is empty, also when the transport throws. Unless the outcome is `sent`,
    // nothing is kept.
    SendOutcome send(Session& session, Bytes head, SendSpans& spans);
    // The transport and the client are done with what was sent under this token.
    void on_released(Token token) noexcept;
    // A reader did not read in time what it was sent, or did not release what it was lent. Its
    // connection is closed.
    void on_too_slow(const Session& session, const Error& why);

    // Frames that are still in use.
    std::size_t held() const noexcept { return held_; }

  private:
    Token hold(SendSpans& spans);

    ReactorCounters& counters_;
    // By token; tokens count from 1.
    std::vector<std::vector<ReadSpan>> slots_;
    std::vector<std::size_t> free_;
    std::size_t held_ = 0;
};

}  // namespace kera
