#include "storage/segment/append.hpp"

#include <functional>

#include "base/bytes.hpp"
#include "base/crc/crc32c.hpp"
#include "storage/testing/storage_fixture.hpp"

namespace kera {
namespace {

// Where fields of a chunk header and of its first record lie; see sbe-schemas.
constexpr std::uint32_t kMagicAt = codec::chunk::ChunkHeader::magicEncodingOffset();
constexpr std::uint32_t kVersionAt = codec::chunk::ChunkHeader::versionEncodingOffset();
constexpr std::uint32_t kLengthAt = codec::chunk::ChunkHeader::chunkLengthEncodingOffset();
constexpr std::uint32_t kPayloadAt = codec::chunk::ChunkHeader::payloadLengthEncodingOffset();
constexpr std::uint32_t kCountAt = codec::chunk::ChunkHeader::recordCountEncodingOffset();
constexpr std::uint32_t kFormatAt = codec::chunk::ChunkHeader::payloadFormatEncodingOffset();
constexpr std::uint32_t kPlainAt = codec::chunk::ChunkHeader::plainLengthEncodingOffset();
constexpr std::uint32_t kRecordLengthAt =
    kChunkHeaderBytes + codec::chunk::RecordHeader::recordLengthEncodingOffset();
constexpr std::uint32_t kValueLengthAt =
    kChunkHeaderBytes + codec::chunk::RecordHeader::valueLengthEncodingOffset();
constexpr std::uint32_t kKeyCountAt =
    kChunkHeaderBytes + codec::chunk::RecordHeader::keyCountEncodingOffset();

void seal_again(TestChunk& chunk) {
    const std::uint32_t crc = crc32c(0, chunk.data() + kClientPartAt, chunk.size() - kClientPartAt);
    store_le(chunk.data() + kClientCrcAt, crc);
}

// Each test sends one bad chunk between two good ones, and finds the good ones as if nothing had
// been between them.
class BadChunkTest : public StorageFixture {
  protected:
    static constexpr ProducerId kProducer{11};

    TestChunk good(std::int32_t sequence) {
        return TestChunk({.producer = kProducer,
                          .epoch = ProducerEpoch(4),
                          .sequence = Sequence(sequence),
                          .records = 3});
    }

    void SetUp() override {
        streamlet_ = make_streamlet();
        start();
    }

    void start() {
        const TestChunk first = TestChunk({.producer = kProducer,
                                           .epoch = ProducerEpoch(4),
                                           .sequence = Sequence(0),
                                           .records = 3});
        EXPECT_EQ(lane().append(first.bytes(), context())->base_offset, Offset(0));
    }

    Lane& lane() { return streamlet_->lane(LaneId(0)); }

    void expect_refused(Bytes fragment, const Error& expected) {
        const StreamletCounters before = streamlet_->counters();
        const std::size_t used_bytes = pool_->used_bytes();
        const Result<Appended> refused = lane().append(fragment, context());
        ASSERT_FALSE(refused.ok());
        EXPECT_EQ(describe(refused.error()), describe(expected));
        EXPECT_EQ(refused.error(), expected);
        expect_no_trace(before, used_bytes);
    }

    void expect_refused(Bytes fragment, ErrorCode code, const char* what) {
        const StreamletCounters before = streamlet_->counters();
        const std::size_t used_bytes = pool_->used_bytes();
        const Result<Appended> refused = lane().append(fragment, context());
        ASSERT_FALSE(refused.ok());
        EXPECT_EQ(refused.error().code, code) << describe(refused.error());
        EXPECT_STREQ(refused.error().what, what);
        expect_no_trace(before, used_bytes);
    }

    void expect_no_trace(const StreamletCounters& before, std::size_t used_bytes) {
        EXPECT_EQ(pool_->used_bytes(), used_bytes);
        const StreamletCounters after = streamlet_->counters();
        EXPECT_EQ(after.next_offset, before.next_offset);
        EXPECT_EQ(after.readable_head, before.next_offset);
        EXPECT_EQ(after.appended_bytes, before.appended_bytes);
        const TestChunk next = good(3);
        EXPECT_EQ(lane().append(next.bytes(), context())->base_offset, Offset(3));
        SpanList out;
        Cursor cursor;
        (void)Reader(*streamlet_).read(cursor, Offset(0), 1U << 20U, out).value();
        EXPECT_EQ(base_offsets(out), (std::vector<std::int64_t>{0, 3}));
    }

    Streamlet* streamlet_ = nullptr;
};

TEST_F(BadChunkTest, refuses_a_truncated_chunk) {
    const TestChunk chunk = good(3);
    expect_refused(chunk.bytes().first(chunk.size() - 8),
                   fail(ErrorCode::malformed, "chunk_length", chunk.size() - 8, chunk.size()));
}

TEST_F(BadChunkTest, refuses_a_truncated_header) {
    const TestChunk chunk = good(3);
    expect_refused(chunk.bytes().first(kChunkHeaderBytes - 8),
                   fail(ErrorCode::malformed, "chunk_bytes", 128, 120));
}

TEST_F(BadChunkTest, refuses_bytes_after_the_chunk) {
    TestChunk chunk = good(3);
    store_le<std::uint32_t>(chunk.data() + kLengthAt, chunk.size() - 8);
    store_le<std::uint32_t>(chunk.data() + kPayloadAt, chunk.size() - 8 - kChunkHeaderBytes);
    seal_again(chunk);
    expect_refused(chunk.bytes(),
                   fail(ErrorCode::malformed, "chunk_length", chunk.size(), chunk.size() - 8));
}

TEST_F(BadChunkTest, refuses_an_oversized_chunk) {
    StreamletSettings settings;
    settings.chunk_bytes_max = 1'024;
    streamlet_ = make_streamlet(1, settings);
    start();
    const TestChunk chunk({.value_bytes = 2'000});
    expect_refused(chunk.bytes(),
                   fail(ErrorCode::limit_exceeded, "chunk_bytes", 1'024, chunk.size()));
}

TEST_F(BadChunkTest, refuses_a_length_that_reaches_beyond_the_fragment) {
    TestChunk chunk = good(3);
    store_le<std::uint32_t>(chunk.data() + kLengthAt, 0xFFFFFFF8U);
    expect_refused(chunk.bytes(),
                   fail(ErrorCode::malformed, "chunk_length", chunk.size(), 0xFFFFFFF8LL));
}

TEST_F(BadChunkTest, refuses_a_misaligned_chunk) {
    const TestChunk chunk = good(3);
    std::vector<std::uint64_t> room(chunk.size() / 8 + 1);
    std::byte* at = reinterpret_cast<std::byte*>(room.data()) + 4;
    copy_bytes(at, chunk.bytes().data(), chunk.size());
    expect_refused(Bytes(at, chunk.size()), fail(ErrorCode::malformed, "chunk_alignment", 8, 4));
}

TEST_F(BadChunkTest, refuses_a_length_that_is_not_aligned) {
    TestChunk chunk = good(3);
    store_le<std::uint32_t>(chunk.data() + kLengthAt, chunk.size() - 4);
    expect_refused(chunk.bytes(), ErrorCode::malformed, "chunk_length");
}

TEST_F(BadChunkTest, refuses_a_wrong_version) {
    TestChunk chunk = good(3);
    store_le<std::uint8_t>(chunk.data() + kVersionAt, 2);
    seal_again(chunk);
    expect_refused(chunk.bytes(), fail(ErrorCode::unsupported, "chunk_version", 1, 2));
}

TEST_F(BadChunkTest, refuses_a_bad_magic) {
    TestChunk chunk = good(3);
    store_le<std::uint32_t>(chunk.data() + kMagicAt, 0x12345678);
    seal_again(chunk);
    expect_refused(chunk.bytes(),
                   fail(ErrorCode::malformed, "chunk_magic", kChunkMagic, 0x12345678));
}

TEST_F(BadChunkTest, refuses_any_flipped_bit_under_the_checksum) {
    const TestChunk whole = good(3);
    for (const std::uint32_t at : {kChunkHeaderBytes, kChunkHeaderBytes + 17, whole.size() - 1}) {
        streamlet_ = make_streamlet();
        start();
        TestChunk chunk = good(3);
        chunk.data()[at] ^= std::byte{0x10};
        expect_refused(chunk.bytes(), ErrorCode::bad_checksum, "client_crc32c");
    }
}

TEST_F(BadChunkTest, refuses_a_record_count_that_lies) {
    for (const std::uint32_t count : {1U, 2U, 4U}) {
        streamlet_ = make_streamlet();
        start();
        TestChunk chunk = good(3);
        store_le<std::uint32_t>(chunk.data() + kCountAt, count);
        seal_again(chunk);
        const Result<Appended> refused = lane().append(chunk.bytes(), context());
        ASSERT_FALSE(refused.ok()) << count;
        EXPECT_EQ(refused.error().code, ErrorCode::bad_record_count);
        EXPECT_EQ(streamlet_->next_offset(), Offset(3));
    }
}

TEST_F(BadChunkTest, refuses_a_chunk_without_records) {
    TestChunk chunk = good(3);
    store_le<std::uint32_t>(chunk.data() + kCountAt, 0);
    seal_again(chunk);
    expect_refused(chunk.bytes(), fail(ErrorCode::bad_record_count, "record_count", 1, 0));
}

TEST_F(BadChunkTest, refuses_a_count_of_compressed_records_that_no_sequence_can_hold) {
    TestChunk chunk({.producer = kProducer,
                     .epoch = ProducerEpoch(4),
                     .sequence = Sequence(3),
                     .attributes = static_cast<std::uint16_t>(Codec::lz4)});
    store_le<std::uint32_t>(chunk.data() + kCountAt, 0x80000000U);
    seal_again(chunk);
    expect_refused(chunk.bytes(), ErrorCode::bad_record_count, "record_count");
}

TEST_F(BadChunkTest, refuses_a_record_that_overlaps_the_next) {
    TestChunk chunk = good(3);
    store_le<std::uint32_t>(chunk.data() + kRecordLengthAt, 16 + 32);
    seal_again(chunk);
    expect_refused(chunk.bytes(), ErrorCode::malformed, "value_length");
}

TEST_F(BadChunkTest, refuses_a_record_that_reaches_beyond_the_payload) {
    TestChunk chunk = good(3);
    store_le<std::uint32_t>(chunk.data() + kRecordLengthAt, chunk.size());
    seal_again(chunk);
    expect_refused(chunk.bytes(), ErrorCode::malformed, "record_length");
}

TEST_F(BadChunkTest, refuses_a_record_length_of_zero) {
    TestChunk chunk = good(3);
    store_le<std::uint32_t>(chunk.data() + kRecordLengthAt, 0);
    seal_again(chunk);
    expect_refused(chunk.bytes(), ErrorCode::malformed, "record_length");
}

TEST_F(BadChunkTest, refuses_a_value_longer_than_its_record) {
    TestChunk chunk = good(3);
    store_le<std::uint32_t>(chunk.data() + kValueLengthAt, 0xFFFFFFF0U);
    seal_again(chunk);
    expect_refused(chunk.bytes(), ErrorCode::malformed, "value_length");
}

TEST_F(BadChunkTest, refuses_keys_that_reach_beyond_their_record) {
    TestChunk chunk = good(3);
    store_le<std::uint8_t>(chunk.data() + kKeyCountAt, 255);
    seal_again(chunk);
    expect_refused(chunk.bytes(), ErrorCode::malformed, "value_length");
}

TEST_F(BadChunkTest, refuses_a_sequence_gap) {
    expect_refused(good(5).bytes(), fail(ErrorCode::sequence_gap, "base_sequence", 3, 5));
}

TEST_F(BadChunkTest, refuses_an_old_epoch) {
    const TestChunk chunk(
        {.producer = kProducer, .epoch = ProducerEpoch(3), .sequence = Sequence(3), .records = 3});
    expect_refused(chunk.bytes(), fail(ErrorCode::stale_producer_epoch, "producer_epoch", 4, 3));
}

TEST_F(BadChunkTest, refuses_a_producer_that_it_does_not_know) {
    const TestChunk chunk({.producer = ProducerId(12), .sequence = Sequence(3)});
    expect_refused(chunk.bytes(), fail(ErrorCode::unknown_producer, "producer_id", 0, 12));
}

TEST_F(BadChunkTest, refuses_a_chunk_for_another_stream) {
    const TestChunk chunk({.stream = StreamId(8)});
    expect_refused(chunk.bytes(), fail(ErrorCode::unknown_stream, "stream_id", 7, 8));
}

TEST_F(BadChunkTest, refuses_a_chunk_for_another_streamlet) {
    const TestChunk chunk({.streamlet = StreamletId(4)});
    expect_refused(chunk.bytes(), fail(ErrorCode::unknown_stream, "streamlet_id", 3, 4));
}

TEST_F(BadChunkTest, gives_back_a_segment_that_only_a_bad_chunk_needed) {
    TestChunk chunk({.value_bytes = 1U << 20U});
    chunk.data()[500] ^= std::byte{1};
    expect_refused(chunk.bytes(), ErrorCode::bad_checksum, "client_crc32c");
}

TEST_F(BadChunkTest, appends_nothing_to_a_streamlet_that_was_deleted) {
    streamlet_->mark_deleted();
    const Result<Appended> refused = lane().append(good(3).bytes(), context());
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::unknown_stream);
    EXPECT_EQ(streamlet_->next_offset(), Offset(3));
}

TEST_F(BadChunkTest, refuses_formats_that_mean_nothing_yet) {
    TestChunk kafka = good(3);
    store_le<std::uint8_t>(kafka.data() + kFormatAt, 2);
    seal_again(kafka);
    expect_refused(kafka.bytes(), fail(ErrorCode::unsupported, "payload_format", 1, 2));
    const TestChunk control({.producer = kProducer,
                             .epoch = ProducerEpoch(4),
                             .sequence = Sequence(3),
                             .records = 3,
                             .attributes = kControl});
    expect_refused(control.bytes(),
                   fail(ErrorCode::unsupported, "chunk_attributes", kCodecMask, kControl));
}

TEST_F(BadChunkTest, takes_compressed_chunks_without_looking_inside) {
    TestChunk chunk({.records = 3, .attributes = static_cast<std::uint16_t>(Codec::zstd)});
    store_le<std::uint32_t>(chunk.data() + kCountAt, 1'000);
    store_le<std::uint32_t>(chunk.data() + kPlainAt, 16'000);
    store_le<std::uint32_t>(chunk.data() + kRecordLengthAt, 3);
    seal_again(chunk);
    EXPECT_EQ(lane().append(chunk.bytes(), context())->record_count, 1'000u);
    EXPECT_EQ(streamlet_->next_offset(), Offset(1'003));
}

}  // namespace
}  // namespace kera
