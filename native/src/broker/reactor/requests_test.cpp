#include "broker/reactor/requests.hpp"

#include <gtest/gtest.h>

#include "base/crc/crc32c.hpp"
#include "broker/testing/broker_world.hpp"

namespace kera {
namespace {

std::vector<std::byte> frame_of(std::uint16_t template_id, std::uint16_t schema_id,
                                std::uint32_t bytes = kFrameHeaderBytes) {
    std::vector<std::byte> frame(bytes);
    store_le<std::uint32_t>(frame.data(), bytes);
    store_le<std::uint16_t>(frame.data() + 10, template_id);
    store_le<std::uint16_t>(frame.data() + 12, schema_id);
    store_le<std::uint16_t>(frame.data() + 14, 1);
    store_le<std::int64_t>(frame.data() + 16, 5);
    return frame;
}

// An append without its chunks.
struct AppendHead {
    std::uint16_t chunks = 1;
    AckLevel level = AckLevel::leader;

    void encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
        Append{0, chunks, level}.encode(buffer, correlation_id, 0);
    }
};

// A refused request, as its client sees it.
ErrorAnswer refusal(RawClient& client, std::int64_t correlation_id) {
    const ReceivedFrame frame = client.wait_for(correlation_id);
    EXPECT_EQ(frame.template_id(), static_cast<std::uint16_t>(Template::error_answer));
    return ErrorAnswer::decode(frame.view()).value();
}

class RequestsTest : public ::testing::Test {
  protected:
    BrokerWorld world;
    RawClient client{world, "client", "sim:broker"};

    // Whatever the client did, others go on as before.
    void expect_others_unharmed() {
        RawClient other(world, "other", "sim:broker");
        other.hello();
        const StreamAnswer stream = other.create("other");
        EXPECT_EQ(other.append({ChunkFor{}.in(stream).bytes()})[0].code, ErrorCode::ok);
    }
};

TEST_F(RequestsTest, frames_before_hello_are_refused_and_the_connection_is_closed) {
    client.send_message(ListStreams{}, 5);
    const ErrorAnswer answer = refusal(client, 5);
    EXPECT_EQ(answer.code, ErrorCode::hello_required);
    EXPECT_EQ(answer.value, static_cast<std::int64_t>(Template::list_streams));
    EXPECT_TRUE(world.run_until([this] { return !client.connected(); }));
    expect_others_unharmed();
}

TEST_F(RequestsTest, a_large_frame_before_hello_is_not_read) {
    client.send(frame_of(static_cast<std::uint16_t>(Template::hello), kClientSchemaId, 8192));
    EXPECT_TRUE(world.run_until([this] { return !client.connected(); }));
    expect_others_unharmed();
}

TEST_F(RequestsTest, a_hello_of_another_age_names_the_version_that_is_spoken) {
    Hello hello;
    hello.version_min = 7;
    hello.version_max = 9;
    client.send_message(hello, 5);
    const ErrorAnswer answer = refusal(client, 5);
    EXPECT_EQ(answer.code, ErrorCode::unsupported);
    EXPECT_EQ(answer.limit, kProtocolVersionMax);
    EXPECT_EQ(answer.value, 7);
}

TEST_F(RequestsTest, a_second_hello_changes_nothing) {
    client.hello();
    client.send_message(Hello{}, 5);
    EXPECT_EQ(refusal(client, 5).code, ErrorCode::invalid_argument);
    EXPECT_TRUE(client.ask<PingAnswer>(Ping{}).ok());
}

TEST_F(RequestsTest, an_unknown_template_is_told_which_ones_there_are) {
    client.hello();
    client.send(frame_of(49, kClientSchemaId));
    const ErrorAnswer answer = refusal(client, 5);
    EXPECT_EQ(answer.code, ErrorCode::unsupported);
    EXPECT_EQ(answer.template_id, 49);
    EXPECT_EQ(answer.value, 49);
    EXPECT_TRUE(client.ask<PingAnswer>(Ping{}).ok());
}

TEST_F(RequestsTest, a_frame_of_another_schema_ends_the_connection_with_a_reason) {
    client.hello();
    client.send(frame_of(1, 77));
    EXPECT_EQ(refusal(client, 5).code, ErrorCode::unsupported);
    EXPECT_TRUE(world.run_until([this] { return !client.connected(); }));
    expect_others_unharmed();
}

TEST_F(RequestsTest, a_truncated_message_is_malformed_and_nothing_more) {
    client.hello();
    client.send(frame_of(static_cast<std::uint16_t>(Template::create_stream), kClientSchemaId, 32));
    EXPECT_EQ(refusal(client, 5).code, ErrorCode::malformed);
    EXPECT_TRUE(client.ask<PingAnswer>(Ping{}).ok());
}

TEST_F(RequestsTest, an_append_that_announces_more_chunks_than_it_has_says_where_they_end) {
    client.hello();
    const StreamAnswer stream = client.create("clicks");
    const TestChunk chunk = ChunkFor{.value_bytes = 256}.in(stream);
    FrameBuffer head;
    Append{0, 3, AckLevel::leader}.encode(head, 5, chunk.size());
    std::vector<std::byte> frame(head.frame().begin(), head.frame().end());
    frame.insert(frame.end(), chunk.bytes().begin(), chunk.bytes().end());
    client.send(frame);
    const auto results = RawClient::results(client.wait_for(5));
    ASSERT_EQ(results.size(), 3U);
    EXPECT_EQ(results[0].code, ErrorCode::ok);
    EXPECT_EQ(results[1].code, ErrorCode::malformed);
    EXPECT_EQ(results[2].code, ErrorCode::malformed);
}

TEST_F(RequestsTest, an_append_of_more_chunks_than_its_bytes_or_an_answer_can_hold_is_refused) {
    struct Count {
        std::uint16_t chunks;
        ErrorCode code;
        std::int64_t limit;
    };
    client.hello();
    for (const Count& count :
         {Count{1, ErrorCode::malformed, 0}, Count{65'534, ErrorCode::malformed, 0},
          Count{65'535, ErrorCode::limit_exceeded, kAppendChunksMax}}) {
        client.send_message(AppendHead{count.chunks}, 5);
        const ErrorAnswer answer = refusal(client, 5);
        EXPECT_EQ(answer.code, count.code);
        EXPECT_EQ(answer.what, "chunk_count");
        EXPECT_EQ(answer.limit, count.limit);
        EXPECT_EQ(answer.value, count.chunks);
    }
    expect_others_unharmed();
}

TEST_F(RequestsTest, levels_and_orders_that_do_not_exist_are_refused) {
    client.hello();
    const StreamAnswer stream = client.create("clicks");
    Fetch fetch;
    fetch.entries.push_back({stream.stream, StreamletId(0), Offset(0), {}, 1000});
    for (const int number : {4, 254, 255}) {
        const auto level = static_cast<AckLevel>(number);
        client.send_message(AppendHead{1, level}, 5);
        EXPECT_EQ(refusal(client, 5).what, "ack_level") << number;
        StreamSettings settings;
        settings.ack_level_min = level;
        client.send_message(CreateStream{kAnyStream, settings, "other"}, 6);
        EXPECT_EQ(refusal(client, 6).what, "ack_level_min") << number;
        fetch.entries[0].order = static_cast<ReadOrder>(number);
        client.send_message(fetch, 7);
        const ErrorAnswer answer = refusal(client, 7);
        EXPECT_EQ(answer.code, ErrorCode::invalid_argument);
        EXPECT_EQ(answer.what, "read_order");
        EXPECT_EQ(answer.limit, kReadOrderMax);
        EXPECT_EQ(answer.value, number);
    }
    client.send_message(AlterStream{stream.stream, 0, 254, kUnchanged, kUnchanged}, 8);
    EXPECT_EQ(refusal(client, 8).what, "ack_level_min");
    expect_others_unharmed();
}

TEST_F(RequestsTest, a_stream_of_more_streamlets_than_its_file_can_hold_is_refused) {
    client.hello();
    StreamSettings settings;
    for (const std::int32_t streamlets : {kStreamletsMax + 1, 65'536, INT32_MAX}) {
        settings.streamlets = streamlets;
        client.send_message(CreateStream{kAnyStream, settings, "wide"}, 5);
        const ErrorAnswer answer = refusal(client, 5);
        EXPECT_EQ(answer.code, ErrorCode::invalid_argument);
        EXPECT_EQ(answer.what, "streamlets");
        EXPECT_EQ(answer.limit, kStreamletsMax);
        EXPECT_EQ(answer.value, streamlets);
    }
    expect_others_unharmed();
}

TEST_F(RequestsTest, a_client_may_choose_ids_up_to_a_bound_and_others_follow) {
    client.hello();
    client.send_message(CreateStream{StreamId(INT64_MAX), {}, "far"}, 5);
    const ErrorAnswer answer = refusal(client, 5);
    EXPECT_EQ(answer.code, ErrorCode::invalid_argument);
    EXPECT_EQ(answer.what, "stream_id");
    EXPECT_EQ(answer.limit, kStreamIdMax);
    EXPECT_EQ(answer.value, INT64_MAX);
    ASSERT_TRUE(client.ask<StreamAnswer>(CreateStream{StreamId(kStreamIdMax), {}, "last"}).ok());
    EXPECT_EQ(client.create("next").stream, StreamId(kStreamIdMax + 1));
}

TEST_F(RequestsTest, streams_are_listed_in_pages_by_id) {
    client.hello();
    std::vector<StreamId> made;
    for (int at = 0; at < 300; ++at) {
        // Names against the order of ids, and long.
        std::string name = std::to_string(1'000 - at);
        name.resize(kStreamNameBytesMax, '-');
        made.push_back(client.create(name).stream);
    }
    std::vector<StreamId> listed;
    ListStreams next;
    int pages = 0;
    for (bool more = true; more && pages < 10; ++pages) {
        const StreamListAnswer page = client.ask<StreamListAnswer>(next).value();
        ASSERT_FALSE(page.streams.empty());
        for (const StreamListAnswer::Entry& entry : page.streams) {
            listed.push_back(entry.stream);
        }
        next.after = listed.back();
        more = page.more;
    }
    EXPECT_EQ(listed, made);
    EXPECT_EQ(pages, 3);
}

TEST_F(RequestsTest, a_request_of_the_node_that_is_longer_than_any_can_be_is_refused) {
    client.hello();
    std::vector<std::byte> padded = frame_of(static_cast<std::uint16_t>(Template::list_streams),
                                             kClientSchemaId, kNodeRequestBytesMax + 8);
    client.send(padded);
    const ErrorAnswer answer = refusal(client, 5);
    EXPECT_EQ(answer.code, ErrorCode::limit_exceeded);
    EXPECT_EQ(answer.what, "frame_bytes");
    EXPECT_EQ(answer.limit, kNodeRequestBytesMax);
    expect_others_unharmed();
}

TEST_F(RequestsTest, what_a_chunk_claims_of_its_records_is_bounded_whatever_its_codec) {
    struct Claim {
        const char* what;
        std::size_t at;
        std::uint64_t value;
        ErrorCode code;
        std::int64_t limit;
    };
    constexpr std::size_t kRecordCountAt = 76;
    constexpr std::size_t kMaxTimestampAt = 120;
    const std::array claims{
        Claim{"more records than any chunk has", kRecordCountAt, kChunkRecordsMax + 1,
              ErrorCode::bad_record_count, kChunkRecordsMax},
        Claim{"as many as 31 bits count", kRecordCountAt, INT32_MAX, ErrorCode::bad_record_count,
              kChunkRecordsMax},
        Claim{"an end before its beginning", kMaxTimestampAt, 999, ErrorCode::malformed, 1'000},
        Claim{"a span that records cannot have", kMaxTimestampAt, 1'001ULL + INT32_MAX,
              ErrorCode::malformed, 1'000},
    };
    client.hello();
    const StreamAnswer stream = client.create("clicks");
    for (const std::uint16_t codec : {std::uint16_t{1}, std::uint16_t{2}}) {
        for (const Claim& claim : claims) {
            TestChunk chunk = ChunkFor{.records = 1}.in(stream);
            store_le<std::uint16_t>(chunk.data() + 66, codec);
            if (claim.at == kRecordCountAt) {
                store_le(chunk.data() + claim.at, static_cast<std::uint32_t>(claim.value));
            } else {
                store_le(chunk.data() + claim.at, claim.value);
            }
            store_le<std::uint32_t>(
                chunk.data() + kClientCrcAt,
                crc32c(0, chunk.data() + kClientPartAt, chunk.size() - kClientPartAt));
            const AppendResult result = client.append({chunk.bytes()})[0];
            EXPECT_EQ(result.code, claim.code) << claim.what;
            EXPECT_EQ(result.limit, claim.limit) << claim.what;
        }
    }
    const auto head = client.ask<ListOffsetsAnswer>(ListOffsets{stream.stream, StreamletId(0)});
    EXPECT_EQ(head->offset, Offset(0));
}

// Every way to spoil a chunk's header or payload, with the answer it gets.
TEST_F(RequestsTest, each_kind_of_bad_chunk_gets_its_own_error) {
    struct Spoil {
        const char* what;
        std::size_t at;
        std::uint32_t value;
        bool sealed_again;
        ErrorCode code;
    };
    const std::array spoils{
        Spoil{"wrong magic", 60, 1, false, ErrorCode::malformed},
        Spoil{"misaligned length", 68, 252, false, ErrorCode::malformed},
        Spoil{"length beyond the frame", 68, 1U << 20U, false, ErrorCode::malformed},
        Spoil{"payload beyond the chunk", 72, 1U << 20U, false, ErrorCode::malformed},
        Spoil{"no records", 76, 0, false, ErrorCode::bad_record_count},
        Spoil{"more records than there are", 76, 4, true, ErrorCode::bad_record_count},
        Spoil{"fewer records than there are", 76, 2, true, ErrorCode::bad_record_count},
        Spoil{"records that overlap", kChunkHeaderBytes, 40, true, ErrorCode::malformed},
        Spoil{"a flipped payload", kChunkHeaderBytes + 20, 99, false, ErrorCode::bad_checksum},
    };
    client.hello();
    const StreamAnswer stream = client.create("clicks");
    for (const Spoil& spoil : spoils) {
        TestChunk chunk = ChunkFor{}.in(stream);
        store_le<std::uint32_t>(chunk.data() + spoil.at, spoil.value);
        if (spoil.sealed_again) {
            store_le<std::uint32_t>(
                chunk.data() + kClientCrcAt,
                crc32c(0, chunk.data() + kClientPartAt, chunk.size() - kClientPartAt));
        }
        EXPECT_EQ(client.append({chunk.bytes()})[0].code, spoil.code) << spoil.what;
    }
    TestChunk newer = ChunkFor{}.in(stream);
    newer.data()[64] = std::byte{2};
    const AppendResult result = client.append({newer.bytes()})[0];
    EXPECT_EQ(result.code, ErrorCode::unsupported);
    EXPECT_EQ(result.limit, 1);
    EXPECT_EQ(result.value, 2);
    // Nothing of all that is visible.
    const auto head = client.ask<ListOffsetsAnswer>(ListOffsets{stream.stream, StreamletId(0)});
    EXPECT_EQ(head->offset, Offset(0));
    expect_others_unharmed();
}

TEST_F(RequestsTest, an_old_epoch_is_fenced) {
    client.hello();
    const StreamAnswer stream = client.create("clicks");
    TestChunk::Shape shape;
    shape.stream = stream.stream;
    shape.streamlet = StreamletId(0);
    shape.producer = ProducerId(9);
    shape.epoch = ProducerEpoch(1);
    ASSERT_EQ(client.append({TestChunk(shape).bytes()})[0].code, ErrorCode::ok);
    shape.epoch = ProducerEpoch(0);
    const AppendResult result = client.append({TestChunk(shape).bytes()})[0];
    EXPECT_EQ(result.code, ErrorCode::stale_producer_epoch);
    EXPECT_EQ(result.limit, 1);
    EXPECT_EQ(result.value, 0);
}

TEST_F(RequestsTest, too_many_requests_in_flight_are_refused_with_the_limit) {
    BrokerWorld small([] {
        CoreConfig config = BrokerWorld::small_config();
        config.limits.requests_in_flight_max = 2;
        return config;
    }());
    RawClient eager(small, "eager", "sim:broker");
    eager.hello();
    const StreamAnswer stream = eager.create("clicks");
    Fetch fetch;
    fetch.wait_ms_max = 60'000;
    fetch.bytes_max = 1000;
    fetch.entries.push_back(
        {stream.stream, StreamletId(0), Offset(0), {}, 1000, ReadOrder::offset});
    for (std::int64_t id = 100; id < 103; ++id) {
        eager.send_message(fetch, id);
    }
    const ErrorAnswer answer = refusal(eager, 102);
    EXPECT_EQ(answer.code, ErrorCode::limit_exceeded);
    EXPECT_EQ(answer.limit, 2);
    EXPECT_EQ(answer.value, 3);
}

TEST(RequestsTokenTest, a_wrong_token_is_unauthorized) {
    CoreConfig config = BrokerWorld::small_config();
    config.token = "secret";
    BrokerWorld world(config);
    RawClient client(world, "client", "sim:broker");
    client.send_message(Hello{}, 5);
    EXPECT_EQ(refusal(client, 5).code, ErrorCode::unauthorized);
    RawClient friendly(world, "friend", "sim:broker");
    Hello hello;
    hello.token = "secret";
    EXPECT_TRUE(friendly.ask<HelloAnswer>(hello).ok());
}

TEST(RequestsTokenTest, the_longest_token_can_be_said_with_the_longest_name) {
    CoreConfig config = BrokerWorld::small_config();
    config.token = std::string(kHelloTextBytesMax, 't');
    BrokerWorld world(config);
    RawClient client(world, "client", "sim:broker");
    Hello hello;
    hello.client_name = std::string(kHelloTextBytesMax, 'n');
    hello.token = config.token;
    EXPECT_TRUE(client.ask<HelloAnswer>(hello).ok());
    config.token += 't';
    EXPECT_EQ(config.check().error(), fail(ErrorCode::invalid_argument, "token_bytes",
                                           kHelloTextBytesMax, kHelloTextBytesMax + 1));
}

}  // namespace
}  // namespace kera
