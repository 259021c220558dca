#include "memory/arena.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "base/testing/no_more_threads.hpp"
#include "base/units.hpp"

namespace kera {
namespace {

Arena small_arena(std::size_t bytes) {
    return Arena::reserve({.bytes = bytes, .pages = PagePreference::small}).value();
}

TEST(ArenaTest, reserves_whole_pages_that_read_as_zero) {
    const Arena arena = small_arena(10'000);
    EXPECT_EQ(arena.bytes(), 12_KiB);
    EXPECT_EQ(arena.page_kind(), PageKind::small);
    EXPECT_TRUE(std::all_of(arena.base(), arena.base() + arena.bytes(),
                            [](std::byte byte) { return byte == std::byte{0}; }));
}

TEST(ArenaTest, reports_the_pages_it_got) {
    const Result<Arena> arena = Arena::reserve({.bytes = 4_MiB, .pages = PagePreference::best});
    ASSERT_TRUE(arena.ok()) << describe(arena.error());
    EXPECT_NE(arena->describe().find(std::string("pages=") + to_string(arena->page_kind())),
              std::string::npos);
    arena->base()[4_MiB - 1] = std::byte{1};
}

TEST(ArenaTest, gets_huge_pages_or_says_that_there_are_none) {
    const Result<Arena> arena = Arena::reserve({.bytes = 2_MiB, .pages = PagePreference::huge});
    if (arena.ok()) {
        EXPECT_EQ(arena->page_kind(), PageKind::huge);
        arena->base()[0] = std::byte{1};
    } else {
        EXPECT_NE(arena.error().value, 0);
    }
}

TEST(ArenaTest, places_transparent_huge_pages_where_the_kernel_can_use_them) {
    const Result<Arena> arena = Arena::reserve({.bytes = 3_MiB, .pages = PagePreference::thp});
    if (!arena.ok()) {
        EXPECT_EQ(arena.error().code, ErrorCode::unsupported);
        return;
    }
    EXPECT_EQ(arena->bytes(), 4_MiB);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(arena->base()) % 2_MiB, 0u);
}

// A host has many threads that map memory while a node starts. None of them may lose its memory,
// also when there are no huge pages and the arena has to try again with others.
TEST(ArenaTest, takes_no_addresses_from_other_threads) {
    std::atomic<bool> done{false};
    std::atomic<int> lost{0};
    std::thread neighbour([&done, &lost] {
        while (!done) {
            void* const at = mmap(nullptr, 16_MiB, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            ASSERT_NE(at, MAP_FAILED);
            // Fails where addresses are not mapped.
            for (int look = 0; look < 20 && lost == 0; ++look) {
                lost += msync(at, 16_MiB, MS_ASYNC) == 0 ? 0 : 1;
            }
            munmap(at, 16_MiB);
        }
    });
    for (int time = 0; time < 3000 && lost == 0; ++time) {
        const Result<Arena> arena = Arena::reserve({4_GiB, PagePreference::huge});
        EXPECT_TRUE(arena.ok() || arena.error().code == ErrorCode::memory_exhausted);
        EXPECT_TRUE(Arena::reserve({4_MiB, PagePreference::small}).ok());
    }
    done = true;
    neighbour.join();
    EXPECT_EQ(lost, 0);
}

TEST(ArenaTest, refuses_what_the_machine_does_not_have) {
    const Error too_much = Arena::reserve({.bytes = std::size_t{1} << 60}).error();
    EXPECT_EQ(too_much.code, ErrorCode::memory_exhausted);
    EXPECT_GT(too_much.limit, 0);
    EXPECT_EQ(Arena::reserve({.bytes = 0}).error().code, ErrorCode::invalid_argument);
}

TEST(ArenaTest, carves_aligned_regions_that_do_not_overlap) {
    Arena arena = small_arena(1_MiB);
    const ArenaRegion first = arena.carve("control", 100, 64).value();
    const ArenaRegion second = arena.carve("segments", 256_KiB, 64_KiB).value();
    EXPECT_NE(first.id, second.id);
    EXPECT_EQ(first.base, arena.base() + first.offset);
    EXPECT_EQ(second.offset, 64_KiB);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(second.base) % 64_KiB, 0u);
}

TEST(ArenaTest, accounts_for_every_byte_by_owner) {
    Arena arena = small_arena(1_MiB);
    ASSERT_TRUE(arena.carve("control", 100, 64).ok());
    ASSERT_TRUE(arena.carve("segments", 256_KiB, 64_KiB).ok());
    std::size_t sum = arena.unused_bytes();
    for (const RegionUse& use : arena.regions()) {
        sum += use.region.bytes + use.padding_bytes;
    }
    EXPECT_EQ(sum, arena.bytes());
    EXPECT_EQ(arena.describe(),
              "bytes=1048576 pages=small control=100 segments=327580 unused=720896");
}

TEST(ArenaTest, refuses_to_carve_more_than_is_left) {
    Arena arena = small_arena(64_KiB);
    ASSERT_TRUE(arena.carve("first", 60_KiB, 64).ok());
    const Error error = arena.carve("second", 8_KiB, 64).error();
    EXPECT_EQ(error, fail(ErrorCode::memory_exhausted, "arena_bytes",
                          static_cast<std::int64_t>(64_KiB), static_cast<std::int64_t>(68_KiB)));
    EXPECT_EQ(arena.carve("third", 1, 2_MiB).error().code, ErrorCode::memory_exhausted);
    EXPECT_TRUE(arena.carve("fourth", 4_KiB, 64).ok());
    EXPECT_EQ(arena.unused_bytes(), 0u);
}

TEST(ArenaTest, can_neither_be_resized_nor_mapped_writable_by_others) {
    const Arena arena = small_arena(64_KiB);
    EXPECT_NE(ftruncate(arena.fd(), 4096), 0);
    EXPECT_NE(ftruncate(arena.fd(), 128 * 1024), 0);
    EXPECT_EQ(mmap(nullptr, 64_KiB, PROT_READ | PROT_WRITE, MAP_SHARED, arena.fd(), 0), MAP_FAILED);
    EXPECT_LT(write(arena.fd(), "x", 1), 0);
    EXPECT_NE(fcntl(arena.fd(), F_ADD_SEALS, F_SEAL_WRITE), 0);
}

TEST(ArenaTest, shows_others_what_is_written_through_a_read_only_descriptor) {
    const Arena arena = small_arena(64_KiB);
    const FileDescriptor reader = arena.open_read_only().value();
    EXPECT_EQ(fcntl(reader.get(), F_GETFL) & O_ACCMODE, O_RDONLY);
    void* const view = mmap(nullptr, 64_KiB, PROT_READ, MAP_SHARED, reader.get(), 0);
    ASSERT_NE(view, MAP_FAILED);
    arena.base()[5000] = std::byte{42};
    EXPECT_EQ(static_cast<const std::byte*>(view)[5000], std::byte{42});
    EXPECT_NE(mprotect(view, 64_KiB, PROT_READ | PROT_WRITE), 0);
    munmap(view, 64_KiB);
}

TEST(ArenaTest, can_be_moved) {
    Arena first = small_arena(64_KiB);
    std::byte* const base = first.base();
    Arena second = std::move(first);
    EXPECT_EQ(second.base(), base);
    second = small_arena(4_KiB);
    EXPECT_EQ(second.bytes(), 4_KiB);
}

std::size_t resident_pages(const Arena& arena) {
    std::vector<unsigned char> pages(arena.bytes() / 4_KiB);
    EXPECT_EQ(mincore(arena.base(), arena.bytes(), pages.data()), 0);
    return static_cast<std::size_t>(
        std::count_if(pages.begin(), pages.end(), [](unsigned char page) { return page & 1; }));
}

TEST(TouchAheadTest, brings_in_every_page_and_changes_none) {
    Arena arena = small_arena(24_MiB);
    for (std::size_t at = 0; at < arena.bytes(); at += 1_MiB) {
        arena.base()[at] = std::byte{0x5A};
    }
    EXPECT_EQ(resident_pages(arena), 24u);
    arena.touch_ahead(9_MiB + 100);
    arena.touching()->wait();
    EXPECT_FALSE(arena.touching()->gave_up());
    EXPECT_EQ(arena.touching()->touched_bytes(), 24_MiB);
    EXPECT_EQ(resident_pages(arena), arena.bytes() / 4_KiB);
    for (std::size_t at = 0; at < arena.bytes(); ++at) {
        ASSERT_EQ(arena.base()[at], at % 1_MiB == 0 ? std::byte{0x5A} : std::byte{0}) << at;
    }
}

TEST(TouchAheadTest, leaves_alone_what_is_written_meanwhile) {
    Arena arena = small_arena(32_MiB);
    arena.touch_ahead();
    for (std::size_t at = 0; at < arena.bytes(); at += 64) {
        arena.base()[at] = static_cast<std::byte>(at >> 6);
    }
    arena.touching()->wait();
    for (std::size_t at = 0; at < arena.bytes(); at += 64) {
        ASSERT_EQ(arena.base()[at], static_cast<std::byte>(at >> 6)) << at;
    }
}

TEST(TouchAheadTest, gives_up_where_the_system_has_no_more_threads) {
    Arena arena = small_arena(4_MiB);
    {
        const NoMoreThreads none;
        arena.touch_ahead();
    }
    EXPECT_TRUE(arena.touching()->gave_up());
    EXPECT_EQ(arena.touching()->touched_bytes(), 0U);
}

TEST(TouchAheadTest, stops_when_its_arena_goes) {
    Arena arena = small_arena(512_MiB);
    arena.touch_ahead();
    arena = small_arena(4_KiB);
    EXPECT_EQ(arena.touching(), nullptr);
}

}  // namespace
}  // namespace kera
