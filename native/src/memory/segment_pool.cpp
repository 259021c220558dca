#include "memory/segment_pool.hpp"

#include <array>
#include <limits>
#include <optional>

#include "memory/poison.hpp"

namespace kera {

namespace {

std::int64_t signed_bytes(std::size_t bytes) noexcept {
    return static_cast<std::int64_t>(bytes);
}

}  // namespace

void SegmentBlock::reset() noexcept {
    if (pool_ != nullptr) {
        std::exchange(pool_, nullptr)->give_back(data_, bytes_, offset_, generation_);
        data_ = nullptr;
        bytes_ = 0;
    }
}

Result<std::unique_ptr<SegmentPool>> SegmentPool::create(const ArenaRegion& region,
                                                         const SegmentPoolConfig& config) {
    constexpr std::size_t kClassAlignment = 4_KiB;
    const std::vector<std::size_t>& class_bytes = config.class_bytes;
    if (class_bytes.empty() || class_bytes.size() > BlockMap::kClassesMax) {
        return fail(ErrorCode::invalid_argument, "segment_classes",
                    signed_bytes(BlockMap::kClassesMax), signed_bytes(class_bytes.size()));
    }
    const std::size_t unit_bytes = class_bytes.front();
    if (unit_bytes == 0 || unit_bytes % kClassAlignment != 0) {
        return fail(ErrorCode::invalid_argument, "segment_class_bytes",
                    signed_bytes(kClassAlignment), signed_bytes(unit_bytes));
    }
    std::array<std::uint32_t, BlockMap::kClassesMax> class_units{};
    std::size_t below = unit_bytes;
    for (std::size_t i = 0; i < class_bytes.size(); ++i) {
        if (class_bytes[i] % below != 0 || (i > 0 && class_bytes[i] <= below) ||
            class_bytes[i] > region.bytes) {
            return fail(ErrorCode::invalid_argument, "segment_class_bytes", signed_bytes(below),
                        signed_bytes(class_bytes[i]));
        }
        class_units[i] = static_cast<std::uint32_t>(class_bytes[i] / unit_bytes);
        below = class_bytes[i];
    }
    const std::size_t units = region.bytes / unit_bytes;
    if (units >= std::numeric_limits<std::uint32_t>::max()) {
        return fail(ErrorCode::invalid_argument, "segment_pool_units",
                    std::numeric_limits<std::uint32_t>::max(), signed_bytes(units));
    }
    BlockMap map(static_cast<std::uint32_t>(units), {class_units.data(), class_bytes.size()});
    return std::unique_ptr<SegmentPool>(new SegmentPool(region, unit_bytes, std::move(map)));
}

SegmentPool::SegmentPool(const ArenaRegion& region, std::size_t unit_bytes, BlockMap map)
    : region_(region),
      unit_bytes_(unit_bytes),
      limit_bytes_(std::size_t{map.units()} * unit_bytes),
      largest_class_bytes_(map.classes().back().units * unit_bytes),
      map_(std::move(map)) {
    poison_unused(region_.base, limit_bytes_);
}

SegmentPool::~SegmentPool() {
    KERA_ASSERT(map_.used_units() == 0, map_.used_units());
    unpoison(region_.base, limit_bytes_);
}

Result<SegmentBlock> SegmentPool::acquire(std::size_t bytes) {
    KERA_ASSERT(bytes > 0);
    SegmentBlock block;
    {
        const std::scoped_lock lock(mutex_);
        const std::size_t used = map_.used_units() * unit_bytes_;
        if (bytes > limit_bytes_) {
            return fail(ErrorCode::memory_exhausted, "segment_pool_bytes",
                        signed_bytes(limit_bytes_), signed_bytes(used + bytes));
        }
        const auto units = static_cast<std::uint32_t>((bytes - 1) / unit_bytes_ + 1);
        const std::optional<std::uint32_t> first = map_.acquire(units);
        if (!first) {
            const std::size_t would_use = used + map_.rounded(units) * unit_bytes_;
            if (would_use > limit_bytes_) {
                return fail(ErrorCode::memory_exhausted, "segment_pool_bytes",
                            signed_bytes(limit_bytes_), signed_bytes(would_use));
            }
            return fail(ErrorCode::memory_exhausted, "segment_pool_adjacent_bytes",
                        signed_bytes(map_.largest_free_units() * unit_bytes_), signed_bytes(bytes));
        }
        block.pool_ = this;
        block.offset_ = *first * unit_bytes_;
        block.bytes_ = map_.used_at(*first) * unit_bytes_;
        block.generation_ = map_.generation(*first);
    }
    block.data_ = region_.base + block.offset_;
    unpoison(block.data_, block.bytes_);
    return block;
}

void SegmentPool::give_back(std::byte* data, std::size_t bytes, std::size_t offset,
                            std::uint32_t generation) noexcept {
    poison_freed(data, bytes);
    const auto first = static_cast<std::uint32_t>(offset / unit_bytes_);
    const std::scoped_lock lock(mutex_);
    KERA_ASSERT(map_.used_at(first) * unit_bytes_ == bytes, offset, bytes);
    KERA_ASSERT(map_.generation(first) == generation, offset, generation);
    map_.release(first);
}

bool SegmentPool::is_current(std::size_t offset, std::uint32_t generation) const {
    if (offset >= limit_bytes_ || offset % unit_bytes_ != 0) {
        return false;
    }
    const auto first = static_cast<std::uint32_t>(offset / unit_bytes_);
    const std::scoped_lock lock(mutex_);
    return map_.used_at(first) > 0 && map_.generation(first) == generation;
}

std::size_t SegmentPool::used_bytes() const {
    const std::scoped_lock lock(mutex_);
    return map_.used_units() * unit_bytes_;
}

std::vector<SegmentPool::ClassUse> SegmentPool::classes() const {
    const std::scoped_lock lock(mutex_);
    std::vector<ClassUse> uses;
    for (const BlockMap::ClassUse& use : map_.classes()) {
        uses.push_back({use.units * unit_bytes_, use.used_blocks, use.free_blocks});
    }
    return uses;
}

}  // namespace kera
