#include "base/crc/copy_crc.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "base/bytes.hpp"
#include "base/crc/crc32c.hpp"
#include "base/random.hpp"
#include "base/testing/random_bytes.hpp"
#include "base/units.hpp"

namespace kera {
namespace {

std::uint32_t portable_crc(std::uint32_t seed, const std::byte* data, std::size_t bytes) {
    return crc32c_kernels().front().run(seed, data, bytes);
}

class CopyCrcTest : public testing::TestWithParam<CopyCrcKernel> {};

TEST_P(CopyCrcTest, copies_and_checksums_every_length_and_alignment) {
    constexpr std::size_t kLengthMax = 2200;
    constexpr std::byte kUntouched{0xA5};
    Random random(1);
    const std::vector<std::byte> source = random_bytes(random, kLengthMax + 64);
    for (std::size_t length = 0; length <= kLengthMax; ++length) {
        const std::size_t from = random.below(64);
        const std::size_t to = 1 + random.below(64);
        const auto seed = static_cast<std::uint32_t>(random.next());
        std::vector<std::byte> destination(to + length + 1, kUntouched);
        const std::uint32_t crc =
            GetParam().run(destination.data() + to, source.data() + from, length, seed);
        ASSERT_EQ(crc, portable_crc(seed, source.data() + from, length)) << length;
        ASSERT_TRUE(equal_bytes(destination.data() + to, source.data() + from, length)) << length;
        ASSERT_EQ(destination[to - 1], kUntouched) << length;
        ASSERT_EQ(destination[to + length], kUntouched) << length;
    }
}

TEST_P(CopyCrcTest, agrees_with_the_portable_checksum_on_large_random_input) {
    Random random(2);
    const std::vector<std::byte> source = random_bytes(random, 1_MiB + 77);
    std::vector<std::byte> destination(source.size());
    for (int round = 0; round < 40; ++round) {
        const std::size_t from = random.below(64);
        const std::size_t length = random.below(source.size() - from);
        const std::uint32_t crc =
            GetParam().run(destination.data(), source.data() + from, length, 0);
        ASSERT_EQ(crc, portable_crc(0, source.data() + from, length)) << length;
        ASSERT_TRUE(equal_bytes(destination.data(), source.data() + from, length));
    }
}

TEST_P(CopyCrcTest, chains_over_any_split) {
    Random random(3);
    const std::vector<std::byte> source = random_bytes(random, 5000);
    std::vector<std::byte> destination(source.size());
    const std::uint32_t whole = portable_crc(0, source.data(), source.size());
    for (std::size_t split = 0; split <= source.size(); split += 1 + random.below(200)) {
        const std::uint32_t first = GetParam().run(destination.data(), source.data(), split, 0);
        ASSERT_EQ(GetParam().run(destination.data() + split, source.data() + split,
                                 source.size() - split, first),
                  whole);
    }
}

#if defined(__SANITIZE_THREAD__)
#define KERA_UNDER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define KERA_UNDER_TSAN 1
#endif
#endif

#if !defined(KERA_UNDER_TSAN)
// A hostile producer changes its chunk while we copy it. The race on the source is what this tests.
// TSan would report it, so it does not run this test.
TEST_P(CopyCrcTest, checksums_the_stored_bytes_while_the_source_changes) {
    Random random(4);
    std::vector<std::byte> source = random_bytes(random, 16_KiB);
    std::vector<std::byte> destination(source.size());
    std::atomic<bool> stop{false};
    std::thread scribbler([&source, &stop] {
        std::uint64_t value = 0;
        while (!stop.load(std::memory_order_relaxed)) {
            for (std::size_t at = 0; at < source.size(); at += 8) {
                auto* const word = reinterpret_cast<volatile std::uint64_t*>(source.data() + at);
                *word = ++value;
            }
        }
    });
    std::size_t mismatches = 0;
    for (int round = 0; round < 2000; ++round) {
        const std::uint32_t crc =
            GetParam().run(destination.data(), source.data(), source.size(), 0);
        mismatches += crc != portable_crc(0, destination.data(), destination.size()) ? 1u : 0u;
    }
    stop.store(true, std::memory_order_relaxed);
    scribbler.join();
    EXPECT_EQ(mismatches, 0u);
}
#endif

INSTANTIATE_TEST_SUITE_P(Kernels, CopyCrcTest, testing::ValuesIn(copy_crc_kernels()),
                         [](const testing::TestParamInfo<CopyCrcKernel>& tested) {
                             return std::string(tested.param.name);
                         });

TEST(CopyCrcChoiceTest, copies_with_the_chosen_kernel) {
    Random random(5);
    const std::vector<std::byte> source = random_bytes(random, 3000);
    std::vector<std::byte> destination(source.size());
    EXPECT_EQ(copy_crc32c(destination.data(), source.data(), source.size()),
              portable_crc(0, source.data(), source.size()));
    EXPECT_EQ(destination, source);
}

}  // namespace
}  // namespace kera
