#include "memory/segment_pool.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "base/random.hpp"
#include "memory/arena.hpp"
#include "memory/poison.hpp"

namespace kera {
namespace {

class SegmentPoolTest : public testing::Test {
  protected:
    static constexpr std::size_t kRegionBytes = 40_MiB;

    std::unique_ptr<SegmentPool> make_pool(const SegmentPoolConfig& config = {}) {
        return SegmentPool::create(region_, config).value();
    }

    Arena arena_ = Arena::reserve({.bytes = kRegionBytes, .pages = PagePreference::small}).value();
    ArenaRegion region_ = arena_.carve("segments", kRegionBytes, 4_KiB).value();
};

TEST_F(SegmentPoolTest, rounds_up_to_the_class) {
    const auto pool = make_pool();
    const SegmentBlock small = pool->acquire(1).value();
    const SegmentBlock middle = pool->acquire(65_KiB).value();
    const SegmentBlock large = pool->acquire(5_MiB).value();
    EXPECT_EQ(small.bytes(), 64_KiB);
    EXPECT_EQ(middle.bytes(), 256_KiB);
    EXPECT_EQ(large.bytes(), 16_MiB);
    EXPECT_EQ(pool->used_bytes(), 16_MiB + 256_KiB + 64_KiB);
    EXPECT_EQ(pool->used_bytes() + pool->free_bytes(), pool->limit_bytes());
}

TEST_F(SegmentPoolTest, lends_memory_of_its_region) {
    const auto pool = make_pool();
    const SegmentBlock block = pool->acquire(64_KiB).value();
    EXPECT_EQ(block.data(), region_.base + block.offset());
    block.data()[0] = std::byte{1};
    block.data()[block.bytes() - 1] = std::byte{2};
    EXPECT_TRUE(pool->is_current(block.offset(), block.generation()));
}

TEST_F(SegmentPoolTest, takes_back_a_block_when_it_is_destroyed) {
    const auto pool = make_pool();
    std::size_t offset = 0;
    std::uint32_t generation = 0;
    {
        SegmentBlock block = pool->acquire(64_KiB).value();
        const SegmentBlock moved = std::move(block);
        offset = moved.offset();
        generation = moved.generation();
        EXPECT_EQ(pool->used_bytes(), 64_KiB);
    }
    EXPECT_EQ(pool->used_bytes(), 0u);
    EXPECT_FALSE(pool->is_current(offset, generation));
    const SegmentBlock again = pool->acquire(64_KiB).value();
    EXPECT_EQ(again.offset(), offset);
    EXPECT_NE(again.generation(), generation);
}

TEST_F(SegmentPoolTest, gives_the_old_block_back_when_another_is_assigned) {
    const auto pool = make_pool();
    SegmentBlock block = pool->acquire(64_KiB).value();
    block = pool->acquire(256_KiB).value();
    EXPECT_EQ(pool->used_bytes(), 256_KiB);
    block.reset();
    EXPECT_TRUE(block.empty());
    EXPECT_EQ(pool->used_bytes(), 0u);
}

TEST_F(SegmentPoolTest, refuses_with_limit_and_demand_when_it_is_full) {
    const auto pool = make_pool();
    std::vector<SegmentBlock> blocks;
    for (int i = 0; i < 10; ++i) {
        blocks.push_back(pool->acquire(4_MiB).value());
    }
    const Result<SegmentBlock> refused = pool->acquire(60_KiB);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error(),
              fail(ErrorCode::memory_exhausted, "segment_pool_bytes",
                   static_cast<std::int64_t>(40_MiB), static_cast<std::int64_t>(40_MiB + 64_KiB)));
}

TEST_F(SegmentPoolTest, says_when_there_is_enough_but_not_in_one_piece) {
    const auto pool = make_pool();
    SegmentBlock first = pool->acquire(4_MiB).value();
    SegmentBlock second = pool->acquire(4_MiB).value();
    const SegmentBlock small = pool->acquire(1).value();
    const SegmentBlock large = pool->acquire(16_MiB).value();
    first.reset();
    second.reset();
    const Result<SegmentBlock> refused = pool->acquire(16_MiB);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error(),
              fail(ErrorCode::memory_exhausted, "segment_pool_adjacent_bytes",
                   static_cast<std::int64_t>(4_MiB), static_cast<std::int64_t>(16_MiB)));
}

TEST_F(SegmentPoolTest, refuses_more_than_the_pool_has) {
    const auto pool = make_pool();
    for (const std::size_t bytes : {kRegionBytes + 1, ~std::size_t{0}}) {
        EXPECT_EQ(pool->acquire(bytes).error().code, ErrorCode::memory_exhausted);
    }
}

TEST_F(SegmentPoolTest, lends_adjacent_blocks_for_large_values) {
    const auto pool = make_pool();
    SegmentBlock block = pool->acquire(17_MiB).value();
    EXPECT_EQ(block.bytes(), 32_MiB);
    block.data()[32_MiB - 1] = std::byte{7};
    EXPECT_EQ(pool->classes().back().used_blocks, 2u);
    block.reset();
    EXPECT_EQ(pool->classes().back().free_blocks, 2u);
}

TEST_F(SegmentPoolTest, counts_blocks_by_class) {
    const auto pool = make_pool();
    const SegmentBlock block = pool->acquire(64_KiB).value();
    const std::vector<SegmentPool::ClassUse> classes = pool->classes();
    ASSERT_EQ(classes.size(), 5u);
    EXPECT_EQ(classes[0].block_bytes, 64_KiB);
    EXPECT_EQ(classes[0].used_blocks, 1u);
    EXPECT_EQ(classes[0].free_blocks, 3u);
    std::size_t sum = 0;
    for (const SegmentPool::ClassUse& use : classes) {
        sum += use.block_bytes * (use.used_blocks + use.free_blocks);
    }
    EXPECT_EQ(sum, pool->limit_bytes());
}

TEST_F(SegmentPoolTest, refuses_classes_that_do_not_divide_each_other) {
    EXPECT_EQ(SegmentPool::create(region_, {.class_bytes = {}}).error().what,
              std::string("segment_classes"));
    EXPECT_EQ(SegmentPool::create(region_, {.class_bytes = {1000}}).error().value, 1000);
    for (const std::vector<std::size_t>& classes :
         {std::vector<std::size_t>{64_KiB, 100_KiB}, std::vector<std::size_t>{64_KiB, 64_KiB},
          std::vector<std::size_t>{64_KiB, 64_MiB}, std::vector<std::size_t>{64_KiB, 0}}) {
        EXPECT_EQ(SegmentPool::create(region_, {.class_bytes = classes}).error().code,
                  ErrorCode::invalid_argument);
    }
}

TEST_F(SegmentPoolTest, is_shared_by_threads_without_overlap) {
    const auto pool = make_pool({.class_bytes = {4_KiB, 16_KiB, 64_KiB}});
    constexpr int kThreads = 4;
    std::vector<std::thread> threads;
    std::atomic<int> overlaps{0};
    for (int thread = 0; thread < kThreads; ++thread) {
        threads.emplace_back([&pool, &overlaps, thread] {
            Random random(static_cast<std::uint64_t>(thread) + 1);
            const auto mark = static_cast<std::byte>(thread + 1);
            std::vector<SegmentBlock> blocks;
            for (int step = 0; step < 2000; ++step) {
                if (blocks.size() < 20 && random.chance(0.6)) {
                    Result<SegmentBlock> block = pool->acquire(1 + random.below(64_KiB));
                    if (block.ok()) {
                        block->data()[0] = mark;
                        block->data()[block->bytes() - 1] = mark;
                        blocks.push_back(std::move(block).value());
                    }
                } else if (!blocks.empty()) {
                    const SegmentBlock block = std::move(blocks.back());
                    blocks.pop_back();
                    if (block.data()[0] != mark || block.data()[block.bytes() - 1] != mark) {
                        ++overlaps;
                    }
                }
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(overlaps.load(), 0);
    EXPECT_EQ(pool->used_bytes(), 0u);
    EXPECT_EQ(pool->classes().back().free_blocks, kRegionBytes / 64_KiB);
}

TEST_F(SegmentPoolTest, forgets_its_poison_when_it_goes) {
    make_pool().reset();
    region_.base[0] = std::byte{1};
    EXPECT_EQ(region_.base[0], std::byte{1});
}

using SegmentPoolDeathTest = SegmentPoolTest;

TEST_F(SegmentPoolDeathTest, aborts_when_destroyed_before_its_blocks) {
    EXPECT_DEATH(
        {
            auto pool = make_pool();
            const SegmentBlock block = pool->acquire(1).value();
            pool.reset();
        },
        "assertion failed");
}

#if defined(KERA_POISONS_BY_SANITIZER)
TEST_F(SegmentPoolDeathTest, catches_the_use_of_a_block_that_was_given_back) {
    const auto pool = make_pool();
    SegmentBlock block = pool->acquire(64_KiB).value();
    volatile std::byte* const data = block.data();
    block.reset();
    EXPECT_DEATH(data[100] = std::byte{1}, "use-after-poison");
}
#elif !defined(NDEBUG)
TEST_F(SegmentPoolTest, fills_a_block_that_was_given_back) {
    const auto pool = make_pool();
    SegmentBlock block = pool->acquire(64_KiB).value();
    const std::byte* const data = block.data();
    block.reset();
    EXPECT_EQ(data[100], std::byte{kPoisonByte});
}
#endif

}  // namespace
}  // namespace kera
