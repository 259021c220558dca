// All memory of a node: one sealed memfd, mapped once, divided into regions with an owner each.
// Set up on one thread; afterwards any thread may read it. Regions live as long as the arena.
// Invariants: nobody can resize the memfd or map it writable again; the regions, their padding and
// unused_bytes() add up to bytes().
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_descriptor.hpp"
#include "base/result.hpp"
#include "memory/arena_region.hpp"
#include "memory/touch_ahead.hpp"

namespace kera {

enum class PagePreference : std::uint8_t {
    best,   // huge if there are enough, otherwise thp if the kernel allows it, otherwise small
    huge,   // reserved 2 MiB pages, or fail
    thp,    // transparent huge pages, or fail
    small,  // 4 KiB
};

enum class PageKind : std::uint8_t { huge, thp, small };

const char* to_string(PageKind kind) noexcept;

struct ArenaConfig {
    // Rounded up to whole pages, of 2 MiB unless they are small.
    std::size_t bytes = 0;
    PagePreference pages = PagePreference::best;
};

// The part of the arena that an owner has. The padding lies before the region and aligns it.
struct RegionUse {
    std::string owner;
    ArenaRegion region;
    std::size_t padding_bytes = 0;
};

class Arena {
  public:
    static Result<Arena> reserve(const ArenaConfig& config);

    Arena(Arena&&) noexcept = default;
    Arena& operator=(Arena&&) noexcept = default;
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;
    ~Arena() = default;

    // `alignment` is a power of two, at most 2 MiB. Fails with memory_exhausted.
    Result<ArenaRegion> carve(std::string_view owner, std::size_t bytes, std::size_t alignment);

    std::span<const RegionUse> regions() const noexcept { return regions_; }
    std::size_t unused_bytes() const noexcept { return bytes() - carved_bytes_; }
    std::size_t bytes() const noexcept { return mapping_.bytes(); }
    std::byte* base() const noexcept { return mapping_.base(); }
    PageKind page_kind() const noexcept { return page_kind_; }

    // For the log at start-up: `bytes=1073741824 pages=thp segments=1056964608 unused=16777216`.
    std::string describe() const;

    // Only for this process. Others get open_read_only().
    int fd() const noexcept { return fd_.get(); }
    Result<FileDescriptor> open_read_only() const;

    // Starts a thread that brings in the pages from `from` to the end, then those before it.
    // REQUIRES: not called before.
    void touch_ahead(std::size_t from = 0);
    // Null before touch_ahead().
    TouchAhead* touching() const noexcept { return touching_.get(); }

  private:
    class Mapping {
      public:
        Mapping() noexcept = default;
        Mapping(std::byte* base, std::size_t bytes) noexcept : base_(base), bytes_(bytes) {}
        Mapping(Mapping&& other) noexcept;
        Mapping& operator=(Mapping&& other) noexcept;
        Mapping(const Mapping&) = delete;
        Mapping& operator=(const Mapping&) = delete;
        ~Mapping();

        std::byte* base() const noexcept { return base_; }
        std::size_t bytes() const noexcept { return bytes_; }

      private:
        std::byte* base_ = nullptr;
        std::size_t bytes_ = 0;
    };

    Arena(FileDescriptor fd, Mapping mapping, PageKind page_kind) noexcept;
    static Result<Arena> reserve_with(PageKind kind, std::size_t bytes);

    FileDescriptor fd_;
    Mapping mapping_;
    PageKind page_kind_;
    std::vector<RegionUse> regions_;
    std::size_t carved_bytes_ = 0;
    // Last, so that its thread ends before the memory is unmapped.
    std::unique_ptr<TouchAhead> touching_;
};

}  // namespace kera
