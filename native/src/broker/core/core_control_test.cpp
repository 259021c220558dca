// A core whose streams a control plane decides about: what it is asked, what it answers.
#include <gtest/gtest.h>

#include "broker/control/control_client.hpp"
#include "broker/testing/broker_world.hpp"

namespace kera {
namespace {

CoreConfig controlled_config() {
    CoreConfig config = BrokerWorld::small_config();
    config.authority = Authority::control;
    return config;
}

TEST(CoreControlTest, takes_the_control_planes_commands_and_forwards_what_it_decides) {
    BrokerWorld world(controlled_config());
    std::vector<std::vector<std::byte>> events;
    ControlClient control(world.core().control(), world.net().clock(),
                          [&events](const FrameView& frame) {
                              events.emplace_back(frame.head().begin(), frame.head().end());
                          });
    RawClient client(world, "client", "sim:broker");
    client.hello();
    CreateStream create;
    create.name = "clicks";
    client.send_message(create, 77);
    ASSERT_TRUE(world.run_until([&] { return control.poll() > 0 && !events.empty(); }));
    const FrameView event = FrameView::over(events.front(), UINT32_MAX).value();
    const ForwardedRequest request = ForwardedRequest::decode(event).value();
    const auto inner =
        FrameView::over(event.head().subspan(ForwardedRequest::kHeadBytes), UINT32_MAX);
    EXPECT_EQ(CreateStream::decode(*inner)->name, "clicks");

    const auto command = [&](const auto& message) {
        FrameBuffer buffer;
        EXPECT_TRUE(encode_message(message, buffer, control.next_correlation_id()).ok());
        return control.call(buffer.frame(), world.net().now_ns() + kNanosPerSecond,
                            [&world] { world.turn(); });
    };
    OpenStream open;
    open.stream = StreamId(12);
    open.term = Term(3);
    open.name = "clicks";
    const auto opened = command(open);
    ASSERT_TRUE(opened.ok());
    const StreamAnswer stream = StreamAnswer::decode(opened->frame()).value();
    EXPECT_EQ(stream.term, Term(3));

    FrameBuffer answer;
    ASSERT_TRUE(stream.encode(answer, event.header().correlation_id).ok());
    FrameBuffer forwarded;
    ForwardedAnswer{request.connection, request.reactor}.encode(
        forwarded, event.header().correlation_id, answer.frame());
    ASSERT_TRUE(world.core().control().command(forwarded.frame()));
    EXPECT_EQ(RawClient::as<StreamAnswer>(client.wait_for(77))->stream, StreamId(12));

    const auto fenced = command(SetTerm{StreamId(12), StreamletId(0), Term(4), false});
    EXPECT_EQ(CommandDone::decode(fenced->frame())->code, ErrorCode::ok);
    const TestChunk chunk = ChunkFor{}.in(stream);
    EXPECT_EQ(client.append({chunk.bytes()})[0].code, ErrorCode::not_leader);
}

// A control plane whose codecs throw for such a name would forward nothing any more.
TEST(CoreControlTest, does_not_forward_what_the_control_plane_cannot_carry) {
    BrokerWorld world(controlled_config());
    int events = 0;
    ControlClient control(world.core().control(), world.net().clock(),
                          [&events](const FrameView&) { ++events; });
    RawClient client(world, "client", "sim:broker");
    client.hello();

    CreateStream create;
    create.name.assign(kTextBytesMax, 'n');
    FrameBuffer encoded;
    ASSERT_TRUE(create.encode(encoded, 7).ok());
    std::vector<std::byte> longer(encoded.frame().begin(), encoded.frame().end());
    longer.resize(longer.size() + 8);
    store_le(longer.data(), static_cast<std::uint32_t>(longer.size()));
    store_le(longer.data() + kFrameHeaderBytes + load_le<std::uint16_t>(longer.data() + 8),
             static_cast<std::uint16_t>(kTextBytesMax + 1));
    client.send(longer);
    const auto name = RawClient::as<StreamAnswer>(client.wait_for(7));
    EXPECT_EQ(name.error(), Error(ErrorCode::invalid_argument, "", 249, 4097));

    FrameBuffer altered;
    AlterStream{}.encode(altered, 8);
    std::vector<std::byte> padded(altered.frame().begin(), altered.frame().end());
    padded.resize(128_KiB);
    store_le(padded.data(), static_cast<std::uint32_t>(padded.size()));
    client.send(padded);
    const auto large = RawClient::as<StreamAnswer>(client.wait_for(8));
    EXPECT_EQ(large.error().code, ErrorCode::limit_exceeded);
    EXPECT_EQ(large.error().value, 128_KiB);

    control.poll();
    EXPECT_EQ(events, 0);
}

TEST(CoreControlTest, refuses_an_answer_that_is_forwarded_to_a_reactor_there_is_not) {
    BrokerWorld world(controlled_config());
    ControlClient control(world.core().control(), world.net().clock(), [](const FrameView&) {});
    FrameBuffer answer;
    DoneAnswer{7}.encode(answer, 1);
    for (const std::int32_t reactor : {-1, 1, 30'000}) {
        FrameBuffer forwarded;
        ForwardedAnswer{ConnectionId(5), ReactorId(reactor)}.encode(
            forwarded, control.next_correlation_id(), answer.frame());
        const auto refused = control.call(forwarded.frame(), world.net().now_ns() + kNanosPerSecond,
                                          [&world] { world.turn(); });
        ASSERT_TRUE(refused.ok());
        EXPECT_EQ(ErrorAnswer::decode(refused->frame())->code, ErrorCode::invalid_argument);
    }
}

TEST(CoreControlTest, refuses_a_forwarded_answer_that_no_client_could_be_sent) {
    BrokerWorld world(controlled_config());
    ConnectionId asking;
    ControlClient control(world.core().control(), world.net().clock(),
                          [&asking](const FrameView& frame) {
                              asking = ForwardedRequest::decode(frame)->connection;
                          });
    FrameBuffer answer;
    DoneAnswer{7}.encode(answer, 1);
    const Bytes whole = answer.frame();
    const std::vector<std::byte> short_of(whole.begin(), whole.end() - 8);
    std::vector<std::byte> longer(whole.begin(), whole.end());
    longer.resize(longer.size() + 3);
    const std::vector<std::byte> zeros(64);
    for (const std::vector<std::byte>& wrong : {short_of, longer, zeros}) {
        RawClient client(world, "client", "sim:broker");
        client.hello();
        client.send_message(CreateStream{kAnyStream, {}, "clicks"}, 5'000);
        ASSERT_TRUE(world.run_until([&] { return control.poll() > 0; }));
        FrameBuffer forwarded;
        ForwardedAnswer{asking, ReactorId(0)}.encode(forwarded, 5'000, wrong);
        const auto refused = control.call(forwarded.frame(), world.net().now_ns() + kNanosPerSecond,
                                          [&world] { world.turn(); });
        ASSERT_TRUE(refused.ok());
        EXPECT_EQ(refused->frame().header().template_id,
                  static_cast<std::uint16_t>(Template::error_answer));
        EXPECT_EQ(RawClient::as<StreamAnswer>(client.wait_for(5'000)).error().code,
                  ErrorCode::internal)
            << "the client does not wait for ever";
    }
}

// What a client asks may be as large as what the control plane answers.
TEST(CoreControlTest, carries_the_largest_frames_both_ways) {
    BrokerWorld world(controlled_config());
    ControlRings& rings = world.core().control();
    EXPECT_GE(rings.command_bytes_max(), kControlFrameBytesMax);
    EXPECT_GE(rings.offer_bytes_max(), kControlFrameBytesMax);
    ConnectionId asking;
    std::size_t echoed = 0;
    ControlClient control(rings, world.net().clock(), [&](const FrameView& frame) {
        asking = ForwardedRequest::decode(frame).ok() ? ForwardedRequest::decode(frame)->connection
                                                      : asking;
        echoed = frame.head().size();
    });
    RawClient client(world, "client", "sim:broker");
    client.hello();
    client.send_message(CreateStream{kAnyStream, {}, "clicks"}, 77);
    ASSERT_TRUE(world.run_until([&] { return control.poll() > 0; }));

    FrameBuffer answer;
    DoneAnswer{7}.encode(answer, 77);
    std::vector<std::byte> largest(answer.frame().begin(), answer.frame().end());
    largest.resize(kControlFrameBytesMax - ForwardedAnswer::kHeadBytes);
    store_le(largest.data(), static_cast<std::uint32_t>(largest.size()));
    FrameBuffer forwarded;
    ForwardedAnswer{asking, ReactorId(0)}.encode(forwarded, 77, largest);
    ASSERT_EQ(forwarded.frame().size(), kControlFrameBytesMax);
    ASSERT_TRUE(rings.command(forwarded.frame()));
    EXPECT_EQ(RawClient::as<DoneAnswer>(client.wait_for(77))->value, 7);

    ASSERT_TRUE(rings.offer(forwarded.frame()));
    EXPECT_EQ(control.poll(), 1);
    EXPECT_EQ(echoed, kControlFrameBytesMax);
}

// Where the control plane throws, what the client relied on is not known any more.
TEST(CoreControlTest, closes_a_connection_behind_an_internal_answer_of_the_control_plane) {
    CoreConfig config = controlled_config();
    config.reactor_count = 2;
    BrokerWorld world(config);
    std::vector<std::byte> event;
    ControlClient control(world.core().control(), world.net().clock(),
                          [&event](const FrameView& frame) {
                              event.assign(frame.head().begin(), frame.head().end());
                          });
    for (const char* uri : {"sim:broker", "sim:broker/1"}) {
        for (const ErrorCode code : {ErrorCode::not_leader, ErrorCode::internal}) {
            RawClient client(world, "client", uri);
            client.hello();
            client.send_message(CreateStream{kAnyStream, {}, "clicks"}, 5);
            ASSERT_TRUE(world.run_until([&] { return control.poll() > 0 && !event.empty(); }));
            const FrameView asked = FrameView::over(event, UINT32_MAX).value();
            const ForwardedRequest request = ForwardedRequest::decode(asked).value();
            FrameBuffer answer;
            ErrorAnswer::of(fail(code, "request"), 10).encode(answer, 5);
            FrameBuffer forwarded;
            ForwardedAnswer{request.connection, request.reactor}.encode(forwarded, 5,
                                                                        answer.frame());
            ASSERT_TRUE(world.core().control().command(forwarded.frame()));
            EXPECT_EQ(RawClient::as<StreamAnswer>(client.wait_for(5)).error().code, code);
            if (code == ErrorCode::internal) {
                EXPECT_TRUE(world.run_until([&client] { return !client.connected(); }));
            } else {
                EXPECT_TRUE(client.ask<PingAnswer>(Ping{}).ok());
            }
            event.clear();
        }
    }
}

TEST(CoreControlTest, tells_clients_to_come_again_while_the_control_plane_does_not_read) {
    CoreConfig config = controlled_config();
    config.limits.requests_in_flight_max = 2'000;
    BrokerWorld world(config);
    RawClient client(world, "client", "sim:broker");
    client.hello();
    std::int64_t asked = 0;
    for (; !client.has_frame() && asked < 2'000; ++asked) {
        FrameBuffer altered;
        AlterStream{}.encode(altered, asked);
        std::vector<std::byte> padded(altered.frame().begin(), altered.frame().end());
        padded.resize(kNodeRequestBytesMax);
        store_le(padded.data(), static_cast<std::uint32_t>(padded.size()));
        client.send(padded);
        world.run_ms(1);
    }
    ASSERT_TRUE(client.has_frame());
    const auto refused = RawClient::as<StreamAnswer>(client.wait_for(asked - 1));
    EXPECT_EQ(refused.error().code, ErrorCode::would_block);
}

TEST(CoreControlTest, drains_on_the_control_planes_word) {
    BrokerWorld world(BrokerWorld::disk_config());
    RawClient client(world, "client", "sim:broker");
    client.hello();
    const TestChunk chunk = ChunkFor{}.in(client.create_with_chunk("clicks", AckLevel::leader));
    bool drained = false;
    ControlClient control(
        world.core().control(), world.net().clock(),
        [&drained](const FrameView& frame) { drained = drained || Drained::decode(frame).ok(); });
    FrameBuffer buffer;
    Drain{}.encode(buffer, control.next_correlation_id());
    ASSERT_TRUE(control.send(buffer.frame(), world.net().now_ns() + kNanosPerSecond).ok());
    EXPECT_TRUE(world.run_until([&] {
        control.poll();
        return drained;
    }));
    EXPECT_TRUE(world.core().settled());
    const auto refused = RawClient::as<DoneAnswer>(
        client.wait_for(client.send_append({chunk.bytes()}, AckLevel::leader)));
    EXPECT_EQ(refused.error().code, ErrorCode::shutting_down);
}

}  // namespace
}  // namespace kera
