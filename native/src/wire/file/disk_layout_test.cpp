// Headers of files, and whole small files: what was written can be read, and anything else is
// refused.
#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <vector>

#include "wire/file/journal_layout.hpp"
#include "wire/file/node_files.hpp"
#include "wire/file/segment_layout.hpp"

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

TEST(JournalLayoutTest, reads_back_a_cut) {
    std::vector<std::byte> bytes(kJournalCutBytes);
    write_journal_cut(bytes.data(), Position(4711));
    EXPECT_EQ(read_journal_cut(bytes).value(), Position(4711));
    expect_every_flip_refused(bytes, [](Bytes at) { return read_journal_cut(at).ok(); });
}

TEST(SegmentLayoutTest, reads_back_a_header_and_refuses_any_flipped_bit) {
    SegmentFileHeader header;
    header.stream = StreamId(1);
    header.streamlet = StreamletId(2);
    header.lane = LaneId(3);
    header.group = GroupId(4);
    header.segment = SegmentId(5);
    header.term = Term(6);
    header.closed = true;
    header.data_bytes = 640;
    header.capacity_bytes = 65536;
    header.first_offset = Offset(7);
    header.last_offset = Offset(8);
    header.max_timestamp_ms = 9;
    header.created_ms = 10;
    header.group_last = true;
    std::vector<std::byte> bytes(kSegmentFileHeaderBytes);
    header.write(bytes.data());
    const Result<SegmentFileHeader> read = SegmentFileHeader::read(bytes);
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->stream, header.stream);
    EXPECT_EQ(read->segment, header.segment);
    EXPECT_EQ(read->term, header.term);
    EXPECT_TRUE(read->closed);
    EXPECT_EQ(read->data_bytes, header.data_bytes);
    EXPECT_EQ(read->last_offset, header.last_offset);
    EXPECT_FALSE(read->group_first);
    EXPECT_TRUE(read->group_last);
    expect_every_flip_refused(bytes, [](Bytes at) { return SegmentFileHeader::read(at).ok(); });
    header.capacity_bytes = 639;
    header.write(bytes.data());
    EXPECT_EQ(SegmentFileHeader::read(bytes).error().code, ErrorCode::malformed);
}

TEST(SegmentLayoutTest, the_footer_covers_the_index_before_it) {
    std::vector<std::byte> bytes(2 * kSegmentFileIndexEntryBytes + kSegmentFileFooterBytes);
    SegmentFileIndexEntry{Offset(1), 2, 3}.write(bytes.data());
    SegmentFileIndexEntry{Offset(4), 5, 6}.write(bytes.data() + kSegmentFileIndexEntryBytes);
    SegmentFileFooter footer;
    footer.index_entries = 2;
    footer.chunk_count = 10;
    footer.record_count = 100;
    footer.data_crc32c = 5;
    const std::size_t index_bytes = 2 * kSegmentFileIndexEntryBytes;
    footer.write(bytes.data() + index_bytes, Bytes(bytes).first(index_bytes));
    const Result<SegmentFileFooter> read = SegmentFileFooter::read(bytes);
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->chunk_count, 10U);
    EXPECT_EQ(read->record_count, 100);
    const SegmentFileIndexEntry second =
        SegmentFileIndexEntry::read(bytes.data() + kSegmentFileIndexEntryBytes);
    EXPECT_EQ(second.offset, Offset(4));
    EXPECT_EQ(second.timestamp_ms, 5);
    EXPECT_EQ(second.position, 6U);
    expect_every_flip_refused(bytes, [](Bytes at) { return SegmentFileFooter::read(at).ok(); });
    EXPECT_FALSE(SegmentFileFooter::read({}).ok());
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
