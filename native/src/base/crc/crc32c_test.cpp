#include "base/crc/crc32c.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <vector>

#include "base/random.hpp"
#include "base/testing/random_bytes.hpp"
#include "base/units.hpp"

namespace kera {
namespace {

// The definition, one bit at a time.
std::uint32_t crc32c_by_definition(std::uint32_t seed, const std::byte* data, std::size_t bytes) {
    std::uint32_t crc = ~seed;
    for (std::size_t i = 0; i < bytes; ++i) {
        crc ^= static_cast<std::uint32_t>(data[i]);
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F63B78u : 0u);
        }
    }
    return ~crc;
}

class Crc32cTest : public testing::TestWithParam<Crc32cKernel> {
  protected:
    std::uint32_t run(std::uint32_t seed, const std::byte* data, std::size_t bytes) const {
        return GetParam().run(seed, data, bytes);
    }
};

TEST_P(Crc32cTest, computes_the_published_check_values) {
    const char* const digits = "123456789";
    EXPECT_EQ(run(0, reinterpret_cast<const std::byte*>(digits), 9), 0xE3069283u);
    // RFC 3720, appendix B.4.
    std::array<std::byte, 32> block{};
    EXPECT_EQ(run(0, block.data(), block.size()), 0x8A9136AAu);
    block.fill(std::byte{0xFF});
    EXPECT_EQ(run(0, block.data(), block.size()), 0x62A8AB43u);
    for (std::size_t i = 0; i < block.size(); ++i) {
        block[i] = static_cast<std::byte>(i);
    }
    EXPECT_EQ(run(0, block.data(), block.size()), 0x46DD794Eu);
}

TEST_P(Crc32cTest, leaves_the_seed_when_there_are_no_bytes) {
    EXPECT_EQ(run(0, nullptr, 0), 0u);
    EXPECT_EQ(run(0xDEADBEEF, nullptr, 0), 0xDEADBEEFu);
}

TEST_P(Crc32cTest, agrees_with_the_definition_for_every_short_length_and_alignment) {
    Random random(1);
    const std::vector<std::byte> bytes = random_bytes(random, 1024 + 64);
    for (std::size_t length = 0; length <= 1024; ++length) {
        const std::size_t alignment = length % 64;
        const auto seed = static_cast<std::uint32_t>(random.next());
        ASSERT_EQ(run(seed, bytes.data() + alignment, length),
                  crc32c_by_definition(seed, bytes.data() + alignment, length))
            << "length=" << length << " alignment=" << alignment;
    }
}

TEST_P(Crc32cTest, agrees_with_the_portable_kernel_on_large_random_input) {
    Random random(2);
    const std::vector<std::byte> bytes = random_bytes(random, 3_MiB);
    const Crc32cKernel portable = crc32c_kernels().front();
    for (int round = 0; round < 60; ++round) {
        const std::size_t from = random.below(4096);
        const std::size_t length = random.below(round < 50 ? 40'000 : bytes.size() - from);
        const auto seed = static_cast<std::uint32_t>(random.next());
        ASSERT_EQ(run(seed, bytes.data() + from, length),
                  portable.run(seed, bytes.data() + from, length))
            << "from=" << from << " length=" << length;
    }
}

TEST_P(Crc32cTest, chains_over_any_split) {
    Random random(3);
    const std::vector<std::byte> bytes = random_bytes(random, 2000);
    const std::uint32_t whole = run(0, bytes.data(), bytes.size());
    for (std::size_t split = 0; split <= bytes.size(); split += 1 + random.below(40)) {
        const std::uint32_t first = run(0, bytes.data(), split);
        ASSERT_EQ(run(first, bytes.data() + split, bytes.size() - split), whole) << split;
    }
}

// Two pages; touching the second one is a fault.
class GuardedPage {
  public:
    GuardedPage() : page_bytes_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))) {
        base_ = mmap(nullptr, 2 * page_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                     -1, 0);
        KERA_ASSERT(base_ != MAP_FAILED);
        KERA_ASSERT(mprotect(end(), page_bytes_, PROT_NONE) == 0);
    }
    ~GuardedPage() { munmap(base_, 2 * page_bytes_); }
    GuardedPage(const GuardedPage&) = delete;
    GuardedPage& operator=(const GuardedPage&) = delete;

    std::byte* end() const { return static_cast<std::byte*>(base_) + page_bytes_; }

  private:
    std::size_t page_bytes_;
    void* base_;
};

TEST_P(Crc32cTest, reads_nothing_past_the_end) {
    const GuardedPage page;
    const Crc32cKernel portable = crc32c_kernels().front();
    for (std::size_t length = 0; length <= 1024; ++length) {
        const std::byte* const data = page.end() - length;
        ASSERT_EQ(run(9, data, length), portable.run(9, data, length)) << length;
    }
}

INSTANTIATE_TEST_SUITE_P(Kernels, Crc32cTest, testing::ValuesIn(crc32c_kernels()),
                         [](const testing::TestParamInfo<Crc32cKernel>& tested) {
                             std::string name = tested.param.name;
                             std::erase_if(name, [](char c) { return !std::isalnum(c); });
                             return name;
                         });

TEST(Crc32cChoiceTest, runs_the_last_kernel_of_the_list) {
    Random random(4);
    const std::vector<std::byte> bytes = random_bytes(random, 5000);
    EXPECT_STREQ(crc32c_kernels().front().name, "portable");
    EXPECT_EQ(crc32c(5, bytes.data(), bytes.size()),
              crc32c_kernels().back().run(5, bytes.data(), bytes.size()));
}

}  // namespace
}  // namespace kera
