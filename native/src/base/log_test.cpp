#include "base/log.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"

namespace kera {
namespace {

class LogTest : public testing::Test {
  protected:
    LogTest() {
        previous_ =
            set_log_sink([this](LogLevel, std::string_view line) { lines_.emplace_back(line); });
    }
    ~LogTest() override {
        set_log_sink(std::move(previous_));
        set_log_level(LogLevel::info);
    }
    LogTest(const LogTest&) = delete;
    LogTest& operator=(const LogTest&) = delete;

    std::vector<std::string> lines_;
    LogSink previous_;
};

TEST_F(LogTest, writes_one_line_of_names_and_values) {
    log(LogLevel::warn, "segment_evicted",
        {{"stream", StreamId(3)}, {"bytes", 65536}, {"path", "/data/x"}, {"last", false}});
    ASSERT_EQ(lines_.size(), 1u);
    EXPECT_EQ(lines_[0],
              "level=warn event=segment_evicted stream=3 bytes=65536 path=/data/x last=false");
}

TEST_F(LogTest, quotes_what_could_break_the_line_or_forge_a_field) {
    log(LogLevel::info, "hello",
        {{"client", "a b"}, {"name", "x\nlevel=error"}, {"quoted", "say \"hi\" \\"}, {"none", ""}});
    EXPECT_EQ(lines_.at(0), R"(level=info event=hello client="a b" name="x\x0alevel=error")"
                            R"( quoted="say \"hi\" \\" none="")");
}

TEST_F(LogTest, keeps_text_that_is_not_ascii) {
    log(LogLevel::info, "hello", {{"name", "K\xC3\xA9ra"}});
    EXPECT_EQ(lines_.at(0), "level=info event=hello name=K\xC3\xA9ra");
}

TEST_F(LogTest, describes_errors) {
    log(LogLevel::error, "refused", {{"why", fail(ErrorCode::disk_full, "free_bytes", 100, 5)}});
    EXPECT_EQ(lines_.at(0), R"(level=error event=refused why="DISK_FULL free_bytes=5 limit=100")");
}

TEST_F(LogTest, drops_what_is_below_its_level) {
    log(LogLevel::debug, "detail");
    EXPECT_TRUE(lines_.empty());
    set_log_level(LogLevel::debug);
    log(LogLevel::debug, "detail");
    EXPECT_EQ(lines_.size(), 1u);
    set_log_level(LogLevel::error);
    log(LogLevel::warn, "late");
    EXPECT_EQ(lines_.size(), 1u);
    set_log_level(LogLevel::off);
    log(LogLevel::error, "unheard");
    EXPECT_EQ(lines_.size(), 1u);
}

TEST_F(LogTest, passes_lines_of_many_threads_one_at_a_time) {
    constexpr int kLines = 200;
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([thread] {
            for (int i = 0; i < kLines; ++i) {
                log(LogLevel::info, "line", {{"thread", thread}, {"number", i}});
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(lines_.size(), 4u * kLines);
}

TEST(LogToStderrTest, puts_the_time_first) {
    testing::internal::CaptureStderr();
    log(LogLevel::info, "started", {{"port", 9090}});
    const std::string line = testing::internal::GetCapturedStderr();
    // 2020-01-01T00:00:00.000Z level=...
    ASSERT_GT(line.size(), 25u);
    EXPECT_EQ(line[4], '-');
    EXPECT_EQ(line.substr(23, 2), "Z ");
    EXPECT_EQ(line.substr(25), "level=info event=started port=9090\n");
}

}  // namespace
}  // namespace kera
