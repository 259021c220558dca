#include "memory/buffer_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include "base/units.hpp"
#include "memory/arena.hpp"

namespace kera {
namespace {

TEST(BufferPoolTest, lends_each_buffer_once) {
    const auto pool = BufferPool::create(8, 4_KiB).value();
    std::vector<PooledBuffer> buffers;
    std::set<std::byte*> places;
    for (int i = 0; i < 8; ++i) {
        buffers.push_back(pool->acquire().value());
        EXPECT_EQ(buffers.back().bytes(), 4_KiB);
        buffers.back().data()[4_KiB - 1] = std::byte{1};
        places.insert(buffers.back().data());
    }
    EXPECT_EQ(places.size(), 8u);
    EXPECT_EQ(pool->used_count(), 8u);
    EXPECT_EQ(pool->acquire().error(), fail(ErrorCode::buffer_exhausted, "buffers", 8, 8));
}

TEST(BufferPoolTest, takes_back_a_buffer_when_it_is_destroyed) {
    const auto pool = BufferPool::create(1, 64).value();
    {
        PooledBuffer buffer = pool->acquire().value();
        const PooledBuffer moved = std::move(buffer);
        EXPECT_TRUE(buffer.empty());  // NOLINT(bugprone-use-after-move)
        EXPECT_FALSE(pool->acquire().ok());
    }
    EXPECT_EQ(pool->used_count(), 0u);
    EXPECT_TRUE(pool->acquire().ok());
}

TEST(BufferPoolTest, divides_a_region_of_the_arena) {
    Arena arena = Arena::reserve({.bytes = 64_KiB, .pages = PagePreference::small}).value();
    const ArenaRegion region = arena.carve("receive", 64_KiB, 64).value();
    const auto pool = BufferPool::create(region, 24_KiB).value();
    EXPECT_EQ(pool->buffer_count(), 2u);
    const PooledBuffer buffer = pool->acquire().value();
    EXPECT_GE(buffer.data(), region.base);
    EXPECT_LE(buffer.data() + buffer.bytes(), region.base + region.bytes);
}

TEST(BufferPoolTest, refuses_sizes_that_make_no_pool) {
    EXPECT_EQ(BufferPool::create(4, 100).error(),
              fail(ErrorCode::invalid_argument, "buffer_bytes", 64, 100));
    EXPECT_EQ(BufferPool::create(0, 64).error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(BufferPool::create(std::size_t{1} << 31, std::size_t{1} << 40).error().code,
              ErrorCode::invalid_argument);
    EXPECT_FALSE(BufferPool::create(ArenaRegion{}, 64).ok());
}

TEST(BufferPoolTest, takes_buffers_back_on_other_threads) {
    constexpr int kBuffers = 16;
    constexpr int kThreads = 3;
    constexpr int kRounds = 3000;
    const auto pool = BufferPool::create(kBuffers, 64).value();
    // A mailbox per thread; null is empty.
    std::vector<std::atomic<PooledBuffer*>> mailboxes(kThreads);
    std::vector<PooledBuffer> posted(kThreads);
    std::atomic<bool> stop{false};
    std::vector<std::thread> threads;
    for (std::atomic<PooledBuffer*>& mailbox : mailboxes) {
        threads.emplace_back([&mailbox, &stop] {
            while (!stop.load(std::memory_order_acquire) ||
                   mailbox.load(std::memory_order_acquire) != nullptr) {
                PooledBuffer* const buffer = mailbox.load(std::memory_order_acquire);
                if (buffer == nullptr) {
                    std::this_thread::yield();
                    continue;
                }
                buffer->data()[0] = std::byte{2};
                buffer->reset();
                mailbox.store(nullptr, std::memory_order_release);
            }
        });
    }
    int handed_over = 0;
    while (handed_over < kRounds) {
        for (std::size_t i = 0; i < kThreads; ++i) {
            if (mailboxes[i].load(std::memory_order_acquire) == nullptr) {
                posted[i] = pool->acquire().value();
                posted[i].data()[0] = std::byte{1};
                mailboxes[i].store(&posted[i], std::memory_order_release);
                ++handed_over;
            }
        }
        std::this_thread::yield();
    }
    stop.store(true, std::memory_order_release);
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(pool->used_count(), 0u);
    std::vector<PooledBuffer> all;
    for (int i = 0; i < kBuffers; ++i) {
        all.push_back(pool->acquire().value());
    }
    EXPECT_FALSE(pool->acquire().ok());
}

}  // namespace
}  // namespace kera
