// Journal files without a header that could be believed: what is found again, and what is kept.
// One thread.
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "vlog/testing/journal_world.hpp"

namespace kera {
namespace {

class JournalHeaderRotTest : public testing::Test {
  protected:
    JournalHeaderRotTest() { world_.start(); }

    JournalWorld world_{1};
};

TEST_F(JournalHeaderRotTest, a_rotten_file_header_costs_nothing) {
    for (int i = 0; i < 30; ++i) {
        world_.run_until_durable(world_.append(1000, true));
    }
    const JournalScan before = world_.scan();
    world_.media().find("journal/0/0.journal")->flip_bit(100);
    const JournalScan after = world_.scan();
    EXPECT_TRUE(after.files[0].header_error.has_value());
    EXPECT_EQ(after.entries.size(), before.entries.size());
    EXPECT_TRUE(after.rotten.empty());
}

// A journal whose files have been used again: of the live ones some hold what is needed, and the
// last file is prepared, with the entries of its life before.
void use_files_again(JournalWorld& world) {
    JournalScan scan;
    for (int i = 0; i < 100 || scan.files.back().begun; ++i) {
        world.run_until_durable(world.append(1000, true));
        const Position durable = world.journal().durable_position();
        world.cut(Position(std::max<std::int64_t>(durable.value() - 30'000, 0)));
        world.run_for(kNanosPerMilli);
        scan = world.scan();
    }
    const std::string last = journal_file_path(ReactorId(0), scan.files.back().number);
    const Bytes leftovers = world.media().find(last)->bytes().subspan(kJournalFileHeaderBytes);
    ASSERT_TRUE(JournalEntryHeader::read(leftovers).ok());
    ASSERT_GE(std::ranges::count_if(scan.files, &ScannedJournalFile::begun), 3);
}

TEST_F(JournalHeaderRotTest,
       no_bit_that_rots_in_any_files_header_costs_an_entry_or_finds_an_old_one) {
    use_files_again(world_);
    const JournalScan before = world_.scan();
    for (const ScannedJournalFile& file : before.files) {
        const auto media = world_.media().find(journal_file_path(ReactorId(0), file.number));
        for (std::uint64_t bit = 0; bit < 8ULL * kJournalFileHeaderBytes; ++bit) {
            media->flip_bit(bit);
            const JournalScan scan = world_.scan();
            media->flip_bit(bit);
            world_.expect_found(scan);
            ASSERT_EQ(scan.entries.size(), before.entries.size()) << file.number << " " << bit;
            ASSERT_EQ(scan.end, before.end) << file.number << " " << bit;
            ASSERT_FALSE(scan.torn.has_value());
            for (std::size_t i = 0; i < scan.files.size(); ++i) {
                ASSERT_EQ(scan.files[i].begun, before.files[i].begun) << file.number << " " << bit;
                ASSERT_FALSE(scan.files[i].cut_back);
            }
        }
    }
}

TEST_F(JournalHeaderRotTest,
       a_prepared_file_with_any_header_at_all_costs_nothing_when_the_node_goes_on) {
    use_files_again(world_);
    const JournalScan before = world_.scan();
    const auto media =
        world_.media().find(journal_file_path(ReactorId(0), before.files.back().number));
    std::vector<std::byte> noise(kJournalFileHeaderBytes);
    for (std::byte& one : noise) {
        one = static_cast<std::byte>(world_.random().next());
    }
    media->write(0, noise);
    media->sync();
    const JournalScan found = world_.begin_again();
    world_.expect_found(found);
    EXPECT_EQ(found.end, before.end);
    world_.run_until_durable(world_.append(1000, true));
    world_.expect_found(world_.scan());
}

TEST_F(JournalHeaderRotTest,
       leftovers_never_count_though_header_and_all_entries_of_their_file_are_rotten) {
    use_files_again(world_);
    const JournalScan before = world_.scan();
    const auto last = std::ranges::find_if(before.files.rbegin(), before.files.rend(),
                                           &ScannedJournalFile::begun);
    const auto media = world_.media().find(journal_file_path(ReactorId(0), last->number));
    media->flip_bit(100);
    for (const ScannedEntry& entry : before.entries) {
        if (entry.position >= last->first) {
            const auto at = static_cast<std::uint64_t>(entry.position - last->first);
            media->flip_bit(8 * (kJournalFileHeaderBytes + at));
        }
    }
    const JournalScan scan = world_.scan();
    EXPECT_EQ(scan.end, last->first);
    EXPECT_EQ(scan.entries.back().end, last->first);
    EXPECT_EQ(scan.entries.front().position, before.entries.front().position);
}

// What a client may have put into a record: an entry that says it belongs at `position`.
void write_forged_entry(SimFile& media, std::uint64_t at, Position position,
                        std::uint32_t incarnation) {
    std::vector<std::byte> chunk;
    const SegmentPlace place{StreamId(1), StreamletId(0), LaneId(0), GroupId(0), SegmentId(0)};
    append_sample_chunk(chunk, place, Offset(999), 100);
    std::vector<std::byte> forged(kJournalEntryHeaderBytes);
    JournalEntryHeader header;
    header.body_bytes = static_cast<std::uint32_t>(chunk.size());
    header.position = position;
    header.incarnation = incarnation;
    header.durable_position = position;
    header.write(forged.data());
    forged.insert(forged.end(), chunk.begin(), chunk.end());
    media.write(at, forged);
    media.sync();
}

std::uint64_t place_in_file(const ScannedJournalFile& file, Position position) {
    return kJournalFileHeaderBytes + static_cast<std::uint64_t>(position - file.first);
}

// The last file that was begun, without a header and a first entry that could be believed.
std::shared_ptr<SimFile> spoil_last_file(JournalWorld& world, const JournalScan& before) {
    const auto last = std::ranges::find_if(before.files.rbegin(), before.files.rend(),
                                           &ScannedJournalFile::begun);
    const auto media = world.media().find(journal_file_path(ReactorId(0), last->number));
    media->flip_bit(100);
    media->flip_bit(8ULL * kJournalFileHeaderBytes + 100);
    return media;
}

TEST_F(JournalHeaderRotTest, a_record_that_looks_like_an_entry_never_says_what_its_file_holds) {
    for (int i = 0; i < 60; ++i) {
        world_.run_until_durable(world_.append(1000, true));
    }
    const JournalScan before = world_.scan();
    const auto media = spoil_last_file(world_, before);
    // As if what the file before it holds had been written again, to this one.
    const std::int64_t behind_first = kJournalEntryHeaderBytes + 256;
    const auto before_last = std::ranges::find_if(before.files.rbegin() + 1, before.files.rend(),
                                                  &ScannedJournalFile::begun);
    ASSERT_LT(before_last->first, before_last->end);
    write_forged_entry(*media, kJournalFileHeaderBytes + behind_first,
                       before_last->first + behind_first, 7);
    const std::vector<std::byte> bytes(media->bytes().begin(), media->bytes().end());

    const JournalScan found = world_.begin_again();

    const auto last = std::ranges::find_if(before.files.rbegin(), before.files.rend(),
                                           &ScannedJournalFile::begun);
    world_.expect_found(found);
    EXPECT_EQ(found.end, last->first);
    const auto aside = world_.media().find(journal_aside_path(ReactorId(0), last->number));
    ASSERT_NE(aside, nullptr);
    EXPECT_TRUE(std::ranges::equal(aside->bytes(), bytes));
    world_.run_until_durable(world_.append(1000, true));
    world_.expect_found(world_.scan());
    EXPECT_GT(world_.highest_file_number(), last->number);
}

TEST_F(JournalHeaderRotTest,
       a_record_that_looks_like_an_entry_does_not_count_where_its_own_entry_is_rotten) {
    for (int i = 0; i < 5; ++i) {
        world_.run_until_durable(world_.append(1000, true));
    }
    const JournalScan before = world_.scan();
    const ScannedEntry& entry = before.entries[2];
    const auto media = world_.media().find("journal/0/0.journal");
    const Bytes first = media->bytes().subspan(kJournalFileHeaderBytes);
    const std::uint32_t incarnation = JournalEntryHeader::read(first)->incarnation;
    const Position inside = entry.position + 256;
    write_forged_entry(*media, place_in_file(before.files[0], inside), inside, incarnation);
    const JournalScan scan = world_.scan();
    ASSERT_EQ(scan.entries.size(), before.entries.size() - 1);
    ASSERT_EQ(scan.rotten.size(), 1U);
    EXPECT_EQ(scan.rotten[0].first, entry.position);
    EXPECT_EQ(scan.rotten[0].end, entry.end);
}

TEST_F(JournalHeaderRotTest, what_lies_before_a_file_that_cannot_be_read_is_rot_and_never_a_tear) {
    for (int i = 0; i < 30; ++i) {
        world_.run_until_durable(world_.append(1000, true));
    }
    const JournalScan before = world_.scan();
    spoil_last_file(world_, before);
    // The last two entries of the file before it: nothing but that file proves them.
    const auto last = std::ranges::find_if(before.files.rbegin(), before.files.rend(),
                                           &ScannedJournalFile::begun);
    const ScannedJournalFile& spoilt = *(last + 1);
    const auto media = world_.media().find(journal_file_path(ReactorId(0), spoilt.number));
    std::vector<ScannedEntry> kept = before.entries;
    std::erase_if(kept, [&](const ScannedEntry& one) { return one.position >= last->first; });
    media->flip_bit(8 * place_in_file(spoilt, kept[kept.size() - 2].position) + 100);
    const std::size_t bytes = media->bytes().size();
    for (int start = 0; start < 2; ++start) {
        const JournalScan scan = world_.begin_again();
        EXPECT_EQ(scan.entries.size(), kept.size() - 1);
        EXPECT_EQ(scan.rotten.size(), 1U);
        EXPECT_FALSE(scan.torn.has_value());
        EXPECT_EQ(media->bytes().size(), bytes);
    }
    media->flip_bit(8 * place_in_file(spoilt, kept.back().position) + 100);
    for (int start = 0; start < 2; ++start) {
        const JournalScan scan = world_.begin_again();
        EXPECT_EQ(scan.entries.size(), kept.size() - 2);
        EXPECT_EQ(scan.rotten.size(), 1U);
        EXPECT_FALSE(scan.torn.has_value());
        EXPECT_EQ(media->bytes().size(), bytes);
    }
}

TEST_F(JournalHeaderRotTest, a_file_that_cannot_be_read_goes_when_nothing_is_missing_around_it) {
    do {
        world_.run_until_durable(world_.append(1000, true));
    } while (world_.scan().files.back().begun);
    // It was prepared, goes with the process, and its number is not given again.
    const std::int64_t free_number = world_.highest_file_number();
    world_.restart();
    for (int i = 0; i < 10; ++i) {
        world_.run_until_durable(world_.append(1000, true));
    }
    const std::string path = journal_file_path(ReactorId(0), free_number);
    ASSERT_EQ(world_.media().find(path), nullptr);
    // A first write that failed: the next file has the same entries.
    const auto media = world_.media().create(path);
    media->write(0, std::vector<std::byte>(4096, std::byte(0xA5)));
    media->sync();
    world_.media().sync_names();
    world_.expect_found(world_.begin_again());
    EXPECT_EQ(world_.media().find(path), nullptr);
    EXPECT_EQ(world_.media().find(journal_aside_path(ReactorId(0), free_number)), nullptr);
}

}  // namespace
}  // namespace kera
