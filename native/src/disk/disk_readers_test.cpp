#include "disk/disk_readers.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/testing/no_more_threads.hpp"
#include "base/testing/temp_folder.hpp"
#include "disk/testing/disk_recorder.hpp"
#include "disk/thread_disk.hpp"

namespace kera {
namespace {

class DiskReadersTest : public testing::Test {
  protected:
    void SetUp() override { disk_ = std::move(ThreadDisk::open({.root = folder_.path()})).value(); }

    FileId open(const std::string& path) {
        return client_.open(*disk_, {.path = path, .use = FileUse::reading});
    }

    TempFolder folder_;
    DiskRecorder client_;
    std::unique_ptr<ThreadDisk> disk_;
};

TEST_F(DiskReadersTest, read_runs_of_one_file_at_the_same_time) {
    constexpr std::size_t kLongBytes = 16U << 20U;
    ASSERT_TRUE(disk_->replace_now("f", as_bytes(std::string(kLongBytes, 'x'))).ok());
    const FileId file = open("f");
    std::vector<std::byte> long_run(kLongBytes);
    std::vector<std::byte> short_run(1);
    // Sooner or later a short read overtakes a long one. One thread would never let it.
    bool overtaken = false;
    for (DiskToken token = 0; token < 2'000 && !overtaken; token += 2) {
        disk_->read_at(file, 0, long_run, client_, token);
        disk_->read_at(file, 0, short_run, client_, token + 1);
        disk_->drain();
        overtaken = client_.order().back() == token;
    }
    EXPECT_TRUE(overtaken);
}

TEST_F(DiskReadersTest, close_a_file_after_the_reads_before) {
    constexpr int kFiles = 8;
    constexpr DiskToken kReads = 20;
    for (int i = 0; i < kFiles; ++i) {
        const std::string text(100'000, static_cast<char>('a' + i));
        ASSERT_TRUE(disk_->replace_now("f" + std::to_string(i), as_bytes(text)).ok());
    }
    // Descriptors are used again at once: a read that came late would get another file's bytes.
    for (int round = 0; round < 50; ++round) {
        DiskRecorder client;
        std::vector<std::vector<std::byte>> targets(kFiles * kReads);
        for (DiskToken token = 0; token < targets.size(); ++token) {
            targets[token].resize(100'000);
        }
        for (int i = 0; i < kFiles; ++i) {
            const FileId file = open("f" + std::to_string(i));
            for (DiskToken read = 0; read < kReads; ++read) {
                const DiskToken token = static_cast<DiskToken>(i) * kReads + read;
                disk_->read_at(file, 0, targets[token], client, token);
            }
            disk_->close(file);
        }
        disk_->drain();
        for (DiskToken token = 0; token < targets.size(); ++token) {
            ASSERT_EQ(client.of(token).value(), 100'000U);
            const auto letter = static_cast<std::byte>('a' + token / kReads);
            ASSERT_EQ(targets[token].front(), letter);
            ASSERT_EQ(targets[token].back(), letter);
        }
    }
}

TEST_F(DiskReadersTest, close_a_file_that_nobody_has_read) {
    ASSERT_TRUE(disk_->replace_now("f", as_bytes("x")).ok());
    const FileId file = open("f");
    disk_->close(file);
    EXPECT_EQ(disk_->in_flight(), 1U);
    disk_->drain();
    EXPECT_EQ(::fcntl(static_cast<int>(file), F_GETFD), -1);
}

TEST_F(DiskReadersTest, carry_out_what_was_started_before_they_end) {
    ASSERT_TRUE(disk_->replace_now("f", as_bytes(std::string(1'000, 'x'))).ok());
    const FileId file = open("f");
    std::vector<std::vector<std::byte>> targets(100);
    for (DiskToken token = 0; token < targets.size(); ++token) {
        targets[token].resize(1'000);
        disk_->read_at(file, 0, targets[token], client_, token);
    }
    disk_.reset();
    for (const std::vector<std::byte>& target : targets) {
        EXPECT_EQ(as_text(target), std::string(1'000, 'x'));
    }
    EXPECT_EQ(::fcntl(static_cast<int>(file), F_GETFD), -1);
}

TEST_F(DiskReadersTest, are_refused_where_the_system_has_no_more_threads) {
    const PosixFiles files(folder_.path());
    DiskCompletions completions(std::move(DiskCompletions::make_event()).value());
    const NoMoreThreads none;
    const Result<std::unique_ptr<DiskReaders>> started = DiskReaders::start(files, completions);
    ASSERT_FALSE(started.ok());
    EXPECT_EQ(started.error(), fail(ErrorCode::limit_exceeded, "disk_thread_errno", 0, EAGAIN));
}

using DiskReadersDeathTest = DiskReadersTest;

TEST_F(DiskReadersDeathTest, take_files_only_to_read_them) {
    ASSERT_TRUE(disk_->replace_now("f", as_bytes("x")).ok());
    const FileId file = open("f");
    EXPECT_DEATH(disk_->sync(file, client_, 1), "reading");
    EXPECT_DEATH(
        client_.open(*disk_, {.path = "f", .mode = OpenMode::write, .use = FileUse::reading}),
        "reading");
}

}  // namespace
}  // namespace kera
