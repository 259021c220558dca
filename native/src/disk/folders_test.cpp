// Which folders are synced, and when: seen at the calls themselves, since no test can cut the
// power.
#include "disk/folders.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/testing/temp_folder.hpp"
#include "disk/posix_files.hpp"
#include "disk/thread_disk.hpp"

namespace {

// What this process has synced, while somebody listens.
std::vector<std::string>* synced = nullptr;
int failures = 0;

}  // namespace

// In front of the C library's.
extern "C" int fsync(int fd) {
    if (synced != nullptr) {
        std::array<char, 4096> path{};
        const std::string link = "/proc/self/fd/" + std::to_string(fd);
        const ssize_t bytes = ::readlink(link.c_str(), path.data(), path.size());
        if (failures > 0) {
            --failures;
            errno = EIO;
            return -1;
        }
        synced->emplace_back(path.data(), bytes > 0 ? static_cast<std::size_t>(bytes) : 0);
    }
    return static_cast<int>(::syscall(SYS_fsync, fd));
}

namespace kera {
namespace {

using Paths = std::vector<std::string>;

class FoldersTest : public testing::Test {
  protected:
    FoldersTest() {
        synced = &synced_;
        failures = 0;
    }
    ~FoldersTest() override { synced = nullptr; }

    Paths take_synced() { return std::exchange(synced_, {}); }
    std::string at(const std::string& path) const { return temp_.path() + path; }

    TempFolder temp_;
    Paths synced_;
};

TEST_F(FoldersTest, syncs_the_folder_of_each_folder_it_makes) {
    Folders folders(at(""));
    ASSERT_TRUE(folders.make("streams/7/0").ok());
    EXPECT_EQ(take_synced(), (Paths{at(""), at("/streams"), at("/streams/7")}));
}

TEST_F(FoldersTest, syncs_what_an_earlier_process_made_and_may_not_have_synced) {
    std::filesystem::create_directories(at("/streams/7"));
    Folders folders(at(""));
    ASSERT_TRUE(folders.make("streams/7").ok());
    EXPECT_EQ(take_synced(), (Paths{at(""), at("/streams")}));
}

TEST_F(FoldersTest, syncs_each_folder_once) {
    Folders folders(at(""));
    ASSERT_TRUE(folders.make("streams/7").ok());
    take_synced();
    ASSERT_TRUE(folders.make("streams/7").ok());
    EXPECT_TRUE(take_synced().empty());
    ASSERT_TRUE(folders.make("streams/8").ok());
    EXPECT_EQ(take_synced(), Paths{at("/streams")});
}

TEST_F(FoldersTest, a_folder_whose_sync_failed_is_made_again) {
    Folders folders(at(""));
    failures = 1;
    const Result<void> failed = folders.make("streams");
    ASSERT_FALSE(failed.ok());
    EXPECT_EQ(failed.error(), fail(ErrorCode::disk_failed, "sync_errno", 0, EIO));
    EXPECT_FALSE(std::filesystem::exists(at("/streams")));
    ASSERT_TRUE(folders.make("streams").ok());
    EXPECT_EQ(take_synced(), Paths{at("")});
}

TEST_F(FoldersTest, a_folder_that_cannot_be_taken_back_is_synced_all_the_same) {
    std::filesystem::create_directories(at("/streams/full"));
    Folders folders(at(""));
    failures = 1;
    ASSERT_FALSE(folders.make("streams").ok());
    EXPECT_TRUE(std::filesystem::exists(at("/streams/full")));
    ASSERT_TRUE(folders.make("streams").ok());
    EXPECT_EQ(take_synced(), Paths{at("")});
}

TEST_F(FoldersTest, a_folder_that_was_removed_is_new_again) {
    const PosixFiles files(at(""));
    ASSERT_TRUE(files.make_folders("streams/7/0").ok());
    ASSERT_TRUE(files.make_folders("streams/70").ok());
    ASSERT_TRUE(files.remove_tree("streams/7").ok());
    take_synced();
    ASSERT_TRUE(files.make_folders("streams/7/0").ok());
    EXPECT_EQ(take_synced(), (Paths{at("/streams"), at("/streams/7")}));
    ASSERT_TRUE(files.make_folders("streams/70").ok());
    EXPECT_TRUE(take_synced().empty());
}

TEST_F(FoldersTest, the_data_folders_own_name_is_synced_at_every_start) {
    const std::string root = at("/lib/kera");
    for (int start = 0; start < 2; ++start) {
        ASSERT_TRUE(ThreadDisk::open({.root = root}).ok());
        const Paths paths = take_synced();
        for (const std::string& path : {at(""), at("/lib")}) {
            EXPECT_EQ(std::ranges::count(paths, path), 1) << path << " start " << start;
        }
    }
}

TEST_F(FoldersTest, a_start_whose_sync_fails_says_so_whether_its_folder_is_new_or_not) {
    for (const char* root : {"/lib/kera", ""}) {
        failures = 100;
        EXPECT_EQ(ThreadDisk::open({.root = at(root)}).error().code, ErrorCode::disk_failed);
    }
    failures = 0;
    EXPECT_TRUE(ThreadDisk::open({.root = at("/lib/kera")}).ok());
}

TEST_F(FoldersTest, a_data_folder_that_is_a_file_is_an_error) {
    ::close(::open(at("/file").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    EXPECT_FALSE(ThreadDisk::open({.root = at("/file")}).ok());
    EXPECT_FALSE(ThreadDisk::open({.root = at("/file/below")}).ok());
}

}  // namespace
}  // namespace kera
