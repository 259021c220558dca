// Every text and every group of every message, at its limit and one above. At the limit, decoding
// gives the same value. Above it, the encoder names the limit, and nothing throws.
#include "wire/frame/message_limits.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "wire/file/node_files.hpp"
#include "wire/message/consume_messages.hpp"
#include "wire/message/control_messages.hpp"
#include "wire/message/node_messages.hpp"
#include "wire/message/produce_messages.hpp"
#include "wire/message/session_messages.hpp"
#include "wire/message/stream_messages.hpp"

namespace kera {
namespace {

// Encodes a message with that size, and decodes it if that worked.
using AtSize = std::function<Result<void>(FrameBuffer&, std::size_t)>;

struct Limited {
    const char* what;
    std::size_t most;
    AtSize round_trip;
};

template <class Message>
Result<void> there_and_back(const Message& message, FrameBuffer& buffer) {
    KERA_TRY(encode_message(message, buffer, 1));
    KERA_TRY_ASSIGN(const FrameView frame, FrameView::over(buffer.frame(), UINT32_MAX));
    KERA_TRY(Message::decode(frame));
    return {};
}

std::string text(std::size_t bytes) {
    return std::string(bytes, 'a');
}

template <class Message>
Limited with_text(const char* what, std::string Message::* field,
                  std::size_t bytes_max = kTextBytesMax) {
    return {what, bytes_max, [field](FrameBuffer& buffer, std::size_t bytes) {
                Message message;
                message.*field = text(bytes);
                return there_and_back(message, buffer);
            }};
}

std::vector<Limited> texts() {
    return {
        with_text("client_name_bytes", &Hello::client_name, kHelloTextBytesMax),
        with_text("token_bytes", &Hello::token, kHelloTextBytesMax),
        with_text("node_name_bytes", &HelloAnswer::node_name),
        with_text("stream_name_bytes", &CreateStream::name),
        with_text("stream_name_bytes", &DescribeStream::name),
        with_text("stream_name_bytes", &StreamAnswer::name),
        with_text("stream_name_bytes", &OpenStream::name),
        with_text("reader_name_bytes", &AcquireGroup::reader_name),
        {"stream_name_bytes", kTextBytesMax,
         [](FrameBuffer& buffer, std::size_t bytes) {
             StreamListAnswer list;
             list.streams = {{StreamId(1), 1, text(bytes)}};
             return there_and_back(list, buffer);
         }},
        {"counter_label_bytes", kTextBytesMax,
         [](FrameBuffer& buffer, std::size_t bytes) {
             DescribeNodeAnswer node;
             node.counters = {{1, text(bytes)}};
             return there_and_back(node, buffer);
         }},
        {"stream_name_bytes", kTextBytesMax,
         [](FrameBuffer&, std::size_t bytes) -> Result<void> {
             StreamFile file;
             file.name = text(bytes);
             KERA_TRY_ASSIGN(const std::vector<std::byte> whole, file.encode());
             KERA_TRY(StreamFile::decode(whole));
             return {};
         }},
    };
}

std::vector<Limited> groups() {
    return {
        {"streams", kGroupEntriesMax,
         [](FrameBuffer& buffer, std::size_t entries) {
             StreamListAnswer list;
             list.streams.resize(entries);
             return there_and_back(list, buffer);
         }},
        {"counters", kGroupEntriesMax,
         [](FrameBuffer& buffer, std::size_t entries) {
             DescribeNodeAnswer node;
             node.counters.resize(entries);
             return there_and_back(node, buffer);
         }},
        {"fetch_entries", kGroupEntriesMax,
         [](FrameBuffer& buffer, std::size_t entries) {
             Fetch fetch;
             fetch.entries.resize(entries);
             return there_and_back(fetch, buffer);
         }},
        {"fetch_entries", kGroupEntriesMax,
         [](FrameBuffer& buffer, std::size_t entries) -> Result<void> {
             std::vector<FetchAnswer::Entry> back;
             KERA_TRY(FetchAnswer::encode(buffer, 1, std::vector<FetchAnswer::Entry>(entries)));
             KERA_TRY_ASSIGN(const FrameView frame, FrameView::over(buffer.frame(), UINT32_MAX));
             KERA_TRY(FetchAnswer::decode(frame, back));
             EXPECT_EQ(back.size(), entries);
             return {};
         }},
        {"append_chunks", kGroupEntriesMax,
         [](FrameBuffer& buffer, std::size_t entries) -> Result<void> {
             KERA_TRY(AppendAnswer::encode(buffer, 1, std::vector<AppendResult>(entries)));
             KERA_TRY_ASSIGN(const FrameView frame, FrameView::over(buffer.frame(), UINT32_MAX));
             KERA_TRY_ASSIGN(
                 const std::uint32_t count,
                 AppendAnswer::decode(frame, [](std::uint32_t, const AppendResult&) {}));
             EXPECT_EQ(count, entries);
             return {};
         }},
        {"terms", kGroupEntriesMax,
         [](FrameBuffer&, std::size_t entries) -> Result<void> {
             StreamFile file;
             file.name = text(kTextBytesMax);
             file.starts.resize(kGroupEntriesMax);
             file.ends.resize(kGroupEntriesMax);
             file.terms.resize(entries);
             KERA_TRY_ASSIGN(const std::vector<std::byte> whole, file.encode());
             KERA_TRY_ASSIGN(const StreamFile back, StreamFile::decode(whole));
             EXPECT_EQ(back.terms.size(), entries);
             return {};
         }},
        {"streamlets", static_cast<std::size_t>(kStreamletsMax),
         [](FrameBuffer&, std::size_t entries) -> Result<void> {
             StreamFile file;
             file.name = text(kTextBytesMax);
             file.starts.resize(entries);
             file.ends.resize(entries);
             KERA_TRY_ASSIGN(const std::vector<std::byte> whole, file.encode());
             KERA_TRY_ASSIGN(const StreamFile back, StreamFile::decode(whole));
             EXPECT_EQ(back.starts.size(), entries);
             return {};
         }},
    };
}

void expect_bounded(const std::vector<Limited>& all) {
    FrameBuffer buffer;
    for (const Limited& one : all) {
        SCOPED_TRACE(one.what);
        const Result<void> fits = one.round_trip(buffer, one.most);
        EXPECT_TRUE(fits.ok()) << describe(fits.ok() ? Error{} : fits.error());
        // One too many, and the number at which a 16-bit count wraps.
        for (const std::size_t size : {one.most + 1, std::size_t{65'536}}) {
            const Result<void> refused = one.round_trip(buffer, size);
            ASSERT_FALSE(refused.ok()) << size;
            EXPECT_EQ(refused.error().code, ErrorCode::limit_exceeded);
            EXPECT_STREQ(refused.error().what, one.what);
            EXPECT_EQ(refused.error().limit, static_cast<std::int64_t>(one.most));
            EXPECT_EQ(refused.error().value, static_cast<std::int64_t>(size));
        }
    }
}

TEST(MessageLimitsTest, every_text_is_taken_up_to_its_bound_and_refused_beyond) {
    expect_bounded(texts());
}

TEST(MessageLimitsTest, every_group_is_taken_up_to_its_bound_and_refused_beyond) {
    expect_bounded(groups());
}

TEST(MessageLimitsTest, an_error_can_always_be_told) {
    FrameBuffer buffer;
    ErrorAnswer answer;
    answer.what = text(70'000);
    answer.encode(buffer, 1);
    EXPECT_EQ(ErrorAnswer::decode(FrameView::over(buffer.frame(), UINT32_MAX).value())->what,
              text(kTextBytesMax));
    CommandDone done;
    done.what = text(70'000);
    done.encode(buffer, 1);
    EXPECT_EQ(CommandDone::decode(FrameView::over(buffer.frame(), UINT32_MAX).value())->what,
              text(kTextBytesMax));
}

}  // namespace
}  // namespace kera
