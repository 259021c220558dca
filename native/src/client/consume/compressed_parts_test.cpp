// Consumers and batches of compressed chunks, beside others that are not.
#include <gtest/gtest.h>

#include <vector>

#include "base/crc/crc32c.hpp"
#include "client/consume/consumer.hpp"
#include "client/testing/compressed_chunk.hpp"
#include "client/testing/scripted_read_world.hpp"

namespace kera {
namespace {

// Values that compress well.
std::vector<std::string> values_of(char letter, std::size_t count, std::size_t bytes = 100) {
    return std::vector<std::string>(count, std::string(bytes, letter));
}

struct CompressedWorld : ScriptedReadWorld {
    void keep(const std::vector<std::string>& values, Codec codec) {
        std::vector<std::byte> chunk = chunk_of(values);
        broker->keep(7, 0, codec == Codec::plain ? chunk : compressed(std::move(chunk), codec));
        expected.insert(expected.end(), values.begin(), values.end());
    }
    // Takes batches until nothing comes for some rounds.
    std::vector<const ReceivedPart*> take(Consumer& consumer) {
        std::vector<const ReceivedPart*> parts;
        for (int round = 0; round < 20; ++round) {
            const Result<const ReceivedPart*> part = consumer.take_batch();
            if (!part.ok()) {
                errors.push_back(part.error());
            } else if (*part != nullptr) {
                parts.push_back(*part);
                round = 0;
            }
        }
        return parts;
    }
    // The values of a batch; every chunk in it is whole, plain, and has right checksums.
    static std::vector<std::string> values_in(const ReceivedPart& part) {
        std::vector<std::string> values;
        for (Bytes rest = part.chunks; !rest.empty();) {
            const Result<ChunkView> chunk = first_chunk(rest);
            EXPECT_TRUE(chunk.ok());
            EXPECT_EQ(chunk->attributes() & kCodecMask, 0);
            EXPECT_TRUE(check_client_crc(chunk->bytes()).ok());
            for_each_record(*chunk, [&](const RecordView& record, Offset offset) {
                if (offset >= part.from) {
                    const Bytes value = record.value();
                    values.emplace_back(reinterpret_cast<const char*>(value.data()), value.size());
                }
            });
            rest = rest.subspan(chunk->chunk_bytes());
        }
        return values;
    }

    std::vector<std::string> expected;
};

TEST(CompressedPartsTest, records_come_as_if_nothing_had_been_compressed) {
    CompressedWorld world;
    world.keep(values_of('a', 50), Codec::lz4);
    world.keep(values_of('b', 2), Codec::plain);
    world.keep(values_of('c', 70), Codec::zstd);
    Consumer& consumer = world.consume();
    ASSERT_TRUE(consumer.assign(kFirst, StartAt::earliest()).ok());
    EXPECT_EQ(world.read(consumer), world.expected);
    EXPECT_TRUE(world.errors.empty());
    EXPECT_EQ(world.offsets.front(), 0);
    EXPECT_EQ(world.offsets.back(), 121);
    EXPECT_EQ(consumer.position(kFirst), Offset(122));
}

TEST(CompressedPartsTest, begins_in_the_middle_of_a_compressed_chunk) {
    CompressedWorld world;
    world.keep(values_of('a', 50), Codec::lz4);
    world.keep(values_of('b', 50), Codec::lz4);
    Consumer& consumer = world.consume();
    ASSERT_TRUE(consumer.assign(kFirst, StartAt::at(Offset(75))).ok());
    EXPECT_EQ(world.read(consumer), values_of('b', 25));
    ASSERT_TRUE(consumer.seek(kFirst, StartAt::at(Offset(49))).ok());
    std::vector<std::string> batch;
    for (const ReceivedPart* part : world.take(consumer)) {
        EXPECT_GE(part->from, Offset(49));
        const std::vector<std::string> values = CompressedWorld::values_in(*part);
        batch.insert(batch.end(), values.begin(), values.end());
        consumer.release(*part);
    }
    EXPECT_EQ(batch.size(), 51U);
    EXPECT_EQ(batch.front(), std::string(100, 'a'));
}

TEST(CompressedPartsTest, batches_are_plain_copies_of_bounded_length) {
    CompressedWorld world;
    for (int chunk = 0; chunk < 60; ++chunk) {
        world.keep(values_of(static_cast<char>('a' + chunk % 26), 60, 1000),
                   chunk % 3 == 0 ? Codec::plain : Codec::zstd);
    }
    Consumer& consumer = world.consume();
    ASSERT_TRUE(consumer.assign(kFirst, StartAt::earliest()).ok());
    // Any number is held, and given back in another order.
    const std::vector<const ReceivedPart*> parts = world.take(consumer);
    std::vector<std::string> values;
    std::size_t copies = 0;
    for (const ReceivedPart* part : parts) {
        copies += part->is_copy() ? 1U : 0U;
        EXPECT_LT(part->chunks.size(), (std::size_t{1} << 20U) + 70'000U);
        const std::vector<std::string> more = CompressedWorld::values_in(*part);
        values.insert(values.end(), more.begin(), more.end());
    }
    EXPECT_GT(copies, 3U);
    EXPECT_EQ(values, world.expected);
    EXPECT_EQ(consumer.position(kFirst), Offset(3600));
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
        consumer.release(**part);
    }
    ASSERT_TRUE(consumer.seek(kFirst, StartAt::at(Offset(0))).ok());
    std::vector<std::string> again;
    for (const ReceivedPart* part : world.take(consumer)) {
        const std::vector<std::string> more = CompressedWorld::values_in(*part);
        again.insert(again.end(), more.begin(), more.end());
        consumer.release(*part);
    }
    EXPECT_EQ(again, world.expected);
}

TEST(CompressedPartsTest, a_seek_leaves_the_rest_of_a_part_behind) {
    CompressedWorld world;
    for (int chunk = 0; chunk < 40; ++chunk) {
        world.keep(values_of('x', 60, 1000), Codec::lz4);
    }
    Consumer& consumer = world.consume();
    ASSERT_TRUE(consumer.assign(kFirst, StartAt::earliest()).ok());
    const ReceivedPart* first = nullptr;
    while (first == nullptr) {
        first = consumer.take_batch().value();
    }
    ASSERT_TRUE(first->is_copy());
    ASSERT_TRUE(consumer.seek(kFirst, StartAt::at(Offset(2390))).ok());
    const std::vector<const ReceivedPart*> after = world.take(consumer);
    ASSERT_EQ(after.size(), 1U);
    EXPECT_EQ(after.front()->from, Offset(2390));
    EXPECT_EQ(CompressedWorld::values_in(*after.front()).size(), 10U);
    EXPECT_EQ(CompressedWorld::values_in(*first).front(), std::string(1000, 'x'));
    consumer.release(*first);
    consumer.release(*after.front());
}

// Nobody but the reader looks into a compressed chunk. So it names what is damaged, and where the
// next chunk begins.
TEST(CompressedPartsTest, a_chunk_that_is_no_compressed_one_stops_its_streamlet_until_a_seek) {
    for (const bool batches : {false, true}) {
        CompressedWorld world;
        world.keep(values_of('a', 50), Codec::lz4);
        std::vector<std::byte> bad = compressed(chunk_of(values_of('b', 50)), Codec::lz4);
        std::fill(bad.begin() + kChunkHeaderBytes, bad.end(), std::byte{0xFF});
        store_le(bad.data() + kClientCrcAt,
                 crc32c(0, bad.data() + kClientPartAt, bad.size() - kClientPartAt));
        world.broker->keep(7, 0, bad);
        world.keep(values_of('c', 50), Codec::lz4);
        Consumer& consumer = world.consume();
        ASSERT_TRUE(consumer.assign(kFirst, StartAt::earliest()).ok());
        const auto read = [&] {
            if (!batches) {
                return world.read(consumer);
            }
            std::vector<std::string> values;
            for (const ReceivedPart* part : world.take(consumer)) {
                const std::vector<std::string> more = CompressedWorld::values_in(*part);
                values.insert(values.end(), more.begin(), more.end());
                consumer.release(*part);
            }
            return values;
        };
        EXPECT_EQ(read(), values_of('a', 50));
        ASSERT_EQ(world.errors.size(), 1U);
        EXPECT_EQ(world.errors.front(),
                  fail(ErrorCode::corrupt, "compressed_chunk_offset", 100, 50));
        EXPECT_EQ(consumer.position(kFirst), Offset(50));
        ASSERT_TRUE(consumer.seek(kFirst, StartAt::at(Offset(100))).ok());
        EXPECT_EQ(read(), values_of('c', 50));
    }
}

}  // namespace
}  // namespace kera
