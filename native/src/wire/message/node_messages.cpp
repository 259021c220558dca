// Codecs of a node's description. Any thread; stateless.
#include "wire/message/node_messages.hpp"

#include "kera_codec_client/DescribeNode.h"
#include "kera_codec_client/DescribeNodeAnswer.h"
#include "wire/frame/codecs.hpp"

namespace kera {

void DescribeNode::encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
    encode_frame<codec::client::DescribeNode>(buffer, correlation_id, 0, [](auto&) {});
}

Result<DescribeNode> DescribeNode::decode(const FrameView& frame) {
    return decode_checked<codec::client::DescribeNode>(frame, [](auto&) { return DescribeNode{}; });
}

Result<void> DescribeNodeAnswer::encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
    KERA_TRY(check_group("counters", counters.size()));
    using Out = codec::client::DescribeNodeAnswer;
    std::size_t bytes = Out::Counters::sbeHeaderSize();
    for (const Counter& counter : counters) {
        KERA_TRY(check_text("counter_label_bytes", counter.label.size()));
        bytes += Out::Counters::sbeBlockLength() + text_bytes(counter.label);
    }
    encode_frame<Out>(buffer, correlation_id, bytes, [this](auto& out) {
        out.nodeId(node.value())
            .reactorCount(reactor_count)
            .arenaBytes(arena_bytes)
            .arenaUsedBytes(arena_used_bytes);
        auto& group = out.countersCount(static_cast<std::uint16_t>(counters.size()));
        for (const Counter& counter : counters) {
            group.next().value(counter.value);
            group.putLabel(counter.label);
        }
    });
    return {};
}

Result<DescribeNodeAnswer> DescribeNodeAnswer::decode(const FrameView& frame) {
    return decode_checked<codec::client::DescribeNodeAnswer>(frame, [](auto& in) {
        DescribeNodeAnswer answer;
        answer.node = NodeId(in.nodeId());
        answer.reactor_count = in.reactorCount();
        answer.arena_bytes = in.arenaBytes();
        answer.arena_used_bytes = in.arenaUsedBytes();
        auto& group = in.counters();
        while (group.hasNext()) {
            next_entry(group);
            const std::int64_t value = group.value();
            answer.counters.push_back({value, std::string(group.getLabelAsStringView())});
        }
        return answer;
    });
}

}  // namespace kera
