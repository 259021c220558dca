// An offset that was given to a record is never given to another one, whatever rots. One thread.
#include <gtest/gtest.h>

#include "vlog/testing/virtual_log_world.hpp"
#include "wire/file/journal_layout.hpp"
#include "wire/file/segment_layout.hpp"

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
    // All of it in closed segment files, and nothing in journals.
    void fill_files(int count) {
        append_many(count);
        world_.settle();
        ASSERT_TRUE(world_.start().ok());
        world_.settle();
        for (const std::string& path : world_.media().paths()) {
            if (path.starts_with("journal/")) {
                world_.media().remove(path);
            }
        }
        world_.media().sync_names();
    }
    std::shared_ptr<SimFile> newest_segment() {
        Offset last(-1);
        for (const std::string& path : world_.media().paths()) {
            const Result<SegmentFileHeader> header =
                path.ends_with(".seg")
                    ? SegmentFileHeader::read(world_.media().find(path)->bytes())
                    : Result<SegmentFileHeader>(fail(ErrorCode::malformed, "path"));
            if (header.ok() && header->last_offset > last) {
                last = header->last_offset;
                newest_ = path;
            }
        }
        return world_.media().find(newest_);
    }
    void expect_next(Offset next) {
        EXPECT_EQ(world_.streamlet().next_offset(), next);
        EXPECT_EQ(world_.streamlet().readable_head(), next);
    }

    VirtualLogWorld world_{3};
    std::string newest_;
};

TEST_F(GivenOffsetsTest, of_a_segment_of_which_only_the_header_is_left) {
    fill_files(100);
    const std::shared_ptr<SimFile> file = newest_segment();
    std::uint64_t at = kSegmentFileHeaderBytes;
    for (; at < file->size(); at += 64) {
        file->flip_bit(at * 8);
    }
    const std::vector<std::byte> bytes(file->bytes().begin(), file->bytes().end());
    for (int start = 0; start < 2; ++start) {
        SCOPED_TRACE(start);
        ASSERT_TRUE(world_.start().ok());
        EXPECT_LT(world_.found().size(), 100U);
        EXPECT_FALSE(world_.problems().empty());
        expect_next(Offset(100));
        world_.settle();
    }
    append_many(4);
    world_.settle();
    expect_next(Offset(104));
    ASSERT_TRUE(world_.start().ok());
    expect_next(Offset(104));
    // Nor is its file's name given to another one.
    EXPECT_TRUE(std::ranges::equal(world_.media().find(newest_)->bytes(), bytes));
}

TEST_F(GivenOffsetsTest, of_a_segment_that_is_written_again_without_its_last_chunk) {
    fill_files(100);
    const std::shared_ptr<SimFile> file = newest_segment();
    const Result<SegmentFileHeader> header = SegmentFileHeader::read(file->bytes());
    file->flip_bit(8 * (kSegmentFileHeaderBytes + header->data_bytes - 100));
    for (int start = 0; start < 2; ++start) {
        SCOPED_TRACE(start);
        ASSERT_TRUE(world_.start().ok());
        EXPECT_EQ(world_.found().size(), 99U);
        expect_next(Offset(100));
        world_.settle();
    }
}

TEST_F(GivenOffsetsTest, of_what_memory_has_no_room_for) {
    fill_files(100);
    const std::shared_ptr<SimFile> file = newest_segment();
    const Result<SegmentFileHeader> header = SegmentFileHeader::read(file->bytes());
    file->flip_bit(8 * (kSegmentFileHeaderBytes + header->data_bytes - 100));
    world_.set_full(true);
    for (int start = 0; start < 2; ++start) {
        SCOPED_TRACE(start);
        ASSERT_TRUE(world_.start().ok());
        EXPECT_EQ(world_.found().size(), 99U);
        expect_next(Offset(100));
    }
}

TEST_F(GivenOffsetsTest, of_a_chunk_that_only_the_journal_had) {
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

// A checkpoint that was being written again when the node was killed: its last chunk is there in
// part, and whole in the journal.
TEST_F(GivenOffsetsTest, none_is_lost_to_a_checkpoint_of_which_the_journal_has_everything) {
    append_many(4);
    wait();
    SegmentPlace place;
    std::vector<std::byte> data;
    std::size_t last = 0;
    for_each_chunk_of(*world_.media().find("journal/0/0.journal"), [&](std::uint64_t, Bytes body) {
        const ChunkView chunk(body.data());
        if (chunk.place().lane == LaneId(1)) {
            place = {chunk.info().stream, chunk.info().streamlet, chunk.place().lane,
                     chunk.place().group, chunk.place().segment};
            last = data.size();
            data.insert(data.end(), body.begin(), body.end());
        }
    });
    ASSERT_GT(last, 0U);
    SegmentFileFacts facts;
    facts.capacity_bytes = 64_KiB;
    const SegmentFileHeaderBlock header = encode_segment_file_header(place, {}, facts);
    const std::shared_ptr<SimFile> file = world_.media().create(segment_file_path(place));
    file->write(0, header);
    file->write(header.size(), Bytes(data).first(last + 512));
    ASSERT_TRUE(world_.start().ok());
    EXPECT_EQ(world_.found().size(), 4U);
    EXPECT_TRUE(world_.problems().empty());
    expect_next(Offset(4));
}

TEST_F(GivenOffsetsTest, rot_before_the_last_record_leaves_the_next_offset_where_it_was) {
    fill_files(100);
    const std::shared_ptr<SimFile> file = newest_segment();
    file->flip_bit(8 * (kSegmentFileHeaderBytes + 600));
    ASSERT_TRUE(world_.start().ok());
    EXPECT_EQ(world_.found().size(), 99U);
    expect_next(Offset(100));
}

}  // namespace
}  // namespace kera
