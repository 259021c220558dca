#include "client/consume/chunk_reader.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "base/bytes.hpp"
#include "wire/chunk/chunk_builder.hpp"

namespace kera {
namespace {

// A broker that shares its memory may write into it between the check and the reading.
TEST(ChunkReaderTest, follows_no_length_that_was_changed_after_the_check) {
    std::vector<std::byte> memory(1024);
    ChunkBuilder builder(MutableBytes(memory.data(), 512));
    static_cast<void>(builder.add(16, 1'000));
    static_cast<void>(builder.add(16, 1'000));
    ChunkIdentity identity;
    identity.stream = StreamId(1);
    identity.streamlet = StreamletId(0);
    const Bytes sealed = builder.seal(identity);
    ChunkPlace place;
    place.term = Term(1);
    write_place(memory.data(), place);
    const Result<Bytes> chunk = check_next_chunk(sealed, {});
    ASSERT_TRUE(chunk.ok()) << describe(chunk.error());
    // Payload length, count of records, and behind the chunk something that looks like another.
    ChunkView view(chunk->data());
    const std::uint32_t payload_bytes = view.payload_bytes();
    for (std::size_t at = 0; at + 4 <= kChunkHeaderBytes; at += 4) {
        if (load_le<std::uint32_t>(memory.data() + at) == payload_bytes ||
            load_le<std::uint32_t>(memory.data() + at) == view.record_count()) {
            store_le(memory.data() + at, std::uint32_t{1000});
        }
    }
    copy_bytes(memory.data() + sealed.size(), memory.data() + kChunkHeaderBytes, payload_bytes);
    ASSERT_EQ(view.payload_bytes(), 1000U);
    RecordReader reader;
    reader.enter(*chunk, StreamId(1), StreamletId(0), Offset(0));
    int records = 0;
    const auto count = [&records](const RecordView&, const RecordPlace&) { ++records; };
    reader.read(100, count);
    EXPECT_EQ(records, 2);
    EXPECT_TRUE(reader.damaged());
}

}  // namespace
}  // namespace kera
