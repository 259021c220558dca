// For every frame of a peer: each decoder refuses it or makes a value of it, and reads nothing past
// its end. The input is the frame. It is tried as each message, as the dispatcher does.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/check.hpp"
#include "wire/message/consume_messages.hpp"
#include "wire/message/control_messages.hpp"
#include "wire/message/node_messages.hpp"
#include "wire/message/produce_messages.hpp"
#include "wire/message/session_messages.hpp"
#include "wire/message/stream_messages.hpp"

namespace {

using kera::FrameView;

template <class... Messages>
int how_many_accept(const FrameView& frame) {
    return (0 + ... + (Messages::decode(frame).ok() ? 1 : 0));
}

int session_and_streams(const FrameView& frame) {
    return how_many_accept<kera::Hello, kera::HelloAnswer, kera::ErrorAnswer, kera::Ping,
                           kera::PingAnswer, kera::CreateStream, kera::AlterStream,
                           kera::DeleteStream, kera::DeleteBefore, kera::ListStreams,
                           kera::DescribeStream, kera::StreamAnswer, kera::StreamListAnswer,
                           kera::DoneAnswer, kera::StreamGrown>(frame);
}

int produce_and_consume(const FrameView& frame) {
    std::vector<kera::FetchAnswer::Entry> entries;
    const auto head_bytes = kera::FetchAnswer::decode(frame, entries);
    if (head_bytes.ok()) {
        KERA_ASSERT(*head_bytes <= frame.head().size(), *head_bytes);
    }
    std::uint32_t seen = 0;
    const auto results = kera::AppendAnswer::decode(
        frame, [&seen](std::uint32_t, const kera::AppendResult&) { ++seen; });
    if (results.ok()) {
        KERA_ASSERT(*results == seen, *results, seen);
    }
    return (head_bytes.ok() ? 1 : 0) + (results.ok() ? 1 : 0) +
           how_many_accept<kera::OpenProducer, kera::OpenProducerAnswer, kera::Append, kera::Fetch,
                           kera::EndOfTerm, kera::EndOfTermAnswer, kera::Subscribe, kera::Credit,
                           kera::Unsubscribe, kera::Push, kera::ListOffsets,
                           kera::ListOffsetsAnswer, kera::AcquireGroup, kera::AcquireGroupAnswer,
                           kera::ReleaseGroup>(frame);
}

int node_and_control(const FrameView& frame) {
    return how_many_accept<kera::DescribeNode, kera::DescribeNodeAnswer, kera::OpenStream,
                           kera::SetTerm, kera::GrantProducerIds, kera::Drain, kera::CommandDone,
                           kera::Drained, kera::ProducerIdsLow, kera::ForwardedRequest,
                           kera::ForwardedAnswer>(frame);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t length) {
    // A copy of exactly this size, so that a sanitizer sees the first byte read past it.
    const auto bytes = std::make_unique<std::byte[]>(length);
    std::ranges::copy(std::as_bytes(std::span(data, length)), bytes.get());
    const auto frame =
        FrameView::over(kera::Bytes(bytes.get(), length), static_cast<std::uint32_t>(length));
    if (frame.ok()) {
        const int accepted =
            session_and_streams(*frame) + produce_and_consume(*frame) + node_and_control(*frame);
        KERA_ASSERT(accepted <= 1, accepted);
    }
    return 0;
}
