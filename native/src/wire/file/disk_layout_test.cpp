// Headers of files, and whole small files: what was written can be read, and anything else is
// refused.
#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <vector>

#include "wire/file/journal_layout.hpp"
#include "wire/file/node_files.hpp"

namespace kera {
namespace {

// Flips every bit of `bytes` in turn; `accepts` must refuse each.
template <class Accepts>
void expect_every_flip_refused(std::vector<std::byte> bytes, Accepts&& accepts) {
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        const auto mask = static_cast<std::byte>(1U << (bit % 8));
        bytes[bit / 8] ^= mask;
        EXPECT_FALSE(accepts(Bytes(bytes))) << "bit " << bit;
        bytes[bit / 8] ^= mask;
    }
    EXPECT_TRUE(accepts(Bytes(bytes)));
    EXPECT_FALSE(accepts(Bytes(bytes).first(bytes.size() - 1)));
}

TEST(JournalLayoutTest, reads_back_a_file_header_and_refuses_any_flipped_bit) {
    JournalFileHeader header;
    header.node = NodeId(3);
    header.reactor = ReactorId(2);
    header.file_number = 77;
    header.first_position = Position(8000);
    header.created_ms = 1234;
    header.incarnation = 0xDEADBEEF;
    std::vector<std::byte> bytes(kJournalFileHeaderBytes);
    header.write(bytes.data());
    const Result<JournalFileHeader> read = JournalFileHeader::read(bytes);
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->node, header.node);
    EXPECT_EQ(read->reactor, header.reactor);
    EXPECT_EQ(read->file_number, header.file_number);
    EXPECT_EQ(read->first_position, header.first_position);
    EXPECT_EQ(read->created_ms, header.created_ms);
    EXPECT_EQ(read->incarnation, header.incarnation);
    expect_every_flip_refused(bytes, [](Bytes at) { return JournalFileHeader::read(at).ok(); });
}

TEST(JournalLayoutTest, reads_back_an_entry_header_with_its_durable_position) {
    JournalEntryHeader header;
    header.body_bytes = 4096;
    header.position = Position(std::int64_t{1} << 40);
    header.incarnation = 9;
    header.durable_position = Position((std::int64_t{1} << 40) - 800);
    std::vector<std::byte> bytes(kJournalEntryHeaderBytes);
    header.write(bytes.data());
    const Result<JournalEntryHeader> read = JournalEntryHeader::read(bytes);
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->position, header.position);
    EXPECT_EQ(read->durable_position, header.durable_position);
    EXPECT_EQ(read->end_position(), header.position + 4128);
    expect_every_flip_refused(bytes, [](Bytes at) { return JournalEntryHeader::read(at).ok(); });
    header.durable_position = Position(0);
    header.write(bytes.data());
    const Position kept = JournalEntryHeader::read(bytes)->durable_position;
    EXPECT_EQ(header.position - kept, std::int64_t{UINT32_MAX} * 8);
}

TEST(JournalLayoutTest, refuses_positions_behind_which_none_could_follow) {
    const std::int64_t last = std::numeric_limits<std::int64_t>::max() - 7;
    JournalFileHeader file;
    file.first_position = Position(last);
    std::vector<std::byte> bytes(kJournalFileHeaderBytes);
    file.write(bytes.data());
    const Error refused = JournalFileHeader::read(bytes).error();
    EXPECT_EQ(refused.limit, std::int64_t{1} << 62);
    EXPECT_EQ(refused.value, last);

    JournalEntryHeader entry;
    entry.position = Position(last);
    entry.durable_position = entry.position;
    entry.write(bytes.data());
    EXPECT_EQ(JournalEntryHeader::read(bytes).error().value, last);
}

TEST(NodeFilesTest, refuses_a_producer_id_behind_which_none_could_follow) {
    for (const std::int64_t id : {std::int64_t{-1}, std::numeric_limits<std::int64_t>::max()}) {
        const std::vector<std::byte> file = ProducerIdFile{ProducerId(id)}.encode();
        EXPECT_EQ(ProducerIdFile::decode(file).error().value, id);
    }
}

TEST(JournalLayoutTest, reads_back_what_was_freed) {
    const std::vector<PositionRange> ranges = {{Position(0), Position(4712)},
                                               {Position(8000), Position(8008)}};
    for (std::size_t count = 0; count <= ranges.size(); ++count) {
        const std::span<const PositionRange> some = std::span(ranges).first(count);
        const std::vector<std::byte> bytes = encode_freed(some);
        EXPECT_EQ(bytes.size() % kJournalAlignment, 0U);
        EXPECT_TRUE(std::ranges::equal(decode_freed(bytes).value(), some));
        expect_every_flip_refused(bytes, [](Bytes at) { return decode_freed(at).ok(); });
        EXPECT_FALSE(decode_freed(Bytes(bytes).first(bytes.size() - 8)).ok());
    }
}

TEST(JournalLayoutTest, refuses_freed_ranges_that_are_empty_or_out_of_order) {
    using Ranges = std::vector<PositionRange>;
    for (const Ranges& ranges :
         {Ranges{{Position(8), Position(8)}}, Ranges{{Position(16), Position(8)}},
          Ranges{{Position(-8), Position(8)}},
          Ranges{{Position(8), Position(16)}, {Position(8), Position(24)}},
          Ranges{{Position(8), Position(1) + kJournalPositionMax.value()}}}) {
        EXPECT_EQ(decode_freed(encode_freed(ranges)).error().code, ErrorCode::malformed);
    }
}

TEST(NodeFilesTest, reads_back_a_stream_file_and_refuses_any_flipped_bit) {
    StreamFile file;
    file.stream = StreamId(12);
    file.term = Term(3);
    file.settings.streamlets = 3;
    file.settings.lanes = 2;
    file.settings.ack_level_min = AckLevel::disk;
    file.settings.retention_ms = 1000;
    file.starts = {Offset(0), Offset(10), Offset(20)};
    file.name = "orders";
    const std::vector<std::byte> bytes = file.encode().value();
    EXPECT_EQ(StreamFile::decode(bytes).value(), file);
    StreamFile with_ends = file;
    with_ends.ends = {Offset(5), Offset(0), Offset(1'000'000)};
    EXPECT_EQ(StreamFile::decode(with_ends.encode().value()).value(), with_ends);
    expect_every_flip_refused(bytes, [](Bytes at) { return StreamFile::decode(at).ok(); });
    EXPECT_FALSE(StreamFile::decode({}).ok());
}

TEST(NodeFilesTest, reads_back_producer_ids) {
    const ProducerIdFile file{ProducerId(5000)};
    EXPECT_EQ(ProducerIdFile::decode(file.encode()).value(), file);
    expect_every_flip_refused(file.encode(),
                              [](Bytes at) { return ProducerIdFile::decode(at).ok(); });
    EXPECT_FALSE(StreamFile::decode(file.encode()).ok());
}

}  // namespace
}  // namespace kera
