// Direct files of the simulated disk: what a crash makes of their unsynced sectors, reads beside
// each other, and writes that report success and go wrong.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>

#include "disk/sim_disk.hpp"
#include "disk/testing/direct_file.hpp"
#include "disk/testing/disk_recorder.hpp"

namespace kera {
namespace {

constexpr std::size_t kBlock = kDirectBlockBytes;

class SimDirectTest : public testing::Test {
  protected:
    FileId create(const std::string& path, std::size_t blocks, bool direct = true) {
        return client_.open(disk_, {.path = path,
                                    .mode = OpenMode::create,
                                    .use = FileUse::journal,
                                    .zeroed_bytes = blocks * kBlock,
                                    .direct = direct});
    }

    void write(FileId file, std::size_t block, const std::string& letters,
               Durability durability = Durability::durable) {
        const LetterBlocks blocks(letters);
        disk_.write_at(file, block * kBlock, blocks.spans(), durability, client_, ++token_);
        disk_.drain();
        EXPECT_TRUE(client_.of(token_).ok());
    }

    void sync(FileId file) {
        disk_.sync(file, client_, ++token_);
        disk_.drain();
        EXPECT_TRUE(client_.of(token_).ok());
    }

    Bytes bytes(const std::string& path) { return media_.find(path)->bytes(); }
    std::string letters(const std::string& path) { return letters_of(bytes(path)); }

    // The letters of a block's sectors, or '?' for a torn one.
    std::string sectors(const std::string& path) {
        std::string found;
        for (std::size_t at = 0; at < kBlock; at += kSimSectorBytes) {
            found += letters_of(bytes(path).subspan(at, kSimSectorBytes));
        }
        return found;
    }

    ManualClock clock_;
    Random random_{42};
    SimMedia media_;
    SimDisk disk_{media_, clock_, random_};
    DiskRecorder client_;
    DiskToken token_ = 0;
};

TEST_F(SimDirectTest, keeps_durable_writes_through_any_crash) {
    const FileId file = create("f", 4);
    write(file, 1, "a", Durability::buffered);
    write(file, 2, "b");
    for (int i = 0; i < 20; ++i) {
        media_.crash(random_);
        EXPECT_EQ(letters("f"), std::string("\0ab\0", 4));
    }
}

TEST_F(SimDirectTest, loses_keeps_or_tears_blocks_that_were_not_synced_but_no_sector) {
    std::set<std::string> found;
    for (int i = 0; i < 200; ++i) {
        const std::string path = "f" + std::to_string(i);
        write(create(path, 1), 0, "n", Durability::buffered);
        EXPECT_EQ(letters(path), "n");
        media_.crash(random_);
        EXPECT_EQ(sectors(path).find('?'), std::string::npos);
        found.insert(letters(path));
    }
    EXPECT_EQ(found, (std::set<std::string>{"n", "?", std::string(1, '\0')}));
}

TEST_F(SimDirectTest, keeps_any_version_of_a_sector_that_was_written_twice) {
    std::string found;
    for (int i = 0; i < 100; ++i) {
        const std::string path = "f" + std::to_string(i);
        const FileId file = create(path, 1);
        write(file, 0, "1", Durability::buffered);
        write(file, 0, "2", Durability::buffered);
        EXPECT_EQ(letters(path), "2");
        media_.crash(random_);
        found += sectors(path);
    }
    EXPECT_NE(found.find('\0'), std::string::npos);
    EXPECT_NE(found.find('1'), std::string::npos);
    EXPECT_NE(found.find('2'), std::string::npos);
    EXPECT_EQ(found.find('?'), std::string::npos);
}

TEST_F(SimDirectTest, reads_several_runs_at_the_same_time_and_after_their_file_is_closed) {
    write(create("f", 2 * kReadsAtOnce), 0, std::string(2 * kReadsAtOnce, 'x'));
    ASSERT_TRUE(disk_.replace_now("buffered", as_bytes("x")).ok());
    disk_.options().operation_ns = 1'000;  // at most 2,000 for each
    disk_.options().ns_per_byte = 0;
    DirectBuffer buffer(2 * kReadsAtOnce * kBlock);
    for (const bool direct : {true, false}) {
        DiskRecorder client;
        const FileId file = client.open(
            disk_, {.path = direct ? "f" : "buffered", .use = FileUse::reading, .direct = direct});
        for (std::size_t run = 0; run < kReadsAtOnce; ++run) {
            disk_.read_at(file, run * kBlock, buffer.bytes().subspan(run * kBlock, kBlock), client,
                          run);
        }
        disk_.close(file);
        clock_.advance_ns(2'000);
        disk_.poll();
        EXPECT_EQ(client.order().size() == kReadsAtOnce, direct);
        disk_.drain();
        EXPECT_EQ(client.order().size(), kReadsAtOnce);
    }
    EXPECT_EQ(letters_of(buffer.bytes().first(kReadsAtOnce * kBlock)),
              std::string(kReadsAtOnce, 'x'));
}

TEST_F(SimDirectTest, a_lost_write_never_arrives_although_it_was_synced) {
    const FileId file = create("f", 2);
    write(file, 0, "aa");
    disk_.spoil_next_write(WriteFault::lost);
    write(file, 1, "bb");
    sync(file);
    EXPECT_EQ(letters("f"), std::string("aa\0", 3));
    write(file, 0, "c");
    media_.crash(random_);
    EXPECT_EQ(letters("f"), std::string("ca\0", 3));
    EXPECT_EQ(disk_.fault_counts().lost_writes, 1U);
    EXPECT_EQ(disk_.fault_counts().misdirected_writes, 0U);
}

TEST_F(SimDirectTest, a_lost_write_of_a_buffered_file_is_seen_until_a_crash) {
    const FileId file = create("f", 3, false);
    write(file, 0, "a", Durability::buffered);
    write(file, 2, "a", Durability::buffered);
    disk_.spoil_next_write(WriteFault::lost);
    write(file, 0, "bb");
    sync(file);
    EXPECT_EQ(letters("f"), "bba");
    media_.crash(random_);
    EXPECT_EQ(letters("f"), std::string("a\0a", 3));
}

TEST_F(SimDirectTest, a_misdirected_write_arrives_at_another_block) {
    bool same_file = false;
    bool other_file = false;
    for (int i = 0; i < 50; ++i) {
        const std::string path = "f" + std::to_string(i);
        const FileId file = create(path, 4);
        const FileId other = create("other", 4);
        write(file, 0, "aaaa");
        write(other, 0, "bbbb");
        disk_.spoil_next_write(WriteFault::misdirected);
        write(file, 1, "x");
        media_.crash(random_);
        EXPECT_EQ(letters(path)[1], 'a');
        const auto hit = [this](const std::string& at) {
            return std::ranges::count(letters(at), 'x');
        };
        EXPECT_EQ(hit(path) + hit("other"), 1);
        same_file |= hit(path) == 1;
        other_file |= hit("other") == 1;
        disk_.close(file);
        disk_.close(other);
        disk_.drain();
        ASSERT_TRUE(disk_.remove_now(path).ok());
        ASSERT_TRUE(disk_.remove_now("other").ok());
    }
    EXPECT_TRUE(same_file);
    EXPECT_TRUE(other_file);
    EXPECT_EQ(disk_.fault_counts().misdirected_writes, 50U);
    EXPECT_EQ(disk_.fault_counts().lost_writes, 0U);
}

TEST_F(SimDirectTest, a_misdirected_write_makes_no_file_longer) {
    for (int i = 0; i < 50; ++i) {
        const std::string path = "f" + std::to_string(i);
        const FileId file = create(path, 2);
        ASSERT_TRUE(disk_.replace_now("short", as_bytes(std::string(5'000, 's'))).ok());
        disk_.spoil_next_write(WriteFault::misdirected);
        write(file, 0, "xxx");
        sync(file);
        EXPECT_EQ(bytes("short").size(), 5'000U);
        EXPECT_EQ(bytes(path).size(), 3 * kBlock);
        ASSERT_TRUE(disk_.remove_now(path).ok());
    }
}

TEST_F(SimDirectTest, a_misdirected_write_without_another_block_is_lost) {
    const FileId file = create("f", 1);
    write(file, 0, "a");
    disk_.spoil_next_write(WriteFault::misdirected);
    write(file, 0, "x");
    EXPECT_EQ(letters("f"), "a");
    EXPECT_EQ(disk_.fault_counts().lost_writes, 1U);
    EXPECT_EQ(disk_.fault_counts().misdirected_writes, 0U);
}

TEST_F(SimDirectTest, writes_go_wrong_at_the_asked_rate) {
    const FileId file = create("f", 8);
    disk_.faults() = {.lost_write = 0.2, .misdirected_write = 0.25};
    for (std::size_t i = 0; i < 1'000; ++i) {
        write(file, i % 8, "x");
    }
    const SimFaultCounts& counts = disk_.fault_counts();
    EXPECT_GT(counts.lost_writes, 150U);
    EXPECT_LT(counts.lost_writes, 250U);
    EXPECT_GT(counts.misdirected_writes, 150U);
    EXPECT_LT(counts.misdirected_writes, 250U);
}

TEST_F(SimDirectTest, what_was_in_flight_arrives_sector_by_sector) {
    std::set<std::string> found;
    for (int i = 0; i < 200; ++i) {
        SimMedia media;
        SimDisk disk(media, clock_, random_);
        DiskRecorder client;
        const FileId file = client.open(disk, {.path = "f",
                                               .mode = OpenMode::create,
                                               .use = FileUse::journal,
                                               .zeroed_bytes = kBlock,
                                               .direct = true});
        const LetterBlocks blocks("n");
        disk.write_at(file, 0, blocks.spans(), Durability::durable, client, 1);
        disk.crash();
        media.crash(random_);
        found.insert(letters_of(media.find("f")->bytes()));
        EXPECT_FALSE(client.has(1));
    }
    EXPECT_EQ(found, (std::set<std::string>{"n", "?", std::string(1, '\0')}));
}

TEST_F(SimDirectTest, a_failed_sync_loses_bytes_that_a_later_sync_does_not_bring_back) {
    bool lost = false;
    for (int i = 0; i < 20 && !lost; ++i) {
        const std::string path = "f" + std::to_string(i);
        const FileId file = create(path, 1);
        write(file, 0, "n", Durability::buffered);
        disk_.fail_next(DiskAction::sync, ErrorCode::disk_failed);
        disk_.sync(file, client_, ++token_);
        disk_.drain();
        EXPECT_FALSE(client_.of(token_).ok());
        sync(file);
        media_.crash(random_);
        lost = letters(path) != "n";
    }
    EXPECT_TRUE(lost);
}

TEST(SimFaultsTest, draw_no_random_number_for_writes_that_cannot_go_wrong) {
    Random random(7);
    Random same(7);
    const SimDiskFaults none;
    SimFaults faults(none, random, UINT64_MAX);
    EXPECT_EQ(faults.in_write(), WriteFault::none);
    EXPECT_EQ(random.next(), same.next());
}

}  // namespace
}  // namespace kera
