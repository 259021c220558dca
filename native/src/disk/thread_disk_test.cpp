#include "disk/thread_disk.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <string>

#include "base/testing/lowered_limit.hpp"
#include "base/testing/no_more_threads.hpp"
#include "base/testing/temp_folder.hpp"
#include "disk/data_lock.hpp"
#include "disk/testing/disk_recorder.hpp"

namespace kera {
namespace {

class ThreadDiskTest : public testing::Test {
  protected:
    void SetUp() override {
        Result<std::unique_ptr<ThreadDisk>> opened =
            ThreadDisk::open({.root = folder_.path() + "/data"});
        ASSERT_TRUE(opened.ok());
        disk_ = std::move(opened).value();
    }

    std::string read_all(const std::string& path) {
        Result<MappedFile> file = disk_->map(path);
        return file.ok() ? as_text(file->bytes()) : "";
    }

    TempFolder folder_;
    DiskRecorder client_;
    std::unique_ptr<ThreadDisk> disk_;
};

TEST_F(ThreadDiskTest, is_refused_where_the_system_has_no_more_descriptors) {
    // As many as there are; none is left for the disk's event.
    const int next = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ASSERT_GE(next, 0);
    ::close(next);
    const LoweredLimit descriptors(RLIMIT_NOFILE, static_cast<rlim_t>(next) + 1);
    const int last = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ASSERT_EQ(last, next);
    const auto opened = ThreadDisk::open({.root = "/"});
    ::close(last);
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().value, EMFILE) << describe(opened.error());
}

TEST_F(ThreadDiskTest, is_refused_where_the_system_has_no_more_threads) {
    Result<std::unique_ptr<ThreadDisk>> opened = fail(ErrorCode::internal, "not_tried");
    {
        const NoMoreThreads none;
        opened = ThreadDisk::open({.root = folder_.path() + "/other"});
    }
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error(), fail(ErrorCode::limit_exceeded, "disk_thread_errno", 0, EAGAIN));
}

TEST_F(ThreadDiskTest, lists_nothing_but_files_and_folders) {
    const std::string folder = folder_.path() + "/data/some";
    ASSERT_EQ(::mkdir(folder.c_str(), 0700), 0);
    ASSERT_EQ(::mkdir((folder + "/folder").c_str(), 0700), 0);
    ASSERT_EQ(::mkfifo((folder + "/pipe").c_str(), 0600), 0);
    ASSERT_EQ(::symlink("nowhere", (folder + "/link").c_str()), 0);
    ASSERT_TRUE(disk_->replace_now("some/file", {}).ok());
    const auto entries = disk_->list("some");
    ASSERT_TRUE(entries.ok()) << describe(entries.error());
    ASSERT_EQ(entries->size(), 2U);
    EXPECT_EQ(entries->front().name, "file");
    EXPECT_EQ(entries->back().name, "folder");
}

TEST_F(ThreadDiskTest, an_operation_that_finds_no_memory_fails_and_the_next_one_does_not) {
    if (!kCanLimitMemory) {
        GTEST_SKIP();
    }
    std::string longer_than_what_is_left(200U << 20U, 'x');
    {
        const LoweredLimit addresses(RLIMIT_AS, 1 << 20);
        disk_->remove(std::move(longer_than_what_is_left), client_, 1);
        disk_->drain();
    }
    EXPECT_EQ(client_.of(1).error(), fail(ErrorCode::disk_failed, "disk_worker_memory"));
    disk_->remove("nothing", client_, 2);
    disk_->drain();
    EXPECT_TRUE(client_.of(2).ok());
}

TEST_F(ThreadDiskTest, writes_many_spans_and_reads_them_back) {
    const FileId file =
        client_.open(*disk_, {.path = "a/b/c", .mode = OpenMode::create, .use = FileUse::journal});
    ASSERT_NE(file, FileId::none);
    std::string text(3000, 'x');
    std::vector<Bytes> spans;
    for (std::size_t i = 0; i < text.size(); ++i) {
        text[i] = static_cast<char>('a' + i % 26);
        spans.push_back(as_bytes(text).subspan(i, 1));
    }
    disk_->write_at(file, 8, spans, Durability::durable, client_, 1);
    std::array<std::byte, 4000> buffer{};
    disk_->read_at(file, 8, buffer, client_, 2);
    disk_->drain();
    EXPECT_EQ(client_.of(1).value(), 3000U);
    EXPECT_EQ(client_.of(2).value(), 3000U);
    EXPECT_EQ(as_text(Bytes(buffer).first(3000)), text);
}

TEST_F(ThreadDiskTest, takes_any_number_of_operations_and_completes_each) {
    constexpr DiskToken kOperations = 10'000;
    for (DiskToken token = 0; token < kOperations; ++token) {
        disk_->remove("none/such", client_, token);
    }
    EXPECT_EQ(disk_->in_flight(), kOperations);
    disk_->drain();
    EXPECT_EQ(client_.order().size(), kOperations);
    EXPECT_EQ(disk_->in_flight(), 0U);
}

TEST_F(ThreadDiskTest, keeps_the_order_of_one_file) {
    const FileId file = client_.open(*disk_, {.path = "f", .mode = OpenMode::create});
    const std::vector<Bytes> spans = {as_bytes("0123456789")};
    for (DiskToken token = 0; token < 50; ++token) {
        const Durability durability = token % 7 == 0 ? Durability::durable : Durability::buffered;
        disk_->write_at(file, token * 10, spans, durability, client_, token);
    }
    disk_->sync(file, client_, 50);
    disk_->truncate(file, 100, client_, 51);
    disk_->drain();
    for (DiskToken token = 0; token < 52; ++token) {
        EXPECT_EQ(client_.order()[token], token);
        EXPECT_TRUE(client_.of(token).ok());
    }
    EXPECT_EQ(read_all("f").size(), 100U);
    EXPECT_EQ(disk_->in_flight(), 0U);
}

TEST_F(ThreadDiskTest, creates_zeroed_files_and_refuses_to_create_them_again) {
    const FileId file =
        client_.open(*disk_, {.path = "z", .mode = OpenMode::create, .zeroed_bytes = 2'500'000});
    ASSERT_NE(file, FileId::none);
    EXPECT_EQ(read_all("z"), std::string(2'500'000, '\0'));
    EXPECT_EQ(client_.open(*disk_, {.path = "z", .mode = OpenMode::create}), FileId::none);
    EXPECT_EQ(client_.open(*disk_, {.path = "none", .mode = OpenMode::read}), FileId::none);
}

TEST_F(ThreadDiskTest, replaces_renames_lists_and_removes) {
    disk_->replace("s/one", {std::byte{'1'}}, client_, 1);
    disk_->replace("s/one", {std::byte{'2'}}, client_, 2);
    disk_->replace("s/two", {std::byte{'3'}}, client_, 3);
    disk_->rename_durably("s/two", "s/three", client_, 4);
    disk_->drain();
    for (DiskToken token = 1; token <= 4; ++token) {
        EXPECT_TRUE(client_.of(token).ok());
    }
    EXPECT_EQ(read_all("s/one"), "2");
    const Result<std::vector<FolderEntry>> entries = disk_->list("s");
    ASSERT_EQ(entries->size(), 2U);
    EXPECT_EQ((*entries)[0].name, "one");
    EXPECT_EQ((*entries)[1].name, "three");
    EXPECT_EQ((*entries)[1].bytes, 1U);
    EXPECT_TRUE(disk_->list("")->at(0).is_folder);
    disk_->remove("s/one", client_, 5);
    disk_->remove("s/missing", client_, 6);
    disk_->remove_tree("s", client_, 7);
    disk_->drain();
    EXPECT_TRUE(client_.of(6).ok());
    EXPECT_TRUE(disk_->list("s")->empty());
}

TEST_F(ThreadDiskTest, reports_what_cannot_be_done_with_the_errno) {
    disk_->rename_durably("missing", "other", client_, 1);
    disk_->drain();
    ASSERT_FALSE(client_.of(1).ok());
    EXPECT_EQ(client_.of(1).error().code, ErrorCode::disk_failed);
    EXPECT_EQ(client_.of(1).error().value, ENOENT);
}

TEST_F(ThreadDiskTest, signals_its_event_when_parked) {
    const FileId file = client_.open(*disk_, {.path = "f", .mode = OpenMode::create});
    const std::vector<Bytes> spans = {as_bytes("x")};
    const bool parked = disk_->prepare_park();
    EXPECT_TRUE(parked);
    disk_->write_at(file, 0, spans, Durability::durable, client_, 1);
    pollfd event{disk_->park_fd(), POLLIN, 0};
    ASSERT_EQ(::poll(&event, 1, 60'000), 1);
    EXPECT_FALSE(disk_->prepare_park());
    EXPECT_EQ(disk_->poll(), 1);
    EXPECT_TRUE(client_.of(1).ok());
    EXPECT_EQ(::poll(&event, 1, 0), 0);
}

TEST_F(ThreadDiskTest, blocking_forms_work_without_a_thread) {
    EXPECT_TRUE(disk_->make_folders_now("a/b").ok());
    EXPECT_TRUE(disk_->replace_now("a/b/f", as_bytes("hello")).ok());
    EXPECT_TRUE(disk_->truncate_now("a/b/f", 4).ok());
    EXPECT_EQ(read_all("a/b/f"), "hell");
    EXPECT_TRUE(disk_->truncate_now("a/b/f", 0).ok());
    EXPECT_TRUE(disk_->map("a/b/f")->bytes().empty());
    EXPECT_TRUE(disk_->remove_now("a/b/f").ok());
    EXPECT_TRUE(disk_->remove_tree_now("a").ok());
    EXPECT_TRUE(disk_->list("a")->empty());
    EXPECT_GT(disk_->space()->total_bytes, 0U);
}

TEST_F(ThreadDiskTest, loads_a_file_that_cannot_be_mapped) {
    ASSERT_TRUE(disk_->replace_now("f", as_bytes(std::string(10'000, 'y'))).ok());
    const PosixFiles files(folder_.path() + "/data");
    const Result<int> fd = files.open({.path = "f", .mode = OpenMode::read});
    ASSERT_TRUE(fd.ok());
    EXPECT_EQ(as_text(files.load(*fd, 10'000)->bytes()), std::string(10'000, 'y'));
    ::close(*fd);
    EXPECT_EQ(as_text(files.load(*fd, 8)->bytes()), std::string(8, '\0'));
}

TEST_F(ThreadDiskTest, closes_what_its_clients_left_open) {
    const FileId file = client_.open(*disk_, {.path = "f", .mode = OpenMode::create});
    disk_->sync(file, client_, 1);
    disk_.reset();
    EXPECT_EQ(::fcntl(static_cast<int>(file), F_GETFD), -1);
}

TEST(DataLockTest, waits_for_an_owner_that_is_being_taken_down) {
    const TempFolder folder;
    const pid_t child = ::fork();
    if (child == 0) {
        // Taking it down takes a while.
        constexpr std::size_t kBytes = 512U << 20U;
        void* memory = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        const Result<DataLock> lock = DataLock::acquire(folder.path());
        if (memory != MAP_FAILED && lock.ok()) {
            ::kill(::getpid(), SIGKILL);
        }
        ::_exit(1);
    }
    ASSERT_GT(child, 0);
    const std::string path = "/proc/" + std::to_string(child) + "/cmdline";
    const auto has_command_line = [&path] {
        std::ifstream file(path);
        return file.get() != std::ifstream::traits_type::eof();
    };
    while (has_command_line()) {
        ::sched_yield();
    }
    EXPECT_TRUE(DataLock::acquire(folder.path()).ok());
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status));
}

TEST(DataLockTest, refuses_a_second_owner_and_names_the_first) {
    const TempFolder folder;
    {
        Result<DataLock> first = DataLock::acquire(folder.path());
        ASSERT_TRUE(first.ok());
        const Result<DataLock> second = DataLock::acquire(folder.path());
        ASSERT_FALSE(second.ok());
        EXPECT_EQ(second.error().code, ErrorCode::would_block);
        EXPECT_EQ(second.error().value, ::getpid());
    }
    EXPECT_TRUE(DataLock::acquire(folder.path()).ok());
    EXPECT_EQ(DataLock::acquire(folder.path() + "/none").error().code, ErrorCode::disk_failed);
}

}  // namespace
}  // namespace kera
