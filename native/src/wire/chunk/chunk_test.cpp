#include "wire/chunk/chunk.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <vector>

#include "base/bytes.hpp"
#include "base/crc/crc32c.hpp"
#include "wire/chunk/chunk_builder.hpp"
#include "wire/chunk/compressed_chunk.hpp"
#include "wire/chunk/record.hpp"

namespace kera {
namespace {

Bytes text(std::string_view value) {
    return std::as_bytes(std::span(value));
}

std::string_view text(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// A buffer, and a chunk of three records in it.
struct ThreeRecords {
    alignas(8) std::array<std::byte, 4096> buffer{};
    MutableBytes chunk;

    ThreeRecords() {
        ChunkBuilder builder(buffer);
        copy_bytes(builder.add(5, 1000), text("first").data(), 5);
        const std::array<Bytes, 2> keys{text("k"), text("key2")};
        const std::array<RecordField, 2> fields{RecordField{"trace", text("abc")},
                                                RecordField{"none", std::nullopt}};
        builder.add(RecordContent{keys, fields, text("second")}, 1010);
        builder.add(RecordContent{{}, {}, std::nullopt}, 990);
        chunk = builder.seal(
            {StreamId(7), StreamletId(3), ProducerId(11), ProducerEpoch(2), Sequence(40), 0});
    }

    Result<ChunkInfo> check() const {
        return check_chunk_header(Bytes(chunk).first(kChunkHeaderBytes), chunk.size());
    }
    template <class T>
    void put(std::size_t at, T value) {
        store_le<T>(chunk.data() + at, value);
    }
};

TEST(ChunkTest, leaves_room_for_a_value_behind_keys_and_headers) {
    alignas(8) std::array<std::byte, 512> buffer{};
    ChunkBuilder builder(buffer);
    const std::array<Bytes, 1> keys{text("key")};
    const std::array<RecordField, 1> fields{RecordField{"trace", text("abc")}};
    const RecordContent content{keys, fields, std::nullopt};
    copy_bytes(builder.add(content, 5, 1000), text("later").data(), 5);
    EXPECT_EQ(builder.used_bytes(), kChunkHeaderBytes + record_bytes(content, 5));
    const MutableBytes chunk = builder.seal({StreamId(7), StreamletId(3), kNoProducer, {}, {}, 0});
    const ChunkView view(chunk.data());
    ASSERT_TRUE(check_records(view.payload(), 1).ok());
    const RecordView record(view.payload().data());
    EXPECT_TRUE(record.has_value());
    EXPECT_EQ(text(record.value()), "later");
    EXPECT_EQ(text(record.key(0)), "key");
    EXPECT_EQ(record.field(0).name, "trace");
}

TEST(ChunkTest, takes_no_record_whose_time_is_too_far_from_the_first) {
    alignas(8) std::array<std::byte, 512> buffer{};
    ChunkBuilder builder(buffer);
    EXPECT_TRUE(builder.spans(1'000'000'000'000));
    builder.add(std::uint32_t{0}, 1'000'000'000'000);
    EXPECT_TRUE(builder.spans(1'000'000'000'000 + 0x7FFFFFFF));
    EXPECT_FALSE(builder.spans(1'000'000'000'000 + 0x80000000LL));
    EXPECT_FALSE(builder.spans(0));
}

TEST(ChunkTest, stays_whole_when_it_is_numbered_anew) {
    const ThreeRecords made;
    renumber_chunk(made.chunk, ProducerId(12), ProducerEpoch(3), Sequence(0));
    const auto info = made.check();
    ASSERT_TRUE(info.ok());
    EXPECT_EQ(info->producer, ProducerId(12));
    EXPECT_EQ(info->producer_epoch, ProducerEpoch(3));
    EXPECT_EQ(info->base_sequence, Sequence(0));
    EXPECT_TRUE(check_client_crc(made.chunk).ok());
}

TEST(ChunkTest, is_read_back_as_it_was_built) {
    const ThreeRecords made;
    const auto info = made.check();
    ASSERT_TRUE(info.ok());
    EXPECT_EQ(info->record_count, 3U);
    EXPECT_EQ(info->stream, StreamId(7));
    EXPECT_EQ(info->producer, ProducerId(11));
    EXPECT_EQ(info->base_sequence, Sequence(40));
    EXPECT_EQ(info->first_timestamp_ms, 1000);
    EXPECT_EQ(info->max_timestamp_ms, 1010);
    EXPECT_TRUE(check_client_crc(made.chunk).ok());
    EXPECT_TRUE(check_records(ChunkView(made.chunk.data()).payload(), 3).ok());
}

TEST(ChunkTest, shows_values_keys_and_headers_in_place) {
    const ThreeRecords made;
    std::vector<RecordView> records;
    for_each_record(ChunkView(made.chunk.data()),
                    [&records](const RecordView& record, Offset) { records.push_back(record); });
    ASSERT_EQ(records.size(), 3U);
    EXPECT_EQ(text(records[0].value()), "first");
    EXPECT_EQ(text(records[1].value()), "second");
    EXPECT_EQ(text(records[1].key(0)), "k");
    EXPECT_EQ(text(records[1].key(1)), "key2");
    EXPECT_EQ(records[1].field(0).name, "trace");
    EXPECT_EQ(text(*records[1].field(0).value), "abc");
    EXPECT_EQ(records[1].field(1).name, "none");
    EXPECT_FALSE(records[1].field(1).value.has_value());
    EXPECT_EQ(records[1].timestamp_delta_ms(), 10);
    EXPECT_FALSE(records[2].has_value());
    EXPECT_EQ(records[2].timestamp_delta_ms(), -10);
}

TEST(ChunkTest, the_leaders_part_has_a_checksum_of_its_own) {
    ThreeRecords made;
    write_place(made.chunk.data(),
                {Term(3), Offset(500), 123, false, LaneId(1), GroupId(2), SegmentId(4), 640});
    EXPECT_TRUE(check_chunk_crcs(made.chunk).ok());
    const ChunkView view(made.chunk.data());
    EXPECT_EQ(view.base_offset(), Offset(500));
    EXPECT_EQ(view.end_offset(), Offset(503));
    EXPECT_EQ(view.place().position, 640);
    made.put<std::int64_t>(8, 501);
    EXPECT_EQ(check_chunk_crcs(made.chunk).error().code, ErrorCode::bad_checksum);
}

TEST(ChunkTest, any_flipped_bit_fails_a_checksum) {
    ThreeRecords made;
    write_place(made.chunk.data(), {});
    for (std::size_t at = 0; at < made.chunk.size(); ++at) {
        made.chunk[at] ^= std::byte{0x10};
        EXPECT_FALSE(check_chunk_crcs(made.chunk).ok()) << at;
        made.chunk[at] ^= std::byte{0x10};
    }
}

// What a client claims of a compressed payload, and of formats that mean nothing yet.
TEST(ChunkTest, refuses_claims_that_nobody_could_keep) {
    struct Case {
        const char* what;
        std::uint16_t attributes;
        std::uint8_t format;
        std::uint32_t plain_bytes;
        std::uint32_t records;
        Error expected;
    };
    constexpr std::uint16_t kLz4 = 1;
    constexpr std::uint32_t kMost = kPlainBytesMax;
    const std::array cases{
        Case{"more than any chunk holds", kLz4, 1, kMost + 8, 1,
             fail(ErrorCode::limit_exceeded, "plain_length", kMost, kMost + 8)},
        Case{"all bits", kLz4, 1, 0xFFFFFFFF, 1,
             fail(ErrorCode::limit_exceeded, "plain_length", kMost, 0xFFFFFFFF)},
        Case{"nothing", kLz4, 1, 0, 1, fail(ErrorCode::malformed, "plain_length", 8, 0)},
        Case{"half a word", kLz4, 1, 68, 1, fail(ErrorCode::malformed, "plain_length", 8, 68)},
        Case{"no room for its records", kLz4, 1, 64, 5,
             fail(ErrorCode::bad_record_count, "record_count", 4, 5)},
        Case{"a Kafka batch", 0, 2, 0, 3, fail(ErrorCode::unsupported, "payload_format", 1, 2)},
        Case{"transactional", kTransactional, 1, 0, 3,
             fail(ErrorCode::unsupported, "chunk_attributes", 7, kTransactional)},
        Case{"control", kControl, 1, 0, 3,
             fail(ErrorCode::unsupported, "chunk_attributes", 7, kControl)},
    };
    for (const Case& bad : cases) {
        ThreeRecords made;
        made.put(66, bad.attributes);
        made.put(65, bad.format);
        made.put(108, bad.plain_bytes);
        made.put(76, bad.records);
        // Recovery reads it, should it ever have been accepted.
        const Result<ChunkInfo> info = made.check();
        ASSERT_TRUE(info.ok()) << bad.what << describe(info.error());
        EXPECT_EQ(check_chunk_claims(*info).error(), bad.expected) << bad.what;
    }
    ThreeRecords fits;
    fits.put<std::uint16_t>(66, 2);
    fits.put<std::uint32_t>(108, kMost);
    EXPECT_TRUE(check_chunk_claims(fits.check().value()).ok());
}

TEST(ChunkTest, a_compressed_header_turns_back_into_the_plain_one) {
    ThreeRecords made;
    ChunkPlace place;
    place.base_offset = Offset(70);
    place.group = GroupId(3);
    write_place(made.chunk.data(), place);
    const std::vector<std::byte> before(made.chunk.begin(), made.chunk.end());
    const std::uint32_t plain_bytes = ChunkView(made.chunk.data()).payload_bytes();
    const std::uint32_t bytes = seal_compressed(made.chunk, Codec::zstd, 29);
    EXPECT_EQ(bytes, 160U);
    write_place(made.chunk.data(), place);
    EXPECT_TRUE(check_chunk_crcs(made.chunk.first(bytes)).ok());
    const ChunkInfo info = check_chunk_header(made.chunk.first(kChunkHeaderBytes), bytes).value();
    EXPECT_EQ(info.codec(), Codec::zstd);
    EXPECT_EQ(info.payload_bytes, 29U);
    EXPECT_EQ(info.plain_bytes, plain_bytes);
    EXPECT_EQ(info.record_count, 3U);

    ChunkHeaderCopy header;
    copy_bytes(header.data(), made.chunk.data(), header.size());
    std::vector<std::byte> after = before;
    zero_bytes(after.data(), kChunkHeaderBytes);
    seal_decompressed(after, header);
    EXPECT_EQ(after, before);
}

TEST(ChunkTest, refuses_what_does_not_fit_and_says_why) {
    struct Case {
        std::size_t at;
        std::uint32_t value;
        ErrorCode code;
        const char* what;
    };
    const std::uint32_t length = static_cast<std::uint32_t>(ThreeRecords().chunk.size());
    const std::array cases{
        Case{60, 0x4152454A, ErrorCode::malformed, "chunk_magic"},
        Case{68, 120, ErrorCode::malformed, "chunk_length"},
        Case{68, length + 8, ErrorCode::malformed, "chunk_length"},
        Case{68, length - 4, ErrorCode::malformed, "chunk_length"},
        Case{72, length, ErrorCode::malformed, "payload_length"},
        Case{72, 8, ErrorCode::malformed, "payload_length"},
        Case{76, 0, ErrorCode::bad_record_count, "record_count"},
        Case{76, 1000, ErrorCode::bad_record_count, "record_count"},
        Case{94, 1, ErrorCode::malformed, "chunk_reserved"},
        Case{108, 8, ErrorCode::malformed, "plain_length"},
        Case{104, 0x80000000, ErrorCode::malformed, "base_sequence"},
    };
    for (const Case& bad : cases) {
        ThreeRecords made;
        made.put<std::uint32_t>(bad.at, bad.value);
        const auto info = made.check();
        ASSERT_FALSE(info.ok()) << bad.what << bad.value;
        EXPECT_EQ(info.error().code, bad.code) << bad.what;
        EXPECT_STREQ(info.error().what, bad.what);
    }
    ThreeRecords newer;
    newer.put<std::uint8_t>(64, 2);
    EXPECT_EQ(newer.check().error(), fail(ErrorCode::unsupported, "chunk_version", 1, 2));
    ThreeRecords format;
    format.put<std::uint8_t>(65, 9);
    EXPECT_EQ(format.check().error().code, ErrorCode::unsupported);
    EXPECT_FALSE(check_chunk_header(Bytes(newer.chunk).first(127), 127).ok());
}

TEST(ChunkTest, times_and_offsets_that_could_overflow_are_refused) {
    constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();
    for (const std::size_t at : {std::size_t{112}, std::size_t{120}}) {
        for (const std::int64_t time_ms : {kEnd, -kEnd, kTimestampMsMax + 1}) {
            ThreeRecords made;
            made.put<std::int64_t>(at, time_ms);
            EXPECT_EQ(made.check().error(),
                      fail(ErrorCode::invalid_argument, "timestamp_ms", kTimestampMsMax, time_ms));
        }
    }
    for (const std::int64_t offset : {kEnd, std::int64_t{-1}}) {
        ThreeRecords made;
        made.put<std::int64_t>(8, offset);
        EXPECT_EQ(first_chunk(made.chunk).error(),
                  fail(ErrorCode::malformed, "base_offset", kOffsetMax.value(), offset));
    }
    ThreeRecords made;
    made.put<std::int64_t>(16, kEnd);
    EXPECT_EQ(first_chunk(made.chunk).error(),
              fail(ErrorCode::malformed, "append_time_ms", kTimestampMsMax, kEnd));
}

TEST(ChunkTest, the_leader_can_say_that_times_are_those_of_append) {
    ThreeRecords made;
    ChunkPlace place;
    place.append_time_ms = 123;
    write_place(made.chunk.data(), place);
    EXPECT_FALSE(ChunkView(made.chunk.data()).takes_append_time());
    place.takes_append_time = true;
    write_place(made.chunk.data(), place);
    EXPECT_TRUE(check_chunk_crcs(made.chunk).ok());
    EXPECT_EQ(ChunkView(made.chunk.data()).max_timestamp_ms(), 123);
}

TEST(ChunkTest, a_lying_record_count_is_found_by_hopping) {
    const ThreeRecords made;
    const Bytes payload = ChunkView(made.chunk.data()).payload();
    EXPECT_EQ(check_records(payload, 2).error().code, ErrorCode::bad_record_count);
    EXPECT_EQ(check_records(payload, 4).error().code, ErrorCode::bad_record_count);
}

TEST(ChunkTest, records_that_overlap_or_overrun_are_refused) {
    ThreeRecords made;
    const std::size_t first = kChunkHeaderBytes;
    const Bytes payload = ChunkView(made.chunk.data()).payload();
    for (const std::uint32_t length : {0U, 8U, 20U, 0xFFFFFFF8U, 16U}) {
        made.put<std::uint32_t>(first, length);
        EXPECT_FALSE(check_records(payload, 3).ok()) << length;
    }
    ThreeRecords keys;
    keys.put<std::uint8_t>(first + 5, 200);
    EXPECT_FALSE(check_records(ChunkView(keys.chunk.data()).payload(), 3).ok());
    ThreeRecords value;
    value.put<std::uint32_t>(first + 12, 0xFFFFFFFF);
    EXPECT_FALSE(check_records(ChunkView(value.chunk.data()).payload(), 3).ok());
}

TEST(ChunkBuilderTest, announces_exactly_what_a_record_takes) {
    const std::array<Bytes, 1> keys{text("abcde")};
    const std::array<RecordField, 1> fields{RecordField{"n", text("vv")}};
    const RecordContent content{keys, fields, text("value")};
    alignas(8) std::array<std::byte, 512> buffer{};
    ChunkBuilder builder(buffer);
    builder.add(content, 0);
    EXPECT_EQ(builder.used_bytes(), kChunkHeaderBytes + record_bytes(content));
    EXPECT_EQ(record_bytes(std::uint64_t{0}), 16U);
    EXPECT_EQ(record_bytes(std::uint64_t{100}), 120U);
}

TEST(ChunkBuilderTest, takes_back_the_last_record) {
    alignas(8) std::array<std::byte, 512> buffer{};
    ChunkBuilder builder(buffer);
    builder.add(8, 0);
    builder.add(8, 0);
    builder.remove_last(record_bytes(std::uint64_t{8}));
    const MutableBytes chunk = builder.seal({});
    EXPECT_EQ(ChunkView(chunk.data()).record_count(), 1U);
    EXPECT_TRUE(check_records(ChunkView(chunk.data()).payload(), 1).ok());
}

}  // namespace
}  // namespace kera
