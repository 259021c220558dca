// Decoding returns what was encoded, for every message, and refuses truncated and foreign frames.
#include <gtest/gtest.h>

#include "base/bytes.hpp"
#include "wire/message/consume_messages.hpp"
#include "wire/message/control_messages.hpp"
#include "wire/message/node_messages.hpp"
#include "wire/message/produce_messages.hpp"
#include "wire/message/session_messages.hpp"
#include "wire/message/stream_messages.hpp"

namespace kera {
namespace {

constexpr std::uint32_t kLengthMax = 1U << 20U;

template <class Message>
Message there_and_back(const Message& message) {
    FrameBuffer buffer;
    EXPECT_TRUE(encode_message(message, buffer, 42).ok());
    const auto frame = FrameView::over(buffer.frame(), kLengthMax);
    EXPECT_TRUE(frame.ok());
    EXPECT_EQ(frame->header().correlation_id, 42);
    EXPECT_EQ(frame->header().length % kFrameAlignment, 0U);
    auto decoded = Message::decode(*frame);
    EXPECT_TRUE(decoded.ok());
    return std::move(decoded).value();
}

StreamSettings some_settings() {
    StreamSettings settings;
    settings.streamlets = 7;
    settings.lanes = 3;
    settings.ack_level_min = AckLevel::disk;
    settings.timestamp_type = 1;
    settings.segment_bytes_max = 1U << 20U;
    settings.group_segments = 5;
    settings.retention_ms = 1000;
    settings.retention_bytes = 123456789012;
    return settings;
}

TEST(MessagesTest, hello_keeps_name_token_and_versions) {
    Hello hello;
    hello.version_min = 1;
    hello.version_max = 9;
    hello.features = 5;
    hello.client_name = "sensor";
    hello.token = std::string("\0\xFF", 2);
    const Hello back = there_and_back(hello);
    EXPECT_EQ(back.version_max, 9);
    EXPECT_EQ(back.features, 5U);
    EXPECT_EQ(back.client_name, "sensor");
    EXPECT_EQ(back.token, hello.token);
}

TEST(MessagesTest, hello_answer_keeps_the_limits) {
    HelloAnswer answer;
    answer.reactor = 1;
    answer.reactor_count = 2;
    answer.connection = ConnectionId(99);
    answer.frame_bytes_max = 1U << 24U;
    answer.credit_bytes_max = 1LL << 33U;
    answer.node_name = "one";
    const HelloAnswer back = there_and_back(answer);
    EXPECT_EQ(back.connection, ConnectionId(99));
    EXPECT_EQ(back.frame_bytes_max, 1U << 24U);
    EXPECT_EQ(back.credit_bytes_max, 1LL << 33U);
    EXPECT_EQ(back.node_name, "one");
}

TEST(MessagesTest, an_error_keeps_code_limit_and_value) {
    const ErrorAnswer back =
        there_and_back(ErrorAnswer::of(fail(ErrorCode::frame_too_large, "frame_bytes", 4, 5), 22));
    EXPECT_EQ(back.code, ErrorCode::frame_too_large);
    EXPECT_EQ(back.limit, 4);
    EXPECT_EQ(back.value, 5);
    EXPECT_EQ(back.template_id, 22);
    EXPECT_EQ(back.what, "frame_bytes");
}

TEST(MessagesTest, streams_keep_their_settings) {
    CreateStream create;
    create.settings = some_settings();
    create.name = "clicks";
    EXPECT_EQ(there_and_back(create).settings, create.settings);
    StreamAnswer answer;
    answer.stream = StreamId(3);
    answer.term = Term(4);
    answer.settings = some_settings();
    answer.name = "clicks";
    EXPECT_EQ(there_and_back(answer).settings, answer.settings);
    OpenStream open;
    open.settings = some_settings();
    open.name = "clicks";
    EXPECT_EQ(there_and_back(open).settings, open.settings);
    EXPECT_EQ(there_and_back(open).name, "clicks");
}

TEST(MessagesTest, a_list_of_streams_keeps_its_order) {
    StreamListAnswer list;
    list.streams = {{StreamId(1), 2, "a"}, {StreamId(5), 1, "bb"}, {StreamId(9), 4, ""}};
    const StreamListAnswer back = there_and_back(list);
    ASSERT_EQ(back.streams.size(), 3U);
    EXPECT_EQ(back.streams[1].stream, StreamId(5));
    EXPECT_EQ(back.streams[1].name, "bb");
    EXPECT_EQ(back.streams[2].streamlets, 4);
}

TEST(MessagesTest, append_results_come_back_in_order) {
    std::vector<AppendResult> results(3);
    results[0].base_offset = Offset(10);
    results[1].code = ErrorCode::sequence_gap;
    results[1].limit = 5;
    results[1].value = 9;
    results[2].duplicate = true;
    FrameBuffer buffer;
    ASSERT_TRUE(AppendAnswer::encode(buffer, 1, results).ok());
    const auto frame = FrameView::over(buffer.frame(), kLengthMax);
    ASSERT_TRUE(frame.ok());
    std::vector<AppendResult> back;
    const auto count = AppendAnswer::decode(
        *frame, [&back](std::uint32_t, const AppendResult& result) { back.push_back(result); });
    ASSERT_TRUE(count.ok());
    ASSERT_EQ(*count, 3U);
    EXPECT_EQ(back[0].base_offset, Offset(10));
    EXPECT_EQ(back[1].code, ErrorCode::sequence_gap);
    EXPECT_EQ(back[1].limit, 5);
    EXPECT_EQ(back[1].value, 9);
    EXPECT_TRUE(back[2].duplicate);
}

TEST(MessagesTest, fetch_keeps_entries_and_cursors) {
    Fetch fetch;
    fetch.wait_ms_max = 500;
    fetch.bytes_min = 1;
    fetch.bytes_max = 1U << 20U;
    fetch.entries.push_back(
        {StreamId(1), StreamletId(2), Offset(3), {4, 5, 6, 7}, 8, ReadOrder::group});
    const Fetch back = there_and_back(fetch);
    ASSERT_EQ(back.entries.size(), 1U);
    EXPECT_EQ(back.entries[0].offset, Offset(3));
    EXPECT_EQ(back.entries[0].cursor, (WireCursor{4, 5, 6, 7}));
    EXPECT_EQ(back.entries[0].order, ReadOrder::group);
    EXPECT_EQ(back.wait_ms_max, 500U);
}

TEST(MessagesTest, a_fetch_answer_says_where_its_data_begins) {
    std::vector<FetchAnswer::Entry> entries(2);
    entries[0].data_bytes = 128;
    entries[1].data_bytes = 256;
    entries[1].next_offset = Offset(50);
    entries[1].end_of_group = true;
    FrameBuffer buffer;
    ASSERT_TRUE(FetchAnswer::encode(buffer, 1, entries).ok());
    const auto frame = FrameView::over(buffer.frame(), kLengthMax);
    ASSERT_TRUE(frame.ok());
    std::vector<FetchAnswer::Entry> back;
    const auto head = FetchAnswer::decode(*frame, back);
    ASSERT_TRUE(head.ok());
    EXPECT_EQ(*head, buffer.frame().size());
    EXPECT_EQ(*head, FetchAnswer::head_bytes(entries.size()));
    EXPECT_EQ(frame->header().length, *head + 384);
    EXPECT_EQ(back[1].next_offset, Offset(50));
    EXPECT_TRUE(back[1].end_of_group);
}

TEST(MessagesTest, a_push_has_a_head_of_fixed_size) {
    Push push;
    push.subscription = 3;
    push.data_bytes = 640;
    push.next_offset = Offset(12);
    FrameBuffer buffer;
    push.encode(buffer);
    EXPECT_EQ(buffer.frame().size(), std::size_t{Push::kHeadBytes});
    const auto frame = FrameView::over(buffer.frame(), kLengthMax);
    ASSERT_TRUE(frame.ok());
    const auto back = Push::decode(*frame);
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(back->data_bytes, 640U);
    EXPECT_EQ(back->next_offset, Offset(12));
}

TEST(MessagesTest, group_and_node_messages_come_back) {
    EXPECT_EQ(there_and_back(AcquireGroup{StreamId(1), StreamletId(2), "r"}).reader_name, "r");
    EXPECT_EQ(there_and_back(ReleaseGroup{7, {1, 2, 3, 4}, true}).cursor, (WireCursor{1, 2, 3, 4}));
    DescribeNodeAnswer node;
    node.counters = {{5, "bytes"}, {6, "records"}};
    const DescribeNodeAnswer back = there_and_back(node);
    ASSERT_EQ(back.counters.size(), 2U);
    EXPECT_EQ(back.counters[1].label, "records");
    EXPECT_EQ(back.counters[1].value, 6);
}

TEST(MessagesTest, a_forwarded_request_carries_the_inner_frame) {
    FrameBuffer inner;
    DeleteStream{StreamId(8)}.encode(inner, 4);
    FrameBuffer buffer;
    ForwardedRequest{ConnectionId(5), ReactorId(1)}.encode(buffer, 9, inner.frame());
    const auto frame = FrameView::over(buffer.frame(), kLengthMax);
    ASSERT_TRUE(frame.ok());
    const auto outer = ForwardedRequest::decode(*frame);
    ASSERT_TRUE(outer.ok());
    EXPECT_EQ(outer->connection, ConnectionId(5));
    const auto request =
        FrameView::over(buffer.frame().subspan(ForwardedRequest::kHeadBytes), kLengthMax);
    ASSERT_TRUE(request.ok());
    EXPECT_EQ(DeleteStream::decode(*request)->stream, StreamId(8));
}

TEST(MessagesTest, every_truncation_of_a_message_is_refused_without_reading_past_it) {
    CreateStream create;
    create.name = "a name of some length";
    FrameBuffer buffer;
    ASSERT_TRUE(create.encode(buffer, 1).ok());
    const Bytes whole = buffer.frame();
    for (std::size_t bytes = 0; bytes + kFrameAlignment < whole.size(); bytes += kFrameAlignment) {
        std::vector<std::byte> cut(whole.begin(),
                                   whole.begin() + static_cast<std::ptrdiff_t>(bytes));
        if (cut.size() >= sizeof(std::uint32_t)) {
            store_le<std::uint32_t>(cut.data(), static_cast<std::uint32_t>(bytes));
        }
        const auto frame = FrameView::over(cut, kLengthMax);
        EXPECT_FALSE(frame.ok() && CreateStream::decode(*frame).ok()) << bytes;
    }
}

TEST(MessagesTest, an_unknown_template_and_an_old_version_are_told_apart) {
    FrameBuffer buffer;
    Ping{}.encode(buffer, 1);
    const auto ping = FrameView::over(buffer.frame(), kLengthMax);
    ASSERT_TRUE(ping.ok());
    EXPECT_EQ(PingAnswer::decode(*ping).error().code, ErrorCode::unsupported);
    std::vector<std::byte> old(buffer.frame().begin(), buffer.frame().end());
    store_le<std::uint16_t>(old.data() + 14, 0);
    const auto frame = FrameView::over(old, kLengthMax);
    ASSERT_TRUE(frame.ok());
    EXPECT_EQ(Ping::decode(*frame).error().code, ErrorCode::malformed);
}

TEST(MessagesTest, a_newer_peers_longer_block_is_read_up_to_what_is_known) {
    FrameBuffer buffer;
    DoneAnswer{31}.encode(buffer, 1);
    std::vector<std::byte> longer(buffer.frame().begin(), buffer.frame().end());
    longer.resize(longer.size() + 8);
    store_le<std::uint32_t>(longer.data(), static_cast<std::uint32_t>(longer.size()));
    store_le<std::uint16_t>(longer.data() + 8, 16);
    store_le<std::uint16_t>(longer.data() + 14, 2);
    const auto frame = FrameView::over(longer, kLengthMax);
    ASSERT_TRUE(frame.ok());
    const auto done = DoneAnswer::decode(*frame);
    ASSERT_TRUE(done.ok());
    EXPECT_EQ(done->value, 31);
}

}  // namespace
}  // namespace kera
