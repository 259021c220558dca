// What direct files promise, on the real disk, on the simulated one, and where they are refused.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/testing/temp_folder.hpp"
#include "disk/sim_disk.hpp"
#include "disk/testing/direct_file.hpp"
#include "disk/testing/disk_recorder.hpp"
#include "disk/thread_disk.hpp"

namespace kera {
namespace {

enum class Kind : std::uint8_t { real, simulated, simulated_refusing };

class DirectFilesTest : public testing::TestWithParam<Kind> {
  protected:
    void SetUp() override {
        if (GetParam() == Kind::real) {
            disk_ = std::move(ThreadDisk::open({.root = folder_.path()})).value();
            return;
        }
        SimDiskOptions options;
        options.refuses_direct = GetParam() == Kind::simulated_refusing;
        disk_ = std::make_unique<SimDisk>(media_, clock_, random_, options);
    }

    FileId create(const std::string& path, std::uint64_t zeroed_bytes = 0) {
        return client_.open(*disk_, {.path = path,
                                     .mode = OpenMode::create,
                                     .use = FileUse::journal,
                                     .zeroed_bytes = zeroed_bytes,
                                     .direct = true});
    }

    FileId open_to_read(const std::string& path) {
        return client_.open(*disk_, {.path = path, .use = FileUse::reading, .direct = true});
    }

    std::uint64_t write(FileId file, std::uint64_t offset, const LetterBlocks& blocks,
                        Durability durability = Durability::durable) {
        disk_->write_at(file, offset, blocks.spans(), durability, client_, ++token_);
        disk_->drain();
        return client_.of(token_).value();
    }

    std::uint64_t read(FileId file, std::uint64_t offset, MutableBytes target) {
        disk_->read_at(file, offset, target, client_, ++token_);
        disk_->drain();
        return client_.of(token_).value();
    }

    TempFolder folder_;
    ManualClock clock_;
    Random random_{42};
    SimMedia media_;
    std::unique_ptr<Disk> disk_;
    DiskRecorder client_;
    DiskToken token_ = 0;
};

TEST_P(DirectFilesTest, keep_what_is_written_in_any_number_of_blocks) {
    const FileId file = create("a/f", 8 * kDirectBlockBytes);
    ASSERT_NE(file, FileId::none);
    EXPECT_EQ(write(file, kDirectBlockBytes, LetterBlocks("bcd")), 3 * kDirectBlockBytes);
    EXPECT_EQ(write(file, 2 * kDirectBlockBytes, LetterBlocks("e"), Durability::buffered),
              kDirectBlockBytes);
    EXPECT_EQ(write(file, 8 * kDirectBlockBytes, LetterBlocks("x")), kDirectBlockBytes);
    DirectBuffer buffer(6 * kDirectBlockBytes);
    const FileId reading = open_to_read("a/f");
    EXPECT_EQ(read(reading, 0, buffer.bytes()), buffer.size());
    EXPECT_EQ(letters_of(buffer.bytes()), std::string("\0bed\0\0", 6));
    EXPECT_EQ(letters_of(disk_->map("a/f")->bytes()), std::string("\0bed\0\0\0\0x", 9));
}

TEST_P(DirectFilesTest, take_more_spans_than_one_system_call) {
    const FileId file = create("f");
    const LetterBlocks blocks(std::string(1500, 'a') + std::string(500, 'b'));
    EXPECT_EQ(write(file, 0, blocks), 2000 * kDirectBlockBytes);
    EXPECT_EQ(letters_of(disk_->map("f")->bytes()), std::string(1500, 'a') + std::string(500, 'b'));
}

TEST_P(DirectFilesTest, are_created_full_of_zeros) {
    // Whole pieces of zeros, and one that is not.
    constexpr std::uint64_t kBytes = 2'500'000 / kDirectBlockBytes * kDirectBlockBytes;
    ASSERT_NE(create("z", kBytes), FileId::none);
    const Result<MappedFile> file = disk_->map("z");
    EXPECT_EQ(file->bytes().size(), kBytes);
    EXPECT_TRUE(std::ranges::all_of(file->bytes(), [](std::byte at) { return at == std::byte{}; }));
}

TEST_P(DirectFilesTest, are_read_up_to_an_end_inside_a_block) {
    ASSERT_TRUE(disk_->replace_now("f", as_bytes(std::string(5000, 'y'))).ok());
    const FileId file = open_to_read("f");
    const DirectFiles taken = disk_->direct_files();
    DirectBuffer buffer(4 * kDirectBlockBytes);
    EXPECT_EQ(read(file, 0, buffer.bytes()), 5000U);
    EXPECT_EQ(as_text(buffer.bytes().first(5000)), std::string(5000, 'y'));
    EXPECT_EQ(read(file, 0, buffer.bytes().first(kDirectBlockBytes)), kDirectBlockBytes);
    EXPECT_EQ(read(file, kDirectBlockBytes, buffer.bytes()), 5000U - kDirectBlockBytes);
    EXPECT_EQ(read(file, 2 * kDirectBlockBytes, buffer.bytes()), 0U);
    EXPECT_EQ(read(file, 100 * kDirectBlockBytes, buffer.bytes()), 0U);
    EXPECT_EQ(disk_->direct_files(), taken);
}

TEST_P(DirectFilesTest, are_read_up_to_an_end_between_blocks) {
    const FileId file = create("f", 2 * kDirectBlockBytes);
    DirectBuffer buffer(4 * kDirectBlockBytes);
    EXPECT_EQ(read(file, kDirectBlockBytes, buffer.bytes()), kDirectBlockBytes);
    EXPECT_EQ(read(file, 2 * kDirectBlockBytes, buffer.bytes()), 0U);
    disk_->truncate(file, 6000, client_, ++token_);
    EXPECT_EQ(read(file, 0, buffer.bytes()), 6000U);
}

TEST_P(DirectFilesTest, tell_whether_the_file_system_takes_them) {
    EXPECT_EQ(disk_->direct_files(), DirectFiles::untried);
    ASSERT_NE(client_.open(*disk_, {.path = "buffered", .mode = OpenMode::create}), FileId::none);
    EXPECT_EQ(disk_->direct_files(), DirectFiles::untried);
    const FileId file = create("f");
    DirectFiles expected = DirectFiles::taken;
    if (GetParam() == Kind::simulated_refusing) {
        expected = DirectFiles::refused;
    } else if (GetParam() == Kind::real) {
        const bool direct = (::fcntl(static_cast<int>(file), F_GETFL) & O_DIRECT) != 0;
        expected = direct ? DirectFiles::taken : DirectFiles::refused;
    }
    EXPECT_EQ(disk_->direct_files(), expected);
}

using DirectFilesDeathTest = DirectFilesTest;

TEST_P(DirectFilesDeathTest, refuse_what_is_not_in_whole_blocks) {
    const FileId file = create("f", 4 * kDirectBlockBytes);
    DirectBuffer buffer(2 * kDirectBlockBytes);
    const MutableBytes block = buffer.bytes().first(kDirectBlockBytes);
    const MutableBytes shifted = buffer.bytes().subspan(512, kDirectBlockBytes);
    const MutableBytes part = buffer.bytes().first(512);
    EXPECT_DEATH(disk_->read_at(file, 512, block, client_, 1), "is_block_aligned");
    EXPECT_DEATH(disk_->read_at(file, 0, shifted, client_, 1), "is_block_aligned");
    EXPECT_DEATH(disk_->read_at(file, 0, part, client_, 1), "is_block_aligned");
    for (const MutableBytes& source : {shifted, part}) {
        const std::vector<Bytes> sources = {block, source};
        EXPECT_DEATH(disk_->write_at(file, 0, sources, Durability::durable, client_, 1),
                     "is_block_aligned");
    }
    const std::vector<Bytes> sources = {block};
    EXPECT_DEATH(disk_->write_at(file, 1, sources, Durability::durable, client_, 1),
                 "is_block_aligned");
    EXPECT_DEATH(create("g", 512), "is_block_aligned");
}

INSTANTIATE_TEST_SUITE_P(Disks, DirectFilesTest,
                         testing::Values(Kind::real, Kind::simulated, Kind::simulated_refusing));
INSTANTIATE_TEST_SUITE_P(Disks, DirectFilesDeathTest,
                         testing::Values(Kind::real, Kind::simulated, Kind::simulated_refusing));

class RefusedDirectFilesTest : public testing::Test {
  protected:
    bool is_direct() const { return (::fcntl(fd_.get(), F_GETFL) & O_DIRECT) != 0; }

    // False where the file system does not take direct files. Then there is nothing to test.
    bool create() {
        const Result<int> fd = files_.open({.path = "f",
                                            .mode = OpenMode::create,
                                            .zeroed_bytes = 2 * kDirectBlockBytes,
                                            .direct = true});
        fd_.reset(fd.ok() ? *fd : -1);
        return is_direct();
    }

    TempFolder folder_;
    PosixFiles files_{folder_.path()};
    FileDescriptor fd_;
};

TEST_F(RefusedDirectFilesTest, are_opened_as_others_where_opening_them_directly_fails) {
    const PosixFiles files("/proc/self");
    const Result<int> fd = files.open({.path = "comm", .direct = true});
    ASSERT_TRUE(fd.ok()) << describe(fd.error());
    fd_.reset(*fd);
    EXPECT_FALSE(is_direct());
    EXPECT_EQ(files.direct_files(), DirectFiles::refused);
    DirectBuffer buffer(kDirectBlockBytes);
    EXPECT_GT(files.read(fd_.get(), 0, buffer.bytes()).value(), 0U);
}

// What the kernel refuses with EINVAL, as some file systems refuse any direct read or write. The
// files have no contract of their own: the disk has.
TEST_F(RefusedDirectFilesTest, fall_back_at_the_first_read_that_is_refused) {
    if (!create()) {
        GTEST_SKIP();
    }
    EXPECT_EQ(files_.direct_files(), DirectFiles::taken);
    DirectBuffer buffer(3 * kDirectBlockBytes);
    EXPECT_EQ(files_.read(fd_.get(), 1, buffer.bytes().subspan(1)).value(),
              2 * kDirectBlockBytes - 1);
    if (is_direct()) {
        GTEST_SKIP();  // tmpfs takes anything
    }
    EXPECT_EQ(files_.direct_files(), DirectFiles::refused);
    EXPECT_EQ(files_.read(fd_.get(), 0, buffer.bytes()).value(), 2 * kDirectBlockBytes);
}

TEST_F(RefusedDirectFilesTest, fall_back_when_several_threads_are_refused_at_once) {
    for (int round = 0; round < 200; ++round) {
        create();
        std::atomic<int> read = 0;
        {
            std::vector<std::jthread> threads;
            for (int i = 0; i < 4; ++i) {
                threads.emplace_back([this, &read] {
                    std::byte target{};
                    const Result<std::uint64_t> done = files_.read(fd_.get(), 1, {&target, 1});
                    read += done.ok() && *done == 1 ? 1 : 0;
                });
            }
        }
        ASSERT_EQ(read, 4);
        ASSERT_TRUE(files_.remove("f").ok());
    }
}

TEST_F(RefusedDirectFilesTest, fall_back_at_the_first_write_that_is_refused) {
    if (!create()) {
        GTEST_SKIP();
    }
    const Bytes source = as_bytes("hello");
    DiskOperation operation;
    operation.offset = 3;
    operation.sources = {&source, 1};
    operation.durability = Durability::durable;
    bool dirty = false;
    EXPECT_EQ(files_.write(fd_.get(), operation, dirty).value(), 5U);
    EXPECT_FALSE(dirty);
    EXPECT_EQ(as_text(files_.map("f")->bytes().subspan(3, 5)), "hello");
    if (is_direct()) {
        GTEST_SKIP();  // tmpfs takes anything
    }
    EXPECT_EQ(files_.direct_files(), DirectFiles::refused);
}

TEST_F(RefusedDirectFilesTest, report_other_errors_as_they_are) {
    DirectBuffer buffer(kDirectBlockBytes);
    const Result<std::uint64_t> done = files_.read(-1, 0, buffer.bytes());
    ASSERT_FALSE(done.ok());
    EXPECT_EQ(done.error().value, EBADF);
    EXPECT_EQ(files_.direct_files(), DirectFiles::untried);
}

}  // namespace
}  // namespace kera
