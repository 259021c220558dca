#include "base/bytes.hpp"

#include <gtest/gtest.h>

#include <array>

namespace kera {
namespace {

TEST(BytesTest, stores_numbers_little_endian_at_any_address) {
    std::array<std::byte, 16> bytes{};
    store_le<std::uint32_t>(&bytes[3], 0x11223344);
    EXPECT_EQ(bytes[3], std::byte{0x44});
    EXPECT_EQ(bytes[6], std::byte{0x11});
    EXPECT_EQ(load_le<std::uint32_t>(&bytes[3]), 0x11223344u);
    EXPECT_EQ(load_le<std::uint16_t>(&bytes[4]), 0x2233u);
    store_le<std::int64_t>(&bytes[1], -2);
    EXPECT_EQ(load_le<std::int64_t>(&bytes[1]), -2);
}

TEST(BytesTest, takes_null_for_no_bytes) {
    copy_bytes(nullptr, nullptr, 0);
    zero_bytes(nullptr, 0);
    EXPECT_TRUE(equal_bytes(nullptr, nullptr, 0));
}

TEST(BytesTest, copies_compares_and_zeroes) {
    std::array<std::byte, 8> source{};
    source.fill(std::byte{7});
    std::array<std::byte, 8> destination{};
    copy_bytes(destination.data(), source.data(), 5);
    EXPECT_TRUE(equal_bytes(destination.data(), source.data(), 5));
    EXPECT_FALSE(equal_bytes(destination.data(), source.data(), 6));
    zero_bytes(source.data(), 8);
    EXPECT_EQ(load_le<std::uint64_t>(source.data()), 0u);
}

}  // namespace
}  // namespace kera
