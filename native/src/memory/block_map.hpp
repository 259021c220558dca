// Which blocks of a run of units are free. Blocks have size classes, each a multiple of the class
// below. A block splits into smaller ones; they are joined as soon as all of them are free.
// One thread at a time. Knows numbers of units, no memory. Allocates only when constructed.
// Invariant: every unit belongs to exactly one block, free or used; free blocks that make up a
// whole block of the next class are joined.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace kera {

class BlockMap {
  public:
    static constexpr std::size_t kClassesMax = 8;

    struct ClassUse {
        std::uint32_t units = 0;
        // Blocks of a run (see acquire) count as used blocks of the largest class.
        std::uint32_t used_blocks = 0;
        std::uint32_t free_blocks = 0;
    };

    // REQUIRES: class_units ascends, starts at 1, each entry is a multiple of the one before.
    BlockMap(std::uint32_t units, std::span<const std::uint32_t> class_units);

    // The first unit of a block of the smallest class that holds `units`. Above the largest class:
    // of a run of adjacent blocks of that class. Empty when there is none.
    std::optional<std::uint32_t> acquire(std::uint32_t units);
    // REQUIRES: `first` was acquired and not released since.
    void release(std::uint32_t first);

    // How many units acquire(units) takes.
    std::uint32_t rounded(std::uint32_t units) const noexcept;
    // The units of the used block that starts at `first`; 0 when none starts there.
    std::uint32_t used_at(std::uint32_t first) const noexcept;
    // Grows with every release of a block that starts here.
    std::uint32_t generation(std::uint32_t first) const noexcept;

    std::uint32_t units() const noexcept { return static_cast<std::uint32_t>(units_.size()); }
    std::uint32_t used_units() const noexcept { return used_units_; }
    // The most that one acquire() could get now. Slow, for error reports: it walks the largest
    // class.
    std::uint32_t largest_free_units() const noexcept;
    std::span<const ClassUse> classes() const noexcept { return {classes_.data(), class_count_}; }

  private:
    static constexpr std::uint32_t kNone = 0xFFFFFFFF;

    enum class UnitState : std::uint8_t { inside, free, used };

    struct Unit {
        // Neighbours in the free list of the class; of a used block, `next` is its size in units.
        std::uint32_t next = kNone;
        std::uint32_t previous = kNone;
        std::uint32_t generation = 0;
        std::uint8_t size_class = 0;
        UnitState state = UnitState::inside;
    };

    std::size_t class_for(std::uint32_t units) const noexcept;
    std::optional<std::uint32_t> acquire_run(std::uint32_t blocks);
    void add_free(std::size_t size_class, std::uint32_t first);
    void take_free(std::size_t size_class, std::uint32_t first);
    void mark_used(std::size_t size_class, std::uint32_t first, std::uint32_t units);
    std::uint32_t parent_of(std::size_t size_class, std::uint32_t first) const noexcept;
    bool is_free_block_of_largest(std::uint32_t block) const noexcept;

    std::vector<Unit> units_;
    std::size_t class_count_;
    std::array<ClassUse, kClassesMax> classes_{};
    std::array<std::uint32_t, kClassesMax> free_heads_{};
    // Per class and block of the class above: how many of its parts are free as blocks.
    std::array<std::vector<std::uint32_t>, kClassesMax> free_parts_;
    std::uint32_t used_units_ = 0;
};

}  // namespace kera
