#include "base/error.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/result.hpp"

namespace kera {
namespace {

TEST(ErrorTest, describes_the_thing_its_value_and_the_limit) {
    EXPECT_EQ(describe(fail(ErrorCode::frame_too_large, "frame_bytes", 65536, 70000)),
              "FRAME_TOO_LARGE frame_bytes=70000 limit=65536");
    EXPECT_EQ(describe(fail(ErrorCode::unknown_stream, "stream", 0, 7)), "UNKNOWN_STREAM stream=7");
    EXPECT_EQ(describe(fail(ErrorCode::invalid_argument, "lanes", 64, 0)),
              "INVALID_ARGUMENT lanes=0 limit=64");
}

TEST(ErrorTest, describes_without_numbers_when_there_are_none) {
    EXPECT_EQ(describe(fail(ErrorCode::closed, "connection")), "CLOSED connection");
    EXPECT_EQ(describe(fail(ErrorCode::internal, "")), "INTERNAL");
}

TEST(ErrorTest, describes_what_the_system_said_in_words) {
    EXPECT_EQ(describe(fail(ErrorCode::disk_failed, "open_errno", 0, 13)),
              "DISK_FAILED open_errno=13 (Permission denied)");
    EXPECT_EQ(describe(fail(ErrorCode::invalid_argument, "bind_errno", 0, 98)),
              "INVALID_ARGUMENT bind_errno=98 (Address already in use)");
}

TEST(ErrorTest, describes_the_cause_where_one_is_known) {
    Error error = fail(ErrorCode::buffer_exhausted, "memory_bytes", 10, 11);
    const Error without = error;
    error.cause = ErrorCode::memory_exhausted;
    EXPECT_EQ(describe(error), "BUFFER_EXHAUSTED memory_bytes=11 limit=10 cause=MEMORY_EXHAUSTED");
    EXPECT_FALSE(error == without);
}

TEST(ErrorTest, names_every_code_and_no_name_twice) {
    std::set<std::string> names;
    for (std::uint16_t number = 0; number <= kErrorCodeMax; ++number) {
        const std::string name = to_string(static_cast<ErrorCode>(number));
        EXPECT_NE(name, "UNKNOWN") << number;
        EXPECT_TRUE(names.insert(name).second) << name;
    }
    EXPECT_STREQ(to_string(static_cast<ErrorCode>(kErrorCodeMax + 1)), "UNKNOWN");
}

TEST(ErrorTest, keeps_the_numbers_of_the_wire) {
    EXPECT_STREQ(to_string(static_cast<ErrorCode>(1)), "MALFORMED");
    EXPECT_STREQ(to_string(static_cast<ErrorCode>(11)), "SEQUENCE_GAP");
    EXPECT_STREQ(to_string(static_cast<ErrorCode>(18)), "MEMORY_EXHAUSTED");
    EXPECT_STREQ(to_string(static_cast<ErrorCode>(25)), "WOULD_BLOCK");
    EXPECT_STREQ(to_string(static_cast<ErrorCode>(30)), "INTERNAL");
}

TEST(ErrorTest, retries_what_may_pass_and_not_what_is_wrong) {
    EXPECT_TRUE(is_retriable(ErrorCode::memory_exhausted));
    EXPECT_TRUE(is_retriable(ErrorCode::not_leader));
    EXPECT_TRUE(is_retriable(ErrorCode::would_block));
    EXPECT_FALSE(is_retriable(ErrorCode::ok));
    EXPECT_FALSE(is_retriable(ErrorCode::malformed));
    EXPECT_FALSE(is_retriable(ErrorCode::stale_producer_epoch));
    EXPECT_FALSE(is_retriable(ErrorCode::sequence_gap));
}

}  // namespace
}  // namespace kera
