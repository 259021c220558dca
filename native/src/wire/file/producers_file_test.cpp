#include "wire/file/producers_file.hpp"

#include <gtest/gtest.h>

namespace kera {
namespace {

constexpr StreamId kStream{7};
constexpr StreamletId kStreamlet{3};
constexpr LaneId kLane{2};

ProducersFile sample(int producers) {
    ProducersFile file{kStream, kStreamlet, kLane, {}};
    for (int i = 0; i < producers; ++i) {
        file.producers.push_back({ProducerId(10 + i), 1'000 + i, Offset(50 * i), Sequence(7 * i),
                                  static_cast<std::uint32_t>(i + 1),
                                  ProducerEpoch(static_cast<std::int16_t>(i))});
    }
    return file;
}

TEST(ProducersFileTest, comes_back_as_it_was_written) {
    for (const int producers : {0, 1, 500}) {
        const ProducersFile file = sample(producers);
        EXPECT_EQ(ProducersFile::decode(file.encode(), kStream, kStreamlet, kLane).value(), file);
    }
}

TEST(ProducersFileTest, is_refused_when_any_bit_or_byte_of_it_is_missing_or_wrong) {
    std::vector<std::byte> bytes = sample(3).encode();
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        const auto mask = static_cast<std::byte>(1U << (bit % 8));
        bytes[bit / 8] ^= mask;
        EXPECT_FALSE(ProducersFile::decode(bytes, kStream, kStreamlet, kLane).ok()) << bit;
        bytes[bit / 8] ^= mask;
    }
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(
            ProducersFile::decode(Bytes(bytes).first(size), kStream, kStreamlet, kLane).ok());
    }
    bytes.push_back(std::byte{0});
    EXPECT_FALSE(ProducersFile::decode(bytes, kStream, kStreamlet, kLane).ok());
}

TEST(ProducersFileTest, is_refused_for_another_lane) {
    const std::vector<std::byte> bytes = sample(1).encode();
    EXPECT_FALSE(ProducersFile::decode(bytes, StreamId(8), kStreamlet, kLane).ok());
    EXPECT_FALSE(ProducersFile::decode(bytes, kStream, StreamletId(4), kLane).ok());
    EXPECT_FALSE(ProducersFile::decode(bytes, kStream, kStreamlet, LaneId(1)).ok());
}

}  // namespace
}  // namespace kera
