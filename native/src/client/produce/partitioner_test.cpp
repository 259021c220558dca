// Where keys go.
#include "client/produce/partitioner.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace kera {
namespace {

Bytes as_bytes(std::string_view text) {
    return std::as_bytes(std::span(text));
}

TEST(PartitionerTest, hashes_as_kafka_s_clients_do) {
    EXPECT_EQ(static_cast<std::int32_t>(murmur2(as_bytes("21"))), -973932308);
    EXPECT_EQ(static_cast<std::int32_t>(murmur2(as_bytes("foobar"))), -790332482);
    EXPECT_EQ(static_cast<std::int32_t>(murmur2(as_bytes("a-little-bit-long-string"))), -985981536);
    EXPECT_EQ(static_cast<std::int32_t>(murmur2(as_bytes("a-little-bit-longer-string"))),
              -1486304829);
    EXPECT_EQ(static_cast<std::int32_t>(
                  murmur2(as_bytes("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8"))),
              -58897971);
    EXPECT_EQ(static_cast<std::int32_t>(murmur2(as_bytes("abc"))), 479470107);
}

TEST(PartitionerTest, spreads_keys_evenly) {
    std::array<int, 20> hits{};
    for (int key = 0; key < 20000; ++key) {
        const std::string text = std::to_string(key);
        ++hits[static_cast<std::size_t>(streamlet_of_key(as_bytes(text), 20).value())];
    }
    for (const int count : hits) {
        EXPECT_NEAR(count, 1000, 150);
    }
}

}  // namespace
}  // namespace kera
