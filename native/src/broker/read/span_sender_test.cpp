// What a transport that throws leaves behind.
#include "broker/read/span_sender.hpp"

#include <gtest/gtest.h>

#include <array>
#include <new>

namespace kera {
namespace {

class ThrowingTransport final : public Transport {
  public:
    bool throws = false;
    std::size_t bytes_taken = 0;

    const Capabilities& capabilities() const override { return capabilities_; }
    Result<void> register_memory(const MemoryRegion&) override { return {}; }
    Result<Uri> listen(const Uri& uri) override { return uri; }
    Result<EndpointId> connect(const Uri&) override { return fail(ErrorCode::unsupported, "test"); }
    SendOutcome send(EndpointId, Bytes, std::span<const IoSpan> body, Token) override {
        if (throws) {
            throw std::bad_alloc();
        }
        bytes_taken = 0;
        for (const IoSpan& span : body) {
            bytes_taken += span.bytes;
        }
        return SendOutcome::sent;
    }
    void close(EndpointId, const Error&) override {}
    void allow_large_frames(EndpointId, std::uint32_t) override {}
    int poll(TransportHandler&, int) override { return 0; }
    std::int64_t next_deadline_ns() const override { return kNoDeadline; }
    bool prepare_park() override { return true; }
    int park_fd() const override { return -1; }
    void wake() override {}

  private:
    Capabilities capabilities_;
};

class SpanSenderTest : public ::testing::Test {
  protected:
    void gather() {
        SpanList read;
        read.add(SegmentLease(), data.data(), static_cast<std::uint32_t>(data.size()));
        spans.take(read);
    }

    std::array<std::byte, 64> data{};
    ManualClock clock;
    std::unique_ptr<Counters> counters = Counters::create({}, clock).value();
    ReactorCounters reactor_counters = ReactorCounters::allocate(*counters, ReactorId(0));
    ThrowingTransport transport;
    Session session{ConnectionId(1), transport, EndpointId(1)};
    SpanSender sender{reactor_counters};
    SendSpans spans;
};

TEST_F(SpanSenderTest, sends_nothing_with_the_next_frame_that_was_gathered_for_one_that_threw) {
    transport.throws = true;
    gather();
    EXPECT_THROW(sender.send(session, {}, spans), std::bad_alloc);
    transport.throws = false;
    gather();
    EXPECT_EQ(sender.send(session, {}, spans), SendOutcome::sent);
    EXPECT_EQ(transport.bytes_taken, data.size());
}

}  // namespace
}  // namespace kera
