// An offset that was given to a record is never given to another one, whatever rots. One thread.
#include <gtest/gtest.h>

#include "vlog/testing/virtual_log_world.hpp"
#include "wire/file/journal_layout.hpp"

namespace kera {
namespace {

class GivenOffsetsTest : public testing::Test {
  protected:
    GivenOffsetsTest() { EXPECT_TRUE(world_.start().ok()); }

    void append_many(int count) {
        for (int i = 0; i < count; ++i) {
            world_.append(static_cast<std::uint16_t>(i % 2), 1000);
            world_.step();
        }
    }
    // Long enough for all of it to be in the journal.
    void wait() {
        const std::int64_t end_ns = world_.clock().now_ns() + kNanosPerSecond / 2;
        while (world_.clock().now_ns() < end_ns) {
            world_.step();
        }
    }
    // Calls take(where it begins in the file, its body) for each chunk of a journal file.
    template <class Take>
    void for_each_chunk_of(const SimFile& journal, Take&& take) {
        for (std::uint64_t at = kJournalFileHeaderBytes;;) {
            const auto entry = JournalEntryHeader::read(journal.bytes().subspan(at));
            if (!entry.ok()) {
                return;
            }
            at += kJournalEntryHeaderBytes;
            if (entry->kind == JournalEntryKind::chunk) {
                take(at, journal.bytes().subspan(at, entry->body_bytes));
            }
            at += entry->body_bytes;
        }
    }
    void expect_next(Offset next) {
        EXPECT_EQ(world_.streamlet().next_offset(), next);
        EXPECT_EQ(world_.streamlet().readable_head(), next);
    }

    VirtualLogWorld world_{3};
};

TEST_F(GivenOffsetsTest, of_the_last_chunk) {
    append_many(4);
    wait();
    const std::shared_ptr<SimFile> file = world_.media().find("journal/0/0.journal");
    std::uint64_t last = 0;
    for_each_chunk_of(*file, [&last](std::uint64_t at, Bytes) { last = at; });
    file->flip_bit(8 * (last + kChunkHeaderBytes + 500));
    for (int start = 0; start < 2; ++start) {
        SCOPED_TRACE(start);
        ASSERT_TRUE(world_.start().ok());
        EXPECT_EQ(world_.found().size(), 3U);
        EXPECT_GE(world_.streamlet().next_offset(), Offset(4));
        world_.settle();
    }
}

// Nothing that follows is lost with it, so the next offset is known.
TEST_F(GivenOffsetsTest, rot_before_the_last_record_leaves_the_next_offset_where_it_was) {
    append_many(100);
    wait();
    const std::shared_ptr<SimFile> file = world_.media().find("journal/0/0.journal");
    std::uint64_t first = 0;
    for_each_chunk_of(*file,
                      [&first](std::uint64_t at, Bytes) { first = first == 0 ? at : first; });
    file->flip_bit(8 * (first + kChunkHeaderBytes + 500));
    ASSERT_TRUE(world_.start().ok());
    EXPECT_EQ(world_.found().size(), 99U);
    expect_next(Offset(100));
}

}  // namespace
}  // namespace kera
