// Spans of segment memory to be sent, and those that a transport or a client still uses, by token.
// Belongs to one reactor's thread; owns the leases. Slots and their lists are used again, so steady
// sending allocates nothing. Invariant: each token is released once, and what it held is free from
// then on.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "base/check.hpp"
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

class SpanHolds {
  public:
    Token hold(SendSpans& sent) {
        if (free_.empty()) {
            free_.push_back(slots_.size());
            slots_.emplace_back();
        }
        const std::size_t at = free_.back();
        free_.pop_back();
        slots_[at].swap(sent.spans);
        ++held_;
        return at + 1;
    }

    void release(Token token) noexcept {
        KERA_ASSERT(token != kNoToken && token <= slots_.size());
        slots_[token - 1].clear();
        free_.push_back(token - 1);
        --held_;
    }

    std::size_t held() const noexcept { return held_; }

  private:
    std::vector<std::vector<ReadSpan>> slots_;
    std::vector<std::size_t> free_;
    std::size_t held_ = 0;
};

}  // namespace kera
