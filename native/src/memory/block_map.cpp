#include "memory/block_map.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace kera {

BlockMap::BlockMap(std::uint32_t units, std::span<const std::uint32_t> class_units)
    : units_(units), class_count_(class_units.size()) {
    KERA_ASSERT(class_count_ > 0 && class_count_ <= kClassesMax, class_count_);
    KERA_ASSERT(class_units.front() == 1);
    free_heads_.fill(kNone);
    for (std::size_t i = 0; i < class_count_; ++i) {
        classes_[i].units = class_units[i];
        if (i > 0) {
            const std::uint32_t below = class_units[i - 1];
            KERA_ASSERT(class_units[i] > below && class_units[i] % below == 0, class_units[i]);
            free_parts_[i - 1].assign(units / class_units[i], 0);
        }
    }
    // Units at the end that do not fill a block of the largest class become smaller blocks. Blocks
    // are listed from the end, so that the lowest addresses are handed out first.
    std::uint32_t end = units;
    for (std::size_t i = 0; i < class_count_; ++i) {
        const std::uint32_t size = class_units[i];
        const std::uint32_t keep =
            i + 1 < class_count_ ? end / class_units[i + 1] * class_units[i + 1] : 0;
        for (; end > keep; end -= size) {
            add_free(i, end - size);
        }
    }
}

std::uint32_t BlockMap::rounded(std::uint32_t units) const noexcept {
    const std::uint32_t largest = classes_[class_count_ - 1].units;
    if (units > largest) {
        return (units + largest - 1) / largest * largest;
    }
    return classes_[class_for(units)].units;
}

std::optional<std::uint32_t> BlockMap::acquire(std::uint32_t units) {
    KERA_ASSERT(units > 0);
    const std::uint32_t largest = classes_[class_count_ - 1].units;
    if (units > largest) {
        return acquire_run((units - 1) / largest + 1);
    }
    const std::size_t wanted = class_for(units);
    std::size_t found = wanted;
    while (found < class_count_ && free_heads_[found] == kNone) {
        ++found;
    }
    if (found == class_count_) {
        return std::nullopt;
    }
    const std::uint32_t first = free_heads_[found];
    take_free(found, first);
    for (; found > wanted; --found) {
        const std::uint32_t part = classes_[found - 1].units;
        // The first part is split further or taken; the last is listed first.
        for (std::uint32_t at = first + classes_[found].units - part; at > first; at -= part) {
            add_free(found - 1, at);
        }
    }
    mark_used(wanted, first, classes_[wanted].units);
    return first;
}

// From the end, away from where single blocks come from.
std::optional<std::uint32_t> BlockMap::acquire_run(std::uint32_t blocks) {
    const std::size_t top = class_count_ - 1;
    const std::uint32_t size = classes_[top].units;
    std::uint32_t adjacent = 0;
    for (std::uint32_t block = units() / size; block > 0;) {
        --block;
        adjacent = is_free_block_of_largest(block) ? adjacent + 1 : 0;
        if (adjacent == blocks) {
            const std::uint32_t first = block * size;
            for (std::uint32_t i = 0; i < blocks; ++i) {
                take_free(top, first + i * size);
                units_[first + i * size].state = UnitState::inside;
            }
            mark_used(top, first, blocks * size);
            return first;
        }
    }
    return std::nullopt;
}

void BlockMap::release(std::uint32_t first) {
    const std::uint32_t released = used_at(first);
    KERA_ASSERT(released > 0, first);
    Unit& unit = units_[first];
    const std::size_t size_class = unit.size_class;
    const std::uint32_t size = classes_[size_class].units;
    ++unit.generation;
    used_units_ -= released;
    classes_[size_class].used_blocks -= released / size;
    for (std::uint32_t at = first + released; at > first; at -= size) {
        add_free(size_class, at - size);
    }
}

std::uint32_t BlockMap::used_at(std::uint32_t first) const noexcept {
    if (first >= units() || units_[first].state != UnitState::used) {
        return 0;
    }
    return units_[first].next;
}

std::uint32_t BlockMap::generation(std::uint32_t first) const noexcept {
    KERA_ASSERT(first < units(), first);
    return units_[first].generation;
}

std::uint32_t BlockMap::largest_free_units() const noexcept {
    const std::uint32_t size = classes_[class_count_ - 1].units;
    std::uint32_t adjacent = 0;
    std::uint32_t longest = 0;
    for (std::uint32_t block = 0; block < units() / size; ++block) {
        adjacent = is_free_block_of_largest(block) ? adjacent + 1 : 0;
        longest = std::max(longest, adjacent);
    }
    if (longest > 0) {
        return longest * size;
    }
    for (std::size_t i = class_count_; i > 0; --i) {
        if (free_heads_[i - 1] != kNone) {
            return classes_[i - 1].units;
        }
    }
    return 0;
}

std::size_t BlockMap::class_for(std::uint32_t units) const noexcept {
    std::size_t size_class = 0;
    while (classes_[size_class].units < units) {
        ++size_class;
    }
    return size_class;
}

// kNone where the block above would reach past the end: such parts never come together.
std::uint32_t BlockMap::parent_of(std::size_t size_class, std::uint32_t first) const noexcept {
    if (size_class + 1 == class_count_) {
        return kNone;
    }
    const std::uint32_t parent = first / classes_[size_class + 1].units;
    return parent < free_parts_[size_class].size() ? parent : kNone;
}

void BlockMap::add_free(std::size_t size_class, std::uint32_t first) {
    for (;;) {
        Unit& unit = units_[first];
        unit.state = UnitState::free;
        unit.size_class = static_cast<std::uint8_t>(size_class);
        unit.previous = kNone;
        unit.next = free_heads_[size_class];
        if (unit.next != kNone) {
            units_[unit.next].previous = first;
        }
        free_heads_[size_class] = first;
        ++classes_[size_class].free_blocks;

        const std::uint32_t parent = parent_of(size_class, first);
        if (parent == kNone) {
            return;
        }
        const std::uint32_t size = classes_[size_class].units;
        const std::uint32_t parent_size = classes_[size_class + 1].units;
        if (++free_parts_[size_class][parent] < parent_size / size) {
            return;
        }
        first = parent * parent_size;
        for (std::uint32_t at = first; at < first + parent_size; at += size) {
            take_free(size_class, at);
            units_[at].state = UnitState::inside;
        }
        ++size_class;
    }
}

void BlockMap::take_free(std::size_t size_class, std::uint32_t first) {
    const Unit& unit = units_[first];
    if (unit.previous == kNone) {
        free_heads_[size_class] = unit.next;
    } else {
        units_[unit.previous].next = unit.next;
    }
    if (unit.next != kNone) {
        units_[unit.next].previous = unit.previous;
    }
    --classes_[size_class].free_blocks;
    const std::uint32_t parent = parent_of(size_class, first);
    if (parent != kNone) {
        --free_parts_[size_class][parent];
    }
}

void BlockMap::mark_used(std::size_t size_class, std::uint32_t first, std::uint32_t units) {
    Unit& unit = units_[first];
    unit.state = UnitState::used;
    unit.size_class = static_cast<std::uint8_t>(size_class);
    unit.next = units;
    used_units_ += units;
    classes_[size_class].used_blocks += units / classes_[size_class].units;
}

bool BlockMap::is_free_block_of_largest(std::uint32_t block) const noexcept {
    const Unit& unit = units_[block * classes_[class_count_ - 1].units];
    return unit.state == UnitState::free && unit.size_class == class_count_ - 1;
}

}  // namespace kera
