#include "disk/sim_disk.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "disk/testing/disk_recorder.hpp"

namespace kera {
namespace {

class SimDiskTest : public testing::Test {
  protected:
    FileId create(const std::string& path, std::uint64_t zeroed_bytes = 0) {
        return client_.open(disk_,
                            {.path = path, .mode = OpenMode::create, .zeroed_bytes = zeroed_bytes});
    }

    void write(FileId file, std::uint64_t offset, Bytes bytes, Durability durability,
               DiskToken token) {
        spans_ = {bytes};
        disk_.write_at(file, offset, spans_, durability, client_, token);
        disk_.drain();
    }

    std::string content(const std::string& path) {
        const std::shared_ptr<SimFile> file = media_.find(path);
        return file == nullptr ? "(none)" : as_text(file->bytes());
    }

    void power_cut() {
        disk_.crash();
        media_.crash(random_);
    }

    ManualClock clock_;
    Random random_{42};
    SimMedia media_;
    SimDisk disk_{media_, clock_, random_};
    DiskRecorder client_;
    std::vector<Bytes> spans_;
};

TEST_F(SimDiskTest, completes_when_the_clock_has_got_there) {
    const FileId file = create("f");
    spans_ = {as_bytes("abc")};
    disk_.write_at(file, 0, spans_, Durability::durable, client_, 1);
    disk_.sync(file, client_, 2);
    EXPECT_EQ(disk_.poll(), 0);
    EXPECT_TRUE(disk_.prepare_park());
    clock_.advance_ns(disk_.next_deadline_ns() - clock_.now_ns());
    EXPECT_EQ(disk_.poll(), 1);
    EXPECT_TRUE(client_.has(1));
    EXPECT_FALSE(client_.has(2));
    clock_.advance_ns(disk_.next_deadline_ns() - clock_.now_ns());
    EXPECT_EQ(disk_.poll(), 1);
    EXPECT_EQ(disk_.in_flight(), 0U);
}

TEST_F(SimDiskTest, keeps_durable_writes_through_any_power_cut) {
    const FileId file = create("f");
    write(file, 0, as_bytes("early"), Durability::buffered, 1);
    write(file, 5, as_bytes("late"), Durability::durable, 2);
    for (int i = 0; i < 20; ++i) {
        media_.crash(random_);
        EXPECT_EQ(content("f"), "earlylate");
    }
}

TEST_F(SimDiskTest, loses_keeps_or_tears_what_was_not_synced) {
    const std::string text(4 * kSimSectorBytes, 'n');
    int whole = 0;
    int lost = 0;
    int torn = 0;
    for (int i = 0; i < 200; ++i) {
        const std::string path = "f" + std::to_string(i);
        const FileId file = create(path, text.size());
        write(file, 0, as_bytes(text), Durability::buffered, static_cast<DiskToken>(i));
        media_.crash(random_);
        const std::string found = content(path);
        ASSERT_EQ(found.size(), text.size());
        const auto kept = std::count(found.begin(), found.end(), 'n');
        EXPECT_EQ(static_cast<std::size_t>(kept) % kSimSectorBytes, 0U);
        whole += found == text ? 1 : 0;
        lost += kept == 0 ? 1 : 0;
        torn += kept != 0 && found != text ? 1 : 0;
    }
    EXPECT_GT(whole, 0);
    EXPECT_GT(lost, 0);
    EXPECT_GT(torn, 0);
}

TEST_F(SimDiskTest, what_was_in_flight_may_arrive) {
    int arrived = 0;
    for (int i = 0; i < 100; ++i) {
        SimMedia media;
        SimDisk disk(media, clock_, random_);
        const FileId file =
            client_.open(disk, {.path = "f", .mode = OpenMode::create, .zeroed_bytes = 3});
        spans_ = {as_bytes("abc")};
        disk.write_at(file, 0, spans_, Durability::durable, client_, static_cast<DiskToken>(i));
        disk.crash();
        media.crash(random_);
        arrived += as_text(media.find("f")->bytes()) == "abc" ? 1 : 0;
    }
    EXPECT_GT(arrived, 0);
    EXPECT_LT(arrived, 100);
    EXPECT_TRUE(client_.order().empty());
}

TEST_F(SimDiskTest, a_failed_sync_loses_bytes_that_a_later_sync_does_not_bring_back) {
    const std::string text(64 * kSimSectorBytes, 'n');
    const FileId file = create("f", text.size());
    write(file, 0, as_bytes(text), Durability::buffered, 1);
    disk_.fail_next(DiskAction::sync, ErrorCode::disk_failed);
    disk_.sync(file, client_, 2);
    disk_.sync(file, client_, 3);
    disk_.drain();
    EXPECT_FALSE(client_.of(2).ok());
    EXPECT_TRUE(client_.of(3).ok());
    EXPECT_EQ(content("f"), text);
    bool lost = false;
    for (int i = 0; i < 20 && !lost; ++i) {
        write(file, 0, as_bytes(text), Durability::buffered, static_cast<DiskToken>(100 + 2 * i));
        disk_.fail_next(DiskAction::sync, ErrorCode::disk_failed);
        disk_.sync(file, client_, static_cast<DiskToken>(101 + 2 * i));
        disk_.drain();
        media_.crash(random_);
        lost = content("f") != text;
    }
    EXPECT_TRUE(lost);
}

TEST_F(SimDiskTest, says_full_at_its_capacity_and_recovers_when_there_is_room) {
    media_.set_capacity_bytes(10);
    const FileId file = create("f");
    write(file, 0, as_bytes("0123456789"), Durability::durable, 1);
    write(file, 10, as_bytes("x"), Durability::durable, 2);
    EXPECT_TRUE(client_.of(1).ok());
    EXPECT_EQ(client_.of(2).error().code, ErrorCode::disk_full);
    write(file, 0, as_bytes("abc"), Durability::durable, 3);
    EXPECT_TRUE(client_.of(3).ok());
    EXPECT_EQ(disk_.space()->free_bytes, 0U);
    EXPECT_EQ(create("g", 1), FileId::none);
    EXPECT_EQ(disk_.replace_now("h", as_bytes("1")).error().code, ErrorCode::disk_full);
    media_.set_capacity_bytes(11);
    write(file, 10, as_bytes("x"), Durability::durable, 4);
    EXPECT_TRUE(client_.of(4).ok());
}

TEST_F(SimDiskTest, fails_at_the_asked_rate) {
    const FileId file = create("f");
    disk_.faults() = {.read_error = 0.5, .write_error = 0.5, .sync_error = 0.5, .other_error = 0.5};
    std::array<std::byte, 1> buffer{};
    spans_ = {as_bytes("x")};
    int failed[3] = {0, 0, 0};
    for (DiskToken token = 0; token < 300; token += 3) {
        disk_.write_at(file, 0, spans_, Durability::buffered, client_, token);
        disk_.read_at(file, 0, buffer, client_, token + 1);
        disk_.sync(file, client_, token + 2);
        disk_.drain();
        for (DiskToken i = 0; i < 3; ++i) {
            failed[i] += client_.of(token + i).ok() ? 0 : 1;
        }
    }
    for (const int count : failed) {
        EXPECT_GT(count, 20);
        EXPECT_LT(count, 80);
    }
}

TEST_F(SimDiskTest, flips_bits_and_spoils_sectors) {
    ASSERT_TRUE(disk_.replace_now("f", as_bytes("aaaa")).ok());
    media_.find("f")->flip_bit(9);
    EXPECT_EQ(content("f"), "acaa");
    media_.find("f")->spoil(2, 1);
    const FileId file = client_.open(disk_, {.path = "f", .mode = OpenMode::read});
    std::array<std::byte, 4> buffer{};
    disk_.read_at(file, 0, buffer, client_, 1);
    disk_.read_at(file, 0, MutableBytes(buffer).first(2), client_, 2);
    disk_.drain();
    EXPECT_EQ(client_.of(1).error().code, ErrorCode::disk_failed);
    EXPECT_EQ(client_.of(2).value(), 2U);
    EXPECT_EQ(as_text(disk_.map("f")->bytes()), std::string("ac\0a", 4));
    power_cut();
    EXPECT_EQ(content("f"), "acaa");
}

TEST_F(SimDiskTest, heals_bad_sectors_that_are_written_again) {
    ASSERT_TRUE(disk_.replace_now("f", as_bytes("aaaaaa")).ok());
    media_.find("f")->spoil(1, 4);
    media_.find("f")->write(2, as_bytes("bb"));
    std::array<std::byte, 6> buffer{};
    EXPECT_EQ(media_.find("f")->read(2, MutableBytes(buffer).first(2)).value(), 2U);
    EXPECT_FALSE(media_.find("f")->read(1, MutableBytes(buffer).first(1)).ok());
    EXPECT_FALSE(media_.find("f")->read(4, MutableBytes(buffer).first(1)).ok());
    EXPECT_EQ(as_text(disk_.map("f")->bytes()), std::string("a\0bb\0a", 6));
}

TEST_F(SimDiskTest, replaces_a_file_whole_or_not_at_all) {
    for (int i = 0; i < 200; ++i) {
        SimMedia media;
        SimDisk disk(media, clock_, random_);
        ASSERT_TRUE(disk.replace_now("s", as_bytes("old content")).ok());
        std::vector<std::byte> content(2000, std::byte{'n'});
        disk.replace("s", content, client_, static_cast<DiskToken>(i));
        disk.crash();
        media.crash(random_);
        const std::string found = as_text(media.find("s")->bytes());
        EXPECT_TRUE(found == "old content" || found == std::string(2000, 'n'));
    }
}

TEST_F(SimDiskTest, lists_folders_and_removes_trees) {
    for (const char* path : {"a/1", "a/b/2", "a/b/3", "c"}) {
        ASSERT_TRUE(disk_.replace_now(path, as_bytes("x")).ok());
    }
    ASSERT_EQ(disk_.list("a")->size(), 2U);
    EXPECT_EQ(disk_.list("a")->at(0).name, "1");
    EXPECT_TRUE(disk_.list("a")->at(1).is_folder);
    EXPECT_TRUE(disk_.list("nowhere")->empty());
    ASSERT_TRUE(disk_.remove_tree_now("a/b").ok());
    EXPECT_EQ(media_.paths(), (std::vector<std::string>{"a/1", "c"}));
}

TEST_F(SimDiskTest, dies_after_the_asked_number_of_changes) {
    disk_.die_after(1);
    EXPECT_TRUE(disk_.replace_now("a", as_bytes("x")).ok());
    EXPECT_FALSE(disk_.replace_now("b", as_bytes("x")).ok());
    EXPECT_FALSE(disk_.truncate_now("a", 0).ok());
    EXPECT_EQ(content("a"), "x");
}

}  // namespace
}  // namespace kera
