#include "broker/core.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "broker/broker_fixture.hpp"
#include "broker/control_client.hpp"

namespace kera {
namespace {

Offset head_of(RawClient& client, const StreamAnswer& stream) {
    return client.ask<ListOffsetsAnswer>(ListOffsets{stream.stream, StreamletId(0)})->offset;
}

TEST(CoreTest, names_the_setting_that_is_out_of_range) {
    CoreConfig config = BrokerWorld::small_config();
    config.reactor_count = 63;
    const auto core = Core::open(config);
    ASSERT_FALSE(core.ok());
    EXPECT_EQ(core.error(), fail(ErrorCode::invalid_argument, "reactor_count", kReactorsMax, 63));
}

TEST(CoreTest, keeps_through_a_power_cut_what_was_acknowledged_at_disk) {
    BrokerWorld world(BrokerWorld::disk_config());
    StreamAnswer stream;
    {
        RawClient client(world, "client", "sim:broker");
        client.hello();
        stream = client.create("clicks");
        const TestChunk chunk = ChunkFor{.producer = ProducerId(4)}.in(stream);
        const auto results = client.append({chunk.bytes()}, AckLevel::disk);
        ASSERT_EQ(results[0].code, ErrorCode::ok);
    }
    world.crash();
    RawClient client(world, "client", "sim:broker");
    client.hello();
    EXPECT_EQ(head_of(client, stream), Offset(3));
    const TestChunk again = ChunkFor{.producer = ProducerId(4)}.in(stream);
    const auto results = client.append({again.bytes()}, AckLevel::disk);
    EXPECT_TRUE(results[0].duplicate);
    EXPECT_EQ(results[0].base_offset, Offset(0));
}

TEST(CoreTest, keeps_through_a_clean_stop_what_was_acknowledged_in_memory) {
    BrokerWorld world(BrokerWorld::disk_config());
    StreamAnswer stream;
    ProducerId producer;
    {
        RawClient client(world, "client", "sim:broker");
        client.hello();
        stream = client.create("clicks");
        producer = client.ask<OpenProducerAnswer>(OpenProducer{})->producer;
        for (std::int32_t i = 0; i < 20; ++i) {
            const TestChunk chunk =
                ChunkFor{.sequence = Sequence(3 * i), .producer = producer}.in(stream);
            ASSERT_EQ(client.append({chunk.bytes()})[0].code, ErrorCode::ok);
        }
    }
    world.restart();
    RawClient client(world, "client", "sim:broker");
    client.hello();
    EXPECT_EQ(head_of(client, stream), Offset(60));
    EXPECT_EQ(client.ask<StreamAnswer>(DescribeStream{kAnyStream, "clicks"})->stream,
              stream.stream);
    EXPECT_NE(client.ask<OpenProducerAnswer>(OpenProducer{})->producer, producer);
    const TestChunk next = ChunkFor{.sequence = Sequence(60), .producer = producer}.in(stream);
    EXPECT_EQ(client.append({next.bytes()})[0].base_offset, Offset(60));
}

TEST(CoreTest, starts_with_less_memory_than_its_journal_holds) {
    BrokerWorld world(BrokerWorld::disk_config());
    {
        RawClient client(world, "client", "sim:broker");
        client.hello();
        const StreamAnswer stream = client.create("clicks");
        for (std::int32_t i = 0; i < 50; ++i) {
            const TestChunk chunk = ChunkFor{.records = 1,
                                             .sequence = Sequence(i),
                                             .producer = ProducerId(4),
                                             .value_bytes = 512 * 1024}
                                        .in(stream);
            ASSERT_EQ(client.append({chunk.bytes()}, AckLevel::disk)[0].code, ErrorCode::ok);
        }
    }
    world.kill();
    world.config().arena_bytes = 16_MiB;
    const Result<void> started = world.try_start();
    ASSERT_TRUE(started.ok()) << describe(started.error());
    RawClient client(world, "client", "sim:broker");
    client.hello();
    const StreamAnswer stream = *client.ask<StreamAnswer>(DescribeStream{kAnyStream, "clicks"});
    EXPECT_EQ(head_of(client, stream), Offset(50));
    const TestChunk next =
        ChunkFor{.records = 1, .sequence = Sequence(50), .producer = ProducerId(4)}.in(stream);
    EXPECT_EQ(client.append({next.bytes()})[0].base_offset, Offset(50));
}

TEST(CoreTest, removes_the_journals_of_reactors_that_it_no_longer_has) {
    CoreConfig config = BrokerWorld::disk_config();
    config.reactor_count = 2;
    BrokerWorld world(config);
    const auto append_some = [&world](const std::string& uri, std::int64_t producer) {
        RawClient client(world, "client", uri);
        client.hello();
        auto stream = client.ask<StreamAnswer>(DescribeStream{kAnyStream, "clicks"});
        StreamSettings settings;
        settings.lanes = 2;
        const StreamAnswer there = stream.ok() ? *stream : client.create("clicks", settings);
        const TestChunk chunk = ChunkFor{.producer = ProducerId(producer)}.in(there);
        ASSERT_EQ(client.append({chunk.bytes()}, AckLevel::disk)[0].code, ErrorCode::ok);
    };
    for (std::int64_t producer = 1; producer <= 4; ++producer) {
        append_some("sim:broker", 2 * producer);
        append_some("sim:broker/1", 2 * producer + 1);
    }
    const auto has_second_journal = [&world] {
        const std::vector<std::string> paths = world.media().paths();
        return std::ranges::any_of(
            paths, [](const std::string& path) { return path.starts_with("journal/1/"); });
    };
    EXPECT_TRUE(has_second_journal());
    world.kill();
    world.config().reactor_count = 1;
    world.start();
    EXPECT_TRUE(world.run_until([&] { return !has_second_journal(); }, 20'000));
    world.crash();
    RawClient client(world, "client", "sim:broker");
    client.hello();
    const StreamAnswer stream = *client.ask<StreamAnswer>(DescribeStream{kAnyStream, "clicks"});
    EXPECT_EQ(head_of(client, stream), Offset(24));
}

TEST(CoreTest, forgets_a_deleted_stream_for_ever) {
    BrokerWorld world(BrokerWorld::disk_config());
    {
        RawClient client(world, "client", "sim:broker");
        client.hello();
        const StreamAnswer stream = client.create("clicks");
        const TestChunk chunk = ChunkFor{}.in(stream);
        ASSERT_EQ(client.append({chunk.bytes()}, AckLevel::disk)[0].code, ErrorCode::ok);
        ASSERT_TRUE(client.ask<DoneAnswer>(DeleteStream{stream.stream}).ok());
    }
    world.crash();
    RawClient client(world, "client", "sim:broker");
    client.hello();
    EXPECT_TRUE(client.ask<StreamListAnswer>(ListStreams{})->streams.empty());
}

TEST(CoreTest, reads_nothing_that_is_not_on_disk_yet_where_the_disk_was_asked_for) {
    BrokerWorld world(BrokerWorld::disk_config());
    RawClient client(world, "client", "sim:broker");
    client.hello();
    const StreamAnswer stream = client.create("clicks");
    const TestChunk chunk = ChunkFor{}.in(stream);
    world.disk().fail_next(DiskAction::write, ErrorCode::disk_failed, 1'000'000);
    client.send_append({chunk.bytes()}, AckLevel::disk, 300);
    world.run_ms(100);
    EXPECT_EQ(head_of(client, stream), Offset(0));
}

TEST(CoreTest, a_disk_that_takes_nothing_lets_appends_time_out_and_reads_go_on) {
    BrokerWorld world(BrokerWorld::disk_config());
    RawClient client(world, "client", "sim:broker");
    client.hello();
    const StreamAnswer stream = client.create("clicks");
    const TestChunk first = ChunkFor{}.in(stream);
    ASSERT_EQ(client.append({first.bytes()}, AckLevel::disk)[0].code, ErrorCode::ok);
    world.disk().fail_next(DiskAction::write, ErrorCode::disk_failed, 1'000'000);
    const auto refused = client.append({first.bytes()}, AckLevel::disk, 200);
    EXPECT_TRUE(refused[0].code == ErrorCode::timed_out ||
                refused[0].code == ErrorCode::disk_failed);
    EXPECT_EQ(head_of(client, stream), Offset(3));
}

TEST(CoreTest, takes_the_control_planes_commands_and_forwards_what_it_decides) {
    CoreConfig config = BrokerWorld::small_config();
    config.authority = Authority::control;
    BrokerWorld world(config);
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
TEST(CoreTest, does_not_forward_what_the_control_plane_cannot_carry) {
    CoreConfig config = BrokerWorld::small_config();
    config.authority = Authority::control;
    BrokerWorld world(config);
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

TEST(CoreTest, refuses_an_answer_that_is_forwarded_to_a_reactor_there_is_not) {
    CoreConfig config = BrokerWorld::small_config();
    config.authority = Authority::control;
    BrokerWorld world(config);
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

TEST(CoreTest, refuses_a_forwarded_answer_that_no_client_could_be_sent) {
    CoreConfig config = BrokerWorld::small_config();
    config.authority = Authority::control;
    BrokerWorld world(config);
    RawClient client(world, "client", "sim:broker");
    client.hello();
    ControlClient control(world.core().control(), world.net().clock(), [](const FrameView&) {});
    FrameBuffer answer;
    DoneAnswer{7}.encode(answer, 1);
    const Bytes whole = answer.frame();
    const std::vector<std::byte> short_of(whole.begin(), whole.end() - 8);
    std::vector<std::byte> longer(whole.begin(), whole.end());
    longer.resize(longer.size() + 3);
    const std::vector<std::byte> zeros(64);
    for (const std::vector<std::byte>& wrong : {short_of, longer, zeros}) {
        FrameBuffer forwarded;
        ForwardedAnswer{ConnectionId(1), ReactorId(0)}.encode(forwarded,
                                                              control.next_correlation_id(), wrong);
        const auto refused = control.call(forwarded.frame(), world.net().now_ns() + kNanosPerSecond,
                                          [&world] { world.turn(); });
        ASSERT_TRUE(refused.ok());
        EXPECT_EQ(refused->frame().header().template_id,
                  static_cast<std::uint16_t>(Template::error_answer));
    }
    EXPECT_TRUE(client.ask<PingAnswer>(Ping{}).ok());
}

// Where the control plane throws, what the client relied on is not known any more.
TEST(CoreTest, closes_a_connection_behind_an_internal_answer_of_the_control_plane) {
    CoreConfig config = BrokerWorld::small_config();
    config.authority = Authority::control;
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

TEST(CoreTest, tells_clients_to_come_again_while_the_control_plane_does_not_read) {
    CoreConfig config = BrokerWorld::small_config();
    config.limits.requests_in_flight_max = 1'000;
    config.authority = Authority::control;
    BrokerWorld world(config);
    RawClient client(world, "client", "sim:broker");
    client.hello();
    std::int64_t asked = 0;
    for (; !client.has_frame() && asked < 1'000; ++asked) {
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

TEST(CoreTest, drains_on_the_control_planes_word) {
    BrokerWorld world(BrokerWorld::disk_config());
    RawClient client(world, "client", "sim:broker");
    client.hello();
    const StreamAnswer stream = client.create("clicks");
    const TestChunk chunk = ChunkFor{}.in(stream);
    ASSERT_EQ(client.append({chunk.bytes()})[0].code, ErrorCode::ok);
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

TEST(CoreTest, lets_go_by_size_as_soon_as_segments_close) {
    CoreConfig config = BrokerWorld::small_config();
    config.retention_interval_ms = 3'600'000;
    BrokerWorld world(config);
    RawClient client(world, "client", "sim:broker");
    client.hello();
    StreamSettings settings;
    settings.retention_bytes = 1 << 20U;
    const StreamAnswer stream = client.create("clicks", settings);
    for (std::int32_t i = 0; i < 100; ++i) {
        const TestChunk chunk = ChunkFor{.records = 1,
                                         .sequence = Sequence(i),
                                         .producer = ProducerId(4),
                                         .value_bytes = 50'000}
                                    .in(stream);
        ASSERT_EQ(client.append({chunk.bytes()})[0].code, ErrorCode::ok);
    }
    world.run_ms(5);
    const ListOffsets earliest{stream.stream, StreamletId(0), ListOffsets::kEarliest};
    EXPECT_GT(client.ask<ListOffsetsAnswer>(earliest)->offset, Offset(50));
}

TEST(CoreTest, counts_what_its_reactors_do) {
    BrokerWorld world;
    RawClient client(world, "client", "sim:broker");
    client.hello();
    const StreamAnswer stream = client.create("clicks");
    const TestChunk chunk = ChunkFor{}.in(stream);
    client.append({chunk.bytes(), chunk.bytes()});
    EXPECT_EQ(world.core().reactor(ReactorId(0)).counters().appends.value(), 1);
    EXPECT_EQ(world.core().reactor(ReactorId(0)).counters().append_chunks.value(), 2);
    const auto node = client.ask<DescribeNodeAnswer>(DescribeNode{});
    ASSERT_TRUE(node.ok());
    world.run_ms(1'100);
    bool found = false;
    world.core().counters().for_each([&found](const CounterReading& reading) {
        found = found || (reading.type_id == static_cast<int>(CounterType::streamlet_records_in) &&
                          reading.value == 6);
    });
    EXPECT_TRUE(found);
}

}  // namespace
}  // namespace kera
