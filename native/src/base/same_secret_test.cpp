#include "base/same_secret.hpp"

#include <gtest/gtest.h>

#include <string>

namespace kera {
namespace {

TEST(SameSecretTest, accepts_only_the_very_same_bytes) {
    const std::string secret("s3cr\0t", 6);
    EXPECT_TRUE(same_secret(secret, secret));
    EXPECT_TRUE(same_secret("", ""));
    for (std::size_t at = 0; at < secret.size(); ++at) {
        std::string wrong = secret;
        wrong[at] = static_cast<char>(wrong[at] ^ 0x01);
        EXPECT_FALSE(same_secret(wrong, secret)) << at;
        wrong[at] = static_cast<char>(secret[at] ^ 0x80);
        EXPECT_FALSE(same_secret(wrong, secret)) << at;
    }
}

TEST(SameSecretTest, refuses_beginnings_and_repetitions) {
    EXPECT_FALSE(same_secret("", "secret"));
    EXPECT_FALSE(same_secret("secre", "secret"));
    EXPECT_FALSE(same_secret("secretsecret", "secret"));
    EXPECT_FALSE(same_secret("secret", ""));
    EXPECT_FALSE(same_secret(std::string("\0", 1), ""));
}

}  // namespace
}  // namespace kera
