#include "base/result.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace kera {
namespace {

Result<int> halve(int number) {
    if (number % 2 != 0) {
        return fail(ErrorCode::invalid_argument, "number", 0, number);
    }
    return number / 2;
}

Result<void> require_even(int number) {
    KERA_TRY(halve(number));
    return {};
}

Result<std::string> quarter_as_text(int number) {
    KERA_TRY_ASSIGN(const int half, halve(number));
    KERA_TRY_ASSIGN(const int quarter, halve(half));
    KERA_TRY(require_even(number));
    return std::to_string(quarter);
}

TEST(ResultTest, carries_a_value) {
    const Result<int> result = halve(8);
    ASSERT_TRUE(result.ok());
    EXPECT_TRUE(static_cast<bool>(result));
    EXPECT_EQ(*result, 4);
    EXPECT_EQ(result.value(), 4);
}

TEST(ResultTest, carries_an_error) {
    const Result<int> result = halve(7);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error(), fail(ErrorCode::invalid_argument, "number", 0, 7));
}

TEST(ResultTest, returns_the_first_error_to_the_caller) {
    EXPECT_EQ(quarter_as_text(8).value(), "2");
    EXPECT_EQ(quarter_as_text(6).error().value, 3);
    EXPECT_TRUE(require_even(2).ok());
    EXPECT_EQ(require_even(5).error().value, 5);
}

TEST(ResultTest, moves_what_cannot_be_copied) {
    Result<std::unique_ptr<int>> result = std::make_unique<int>(5);
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(**result, 5);
    const std::unique_ptr<int> taken = std::move(result).value();
    EXPECT_EQ(*taken, 5);
}

TEST(ResultTest, converts_what_the_value_type_accepts) {
    const Result<std::string> result = "text";
    EXPECT_EQ(result->size(), 4u);
}

TEST(ResultDeathTest, aborts_when_asked_for_what_is_not_there) {
    EXPECT_DEATH((void)halve(3).value(), "error\\(\\).code = 10");
    EXPECT_DEATH((void)halve(4).error(), "assertion failed");
    EXPECT_DEATH((void)Result<int>(fail(ErrorCode::ok, "")), "assertion failed");
}

}  // namespace
}  // namespace kera
