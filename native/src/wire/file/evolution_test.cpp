// Compatibility with older and newer peers: recorded frames of version 1, and frames of a version
// that does not exist yet, with longer blocks and unknown numbers.
#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/crc/crc32c.hpp"
#include "wire/file/node_files.hpp"
#include "wire/message/consume_messages.hpp"
#include "wire/message/control_messages.hpp"
#include "wire/message/node_messages.hpp"
#include "wire/message/produce_messages.hpp"
#include "wire/message/session_messages.hpp"
#include "wire/message/stream_messages.hpp"

namespace kera {
namespace {

constexpr std::size_t kBlockLengthAt = 8;
constexpr std::size_t kTemplateAt = 10;
constexpr std::size_t kSchemaAt = 12;
constexpr std::size_t kVersionAt = 14;

// A frame of version 1 from hexadecimal: its block, then what follows it.
std::vector<std::byte> frame_of(std::uint16_t schema, std::uint16_t template_id,
                                std::string_view block, std::string_view rest = "") {
    std::vector<std::byte> frame(kFrameHeaderBytes);
    const auto add = [&frame](std::string_view hex) {
        for (std::size_t at = 0; at + 1 < hex.size(); at += 2) {
            frame.push_back(
                static_cast<std::byte>(std::stoi(std::string(hex.substr(at, 2)), nullptr, 16)));
        }
    };
    add(block);
    add(rest);
    frame.resize((frame.size() + kFrameAlignment - 1) / kFrameAlignment * kFrameAlignment);
    store_le(frame.data(), static_cast<std::uint32_t>(frame.size()));
    store_le(frame.data() + kBlockLengthAt, static_cast<std::uint16_t>(block.size() / 2));
    store_le(frame.data() + kTemplateAt, template_id);
    store_le(frame.data() + kSchemaAt, schema);
    store_le(frame.data() + kVersionAt, std::uint16_t{1});
    store_le(frame.data() + 16, std::int64_t{7});
    return frame;
}

template <class Message>
Result<Message> decode(const std::vector<std::byte>& frame) {
    KERA_TRY_ASSIGN(const FrameView view, FrameView::over(frame, UINT32_MAX));
    return Message::decode(view);
}

TEST(EvolutionTest, a_list_of_streams_of_version_1_asks_from_the_first) {
    EXPECT_EQ(decode<ListStreams>(frame_of(1, 14, ""))->after, StreamId(0));
    const auto list = decode<StreamListAnswer>(frame_of(1, 17, "",
                                                        "0c000200"
                                                        "0100000000000000"
                                                        "02000000"
                                                        "010061"
                                                        "0500000000000000"
                                                        "01000000"
                                                        "02006262"));
    ASSERT_TRUE(list.ok());
    ASSERT_EQ(list->streams.size(), 2U);
    EXPECT_EQ(list->streams[1].stream, StreamId(5));
    EXPECT_EQ(list->streams[1].name, "bb");
    EXPECT_FALSE(list->more);
}

TEST(EvolutionTest, an_alteration_before_version_3_leaves_the_streamlets) {
    std::vector<std::byte> frame = frame_of(1, 11,
                                            "0700000000000000"
                                            "0400"
                                            "ff"
                                            "e803000000000000"
                                            "feffffffffffffff");
    for (const std::uint16_t version : {std::uint16_t{1}, std::uint16_t{2}}) {
        store_le(frame.data() + kVersionAt, version);
        const auto alter = decode<AlterStream>(frame);
        ASSERT_TRUE(alter.ok());
        EXPECT_EQ(alter->stream, StreamId(7));
        EXPECT_EQ(alter->lanes, 4);
        EXPECT_EQ(alter->retention_ms, 1000);
        EXPECT_EQ(alter->streamlets, 0);
    }
    store_le(frame.data() + kVersionAt, std::uint16_t{3});
    EXPECT_EQ(decode<AlterStream>(frame).error().code, ErrorCode::malformed);
}

TEST(EvolutionTest, requests_of_version_1_are_read_as_they_were_meant) {
    const auto create = decode<CreateStream>(frame_of(1, 10,
                                                      "ffffffffffffffff"
                                                      "07000000"
                                                      "0300"
                                                      "03"
                                                      "00001000"
                                                      "05000000"
                                                      "e803000000000000"
                                                      "ffffffffffffffff"
                                                      "01",
                                                      "0600636c69636b73"));
    ASSERT_TRUE(create.ok());
    EXPECT_EQ(create->name, "clicks");
    EXPECT_EQ(create->settings.ack_level_min, AckLevel::disk);
    EXPECT_EQ(create->settings.retention_ms, 1000);
    const auto append = decode<Append>(frame_of(1, 22,
                                                "e8030000"
                                                "0200"
                                                "01"
                                                "00"));
    ASSERT_TRUE(append.ok());
    EXPECT_EQ(append->chunk_count, 2);
    const auto fetch = decode<Fetch>(frame_of(1, 30,
                                              "f4010000"
                                              "01000000"
                                              "00001000",
                                              "29000100"
                                              "0100000000000000"
                                              "0300000000000000"
                                              "04000000"
                                              "05000000"
                                              "06000000"
                                              "07000000"
                                              "02000000"
                                              "08000000"
                                              "01"));
    ASSERT_TRUE(fetch.ok());
    ASSERT_EQ(fetch->entries.size(), 1U);
    EXPECT_EQ(fetch->entries[0].cursor, (WireCursor{4, 5, 6, 7}));
    EXPECT_EQ(fetch->entries[0].order, ReadOrder::group);
    EXPECT_EQ(fetch->entries[0].term, kAnyTerm);
    const auto hello = decode<Hello>(frame_of(1, 1,
                                              "0100"
                                              "0100"
                                              "00000000",
                                              "0100610100"
                                              "62"));
    ASSERT_TRUE(hello.ok());
    EXPECT_EQ(hello->token, "b");
}

// The frame as a newer peer would send it: another version, and a longer block.
std::vector<std::byte> grown(const FrameBuffer& buffer, std::size_t more_bytes) {
    std::vector<std::byte> frame(buffer.frame().begin(), buffer.frame().end());
    const auto block = load_le<std::uint16_t>(frame.data() + kBlockLengthAt);
    frame.insert(frame.begin() + kFrameHeaderBytes + block, more_bytes, std::byte{0xEE});
    store_le(frame.data(), static_cast<std::uint32_t>(frame.size()));
    store_le(frame.data() + kBlockLengthAt, static_cast<std::uint16_t>(block + more_bytes));
    store_le(frame.data() + kVersionAt, std::uint16_t{900});
    return frame;
}

template <class... Messages>
void expect_grown_is_read() {
    (
        [] {
            FrameBuffer buffer;
            ASSERT_TRUE(encode_message(Messages{}, buffer, 1).ok());
            const auto read = decode<Messages>(grown(buffer, 16));
            EXPECT_TRUE(read.ok()) << typeid(Messages).name();
        }(),
        ...);
}

TEST(EvolutionTest, what_a_newer_peers_block_has_more_is_skipped_in_every_message) {
    expect_grown_is_read<Hello, HelloAnswer, ErrorAnswer, Ping, PingAnswer, CreateStream,
                         AlterStream, DeleteStream, DeleteBefore, ListStreams, DescribeStream,
                         StreamAnswer, StreamListAnswer, StreamGrown, DoneAnswer, OpenProducer,
                         OpenProducerAnswer, Fetch, Subscribe, Credit, Unsubscribe, ListOffsets,
                         ListOffsetsAnswer, AcquireGroup, AcquireGroupAnswer, ReleaseGroup,
                         DescribeNode, DescribeNodeAnswer, OpenStream, SetTerm, GrantProducerIds,
                         Drain, CommandDone, Drained, ProducerIdsLow>();
}

TEST(EvolutionTest, a_block_shorter_than_its_version_had_it_is_refused) {
    std::vector<std::byte> frame = frame_of(1, 22,
                                            "e8030000"
                                            "0200");
    EXPECT_EQ(decode<Append>(frame).error().code, ErrorCode::malformed);
    frame = frame_of(1, 14, "");
    store_le(frame.data() + kVersionAt, std::uint16_t{2});
    EXPECT_EQ(decode<ListStreams>(frame).error().code, ErrorCode::malformed);
    store_le(frame.data() + kVersionAt, std::uint16_t{0});
    EXPECT_EQ(decode<ListStreams>(frame).error().code, ErrorCode::malformed);
}

TEST(EvolutionTest, a_code_that_we_do_not_know_survives_in_an_answer) {
    const auto refused = decode<ErrorAnswer>(frame_of(1, 3,
                                                      "9903"
                                                      "1600"
                                                      "00000000"
                                                      "0000000000000000"
                                                      "0500000000000000",
                                                      "010061"));
    ASSERT_TRUE(refused.ok());
    EXPECT_EQ(static_cast<std::uint16_t>(refused->code), 0x399);
    EXPECT_STREQ(to_string(refused->code), "UNKNOWN");
    FrameBuffer buffer;
    AppendResult strange;
    strange.code = static_cast<ErrorCode>(9'999);
    ASSERT_TRUE(AppendAnswer::encode(buffer, 1, std::span(&strange, 1)).ok());
    const auto count =
        AppendAnswer::decode(FrameView::over(buffer.frame(), UINT32_MAX).value(),
                             [](std::uint32_t, const AppendResult& result) {
                                 EXPECT_EQ(static_cast<std::uint16_t>(result.code), 9'999);
                             });
    EXPECT_TRUE(count.ok());
    StreamAnswer answer;
    answer.settings.ack_level_min = static_cast<AckLevel>(9);
    ASSERT_TRUE(answer.encode(buffer, 1).ok());
    const auto told = StreamAnswer::decode(FrameView::over(buffer.frame(), UINT32_MAX).value());
    ASSERT_TRUE(told.ok());
    EXPECT_EQ(static_cast<int>(told->settings.ack_level_min), 9);
}

TEST(EvolutionTest, a_stream_file_of_a_level_that_we_do_not_know_says_so) {
    StreamFile file;
    file.settings.ack_level_min = static_cast<AckLevel>(9);
    file.name = "orders";
    const auto read = StreamFile::decode(file.encode().value());
    ASSERT_FALSE(read.ok());
    EXPECT_STREQ(read.error().what, "ack_level_min");
    EXPECT_EQ(read.error().value, 9);
}

TEST(EvolutionTest, a_reader_before_version_4_states_no_term) {
    std::vector<std::byte> subscribe = frame_of(1, 32,
                                                "0700000000000000"
                                                "0100000000000000"
                                                "0300000000000000"
                                                "0010000000000000"
                                                "02000000");
    const auto asked = decode<Subscribe>(subscribe);
    ASSERT_TRUE(asked.ok());
    EXPECT_EQ(asked->streamlet, StreamletId(2));
    EXPECT_EQ(asked->term, kAnyTerm);
    store_le(subscribe.data() + kVersionAt, std::uint16_t{4});
    EXPECT_EQ(decode<Subscribe>(subscribe).error().code, ErrorCode::malformed);

    std::vector<std::byte> fetch = frame_of(1, 30,
                                            "f4010000"
                                            "01000000"
                                            "00001000",
                                            "29000100"
                                            "0100000000000000"
                                            "0300000000000000"
                                            "04000000"
                                            "05000000"
                                            "06000000"
                                            "07000000"
                                            "02000000"
                                            "08000000"
                                            "01"
                                            "ffffffffffffff");
    store_le(fetch.data() + kVersionAt, std::uint16_t{3});
    EXPECT_EQ(decode<Fetch>(fetch)->entries.at(0).term, kAnyTerm);
    store_le(fetch.data() + kVersionAt, std::uint16_t{4});
    EXPECT_EQ(decode<Fetch>(fetch).error().code, ErrorCode::malformed) << "no room for its term";
}

TEST(EvolutionTest, a_stream_file_before_version_3_has_one_term_for_all) {
    std::vector<std::byte> file = frame_of(4, 2,
                                           "0700000000000000"
                                           "02000000"
                                           "05000000"
                                           "0300"
                                           "01"
                                           "00"
                                           "00001000"
                                           "05000000"
                                           "e803000000000000"
                                           "ffffffffffffffff",
                                           "08000200"
                                           "0900000000000000"
                                           "0800000000000000"
                                           "08000000"
                                           "06006f7264657273");
    store_le(file.data() + kVersionAt, std::uint16_t{2});
    file.resize(file.size() + sizeof(std::uint32_t));
    store_le(file.data() + file.size() - 4, crc32c(0, file.data(), file.size() - 4));
    const auto read = StreamFile::decode(file);
    ASSERT_TRUE(read.ok()) << describe(read.error());
    EXPECT_EQ(read->term, Term(5));
    EXPECT_EQ(read->starts, (std::vector{Offset(9), Offset(8)}));
    EXPECT_EQ(read->name, "orders");
    EXPECT_TRUE(read->terms.empty());
    EXPECT_EQ(read->restarts, 0);
}

TEST(EvolutionTest, a_stream_file_keeps_terms_and_restarts) {
    StreamFile file;
    file.term = Term(5);
    file.terms = {{StreamletId(0), Term(4), Offset(0)},
                  {StreamletId(0), Term(6), Offset(900)},
                  {StreamletId(3), Term(9), TermStart::kElsewhere}};
    file.restarts = 77;
    EXPECT_EQ(StreamFile::decode(file.encode().value()).value(), file);
    EXPECT_EQ(RunFile::decode(RunFile{4, true}.encode()).value(), (RunFile{4, true}));
}

}  // namespace
}  // namespace kera
