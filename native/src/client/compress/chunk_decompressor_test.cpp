// What one side compresses, the other one decompresses; and what nobody compressed.
#include "client/compress/chunk_decompressor.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/crc/crc32c.hpp"
#include "base/random.hpp"
#include "client/testing/compressed_chunk.hpp"
#include "client/testing/scripted_read_world.hpp"
#include "wire/chunk/compressed_chunk.hpp"

namespace kera {
namespace {

constexpr std::size_t kAttributesAt = 66;
constexpr std::size_t kPayloadLengthAt = 72;
constexpr std::size_t kRecordCountAt = 76;
constexpr std::size_t kPlainAt = 108;

// The leader's part says that its first record has offset 40.
const ChunkPlace kPlace = [] {
    ChunkPlace place;
    place.base_offset = Offset(40);
    return place;
}();

std::vector<std::byte> text_chunk() {
    std::vector<std::string> values;
    for (int number = 0; number < 300; ++number) {
        values.push_back("order " + std::to_string(number) + ": three apples, two pears");
    }
    return chunk_of(values);
}

std::vector<std::byte> random_chunk() {
    Random random(7);
    std::string value(20'000, '.');
    std::ranges::generate(value, [&] { return static_cast<char>(random.next()); });
    return chunk_of({value});
}

void seal_again(std::vector<std::byte>& chunk) {
    store_le(chunk.data() + kClientCrcAt,
             crc32c(0, chunk.data() + kClientPartAt, chunk.size() - kClientPartAt));
}

class CompressionTest : public testing::TestWithParam<Codec> {
  protected:
    ChunkDecompressor decompressor_;
    PlainBytes plain_;
};

INSTANTIATE_TEST_SUITE_P(Codecs, CompressionTest, testing::Values(Codec::lz4, Codec::zstd),
                         [](const auto& one) { return one.param == Codec::lz4 ? "lz4" : "zstd"; });

TEST_P(CompressionTest, gives_every_byte_back) {
    const std::vector<std::byte> before = text_chunk();
    std::vector<std::byte> sent = compressed(before, GetParam());
    EXPECT_LT(sent.size(), before.size() / 2);
    write_place(sent.data(), kPlace);
    EXPECT_TRUE(check_chunk_crcs(sent).ok());
    ASSERT_TRUE(is_compressed(sent));

    ASSERT_TRUE(decompressor_.add_plain(sent, plain_).ok());
    std::vector<std::byte> expected = before;
    write_place(expected.data(), kPlace);
    EXPECT_TRUE(std::ranges::equal(plain_.bytes(), expected));
    // The same codec again, behind what is there.
    ASSERT_TRUE(decompressor_.add_plain(sent, plain_).ok());
    EXPECT_TRUE(std::ranges::equal(plain_.bytes().subspan(expected.size()), expected));
}

// A broker that shares the producer's memory may write there until the chunk is sent.
TEST_P(CompressionTest, believes_nothing_of_a_header_that_a_broker_can_write) {
    for (const std::uint32_t length : {0U, 1U, 8U, 0xFFFFFFFFU}) {
        const std::vector<std::byte> before = text_chunk();
        std::vector<std::byte> chunk = before;
        store_le(chunk.data() + kPayloadLengthAt, length);
        chunk = compressed(std::move(chunk), GetParam());
        EXPECT_EQ(load_le<std::uint32_t>(chunk.data() + kPlainAt),
                  before.size() - kChunkHeaderBytes);
        plain_.clear();
        ASSERT_TRUE(decompressor_.add_plain(chunk, plain_).ok()) << length;
        EXPECT_TRUE(std::ranges::equal(plain_.bytes().subspan(kClientPartAt),
                                       Bytes(before).subspan(kClientPartAt)));
    }
}

TEST_P(CompressionTest, leaves_a_chunk_alone_that_would_not_get_shorter) {
    const std::vector<std::byte> before = random_chunk();
    EXPECT_EQ(compressed(before, GetParam()), before);
    ASSERT_TRUE(decompressor_.add_plain(before, plain_).ok());
    EXPECT_TRUE(std::ranges::equal(plain_.bytes(), before));
}

TEST_P(CompressionTest, a_length_that_the_payload_does_not_have_is_corrupt) {
    const std::vector<std::byte> good = compressed(text_chunk(), GetParam());
    const auto plain_bytes = load_le<std::uint32_t>(good.data() + kPlainAt);
    for (const std::uint32_t claimed :
         {plain_bytes - 8, plain_bytes + 8, 8U, 0U, 12U, kPlainBytesMax, 0xFFFFFFF8U}) {
        std::vector<std::byte> chunk = good;
        store_le(chunk.data() + kPlainAt, claimed);
        seal_again(chunk);
        write_place(chunk.data(), kPlace);
        const Result<void> added = decompressor_.add_plain(chunk, plain_);
        ASSERT_FALSE(added.ok()) << claimed;
        EXPECT_EQ(added.error(), fail(ErrorCode::corrupt, "compressed_chunk_offset", 340, 40));
        EXPECT_TRUE(plain_.empty());
    }
}

TEST_P(CompressionTest, a_count_that_the_records_do_not_have_is_corrupt) {
    for (const std::uint32_t claimed : {299U, 301U, 1U}) {
        std::vector<std::byte> chunk = compressed(text_chunk(), GetParam());
        store_le(chunk.data() + kRecordCountAt, claimed);
        seal_again(chunk);
        EXPECT_EQ(decompressor_.add_plain(chunk, plain_).error().code, ErrorCode::corrupt);
    }
}

TEST_P(CompressionTest, bytes_that_are_no_payload_are_corrupt_or_well_formed_records) {
    Random random(11);
    const std::vector<std::byte> good = compressed(text_chunk(), GetParam());
    int corrupt = 0;
    for (int round = 0; round < 2000; ++round) {
        std::vector<std::byte> chunk = good;
        const std::size_t at = kChunkHeaderBytes + random.below(chunk.size() - kChunkHeaderBytes);
        chunk[at] ^= static_cast<std::byte>(1 + random.below(255));
        plain_.clear();
        const Result<void> added = decompressor_.add_plain(chunk, plain_);
        if (!added.ok()) {
            EXPECT_EQ(added.error().code, ErrorCode::corrupt);
            ++corrupt;
        }
    }
    EXPECT_GT(corrupt, 0);
    // A payload of the other codec, and one of nothing.
    std::vector<std::byte> other = good;
    store_le<std::uint16_t>(other.data() + kAttributesAt, GetParam() == Codec::lz4 ? 2 : 1);
    EXPECT_EQ(decompressor_.add_plain(other, plain_).error().code, ErrorCode::corrupt);
    std::fill(other.begin() + kChunkHeaderBytes, other.end(), std::byte{0});
    EXPECT_EQ(decompressor_.add_plain(other, plain_).error().code, ErrorCode::corrupt);
}

TEST(ChunkDecompressorTest, refuses_compressed_batches_of_another_format) {
    std::vector<std::byte> chunk = compressed(text_chunk(), Codec::lz4);
    store_le<std::uint8_t>(chunk.data() + 65, 2);
    PlainBytes plain;
    EXPECT_EQ(ChunkDecompressor().add_plain(chunk, plain).error(),
              fail(ErrorCode::unsupported, "payload_format", 1, 2));
}

}  // namespace
}  // namespace kera
