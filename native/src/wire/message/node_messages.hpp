// A node's description of itself. Any thread; plain values; session_messages.hpp states the
// contract.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "wire/frame/frame.hpp"

namespace kera {

struct DescribeNode {
    void encode(FrameBuffer& buffer, std::int64_t correlation_id) const;
    static Result<DescribeNode> decode(const FrameView& frame);
};

struct DescribeNodeAnswer {
    struct Counter {
        std::int64_t value = 0;
        std::string label;
    };
    NodeId node;
    std::uint16_t reactor_count = 0;
    std::int64_t arena_bytes = 0;
    std::int64_t arena_used_bytes = 0;
    std::vector<Counter> counters;

    Result<void> encode(FrameBuffer& buffer, std::int64_t correlation_id) const;
    static Result<DescribeNodeAnswer> decode(const FrameView& frame);
};

}  // namespace kera
