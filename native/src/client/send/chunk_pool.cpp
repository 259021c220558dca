// Buffers, runs of buffers and regions. See chunk_pool.hpp.
#include "client/send/chunk_pool.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/units.hpp"
#include "wire/chunk/chunk.hpp"
#include "wire/chunk/record.hpp"

namespace kera {

namespace {

#ifndef NDEBUG
constexpr bool kPoison = true;
#else
constexpr bool kPoison = false;
#endif
constexpr std::byte kPoisonByte{0xDB};

}  // namespace

PoolRegion::PoolRegion(MutableBytes memory, const ChunkPoolOptions& options, Release release)
    : buffers_(memory.size() / options.chunk_bytes), release_(std::move(release)) {
    const std::size_t records_max =
        (options.chunk_bytes - kChunkHeaderBytes) / kRecordHeaderBytes + 1;
    if (options.record_tokens) {
        tokens_ = std::make_unique_for_overwrite<std::uint64_t[]>(records_max * buffers_.size());
    }
    for (std::size_t index = 0; index < buffers_.size(); ++index) {
        ChunkBuffer& buffer = buffers_[index];
        buffer.data = memory.data() + index * options.chunk_bytes;
        buffer.room_bytes = options.chunk_bytes;
        buffer.region = this;
        buffer.tokens = tokens_ ? tokens_.get() + index * records_max : nullptr;
    }
}

PoolRegion::~PoolRegion() {
    if (release_) {
        release_();
    }
}

ChunkPool::ChunkPool(const ChunkPoolOptions& options) : options_(options) {
    KERA_ASSERT(is_aligned(options.chunk_bytes, kCacheLineBytes), options.chunk_bytes);
    KERA_ASSERT(options.chunk_bytes > kChunkHeaderBytes && options.memory_bytes > 0);
    // Room for the buffers of the region in use and of one that is retired.
    returned_ = std::make_unique<ValueQueue<ChunkBuffer*>>(
        2 * (options.memory_bytes / options.chunk_bytes) + 2);
}

std::uint64_t ChunkPool::memory_bytes() const noexcept {
    return current_ == nullptr
               ? options_.memory_bytes
               : std::uint64_t{current_->buffer_count()} * std::uint64_t{options_.chunk_bytes};
}

std::uint64_t ChunkPool::chunk_bytes_max() const noexcept {
    return memory_bytes();
}

void ChunkPool::make_free(ChunkBuffer& buffer) {
    ChunkBuffer* const first = &buffer;
    for (std::uint32_t index = buffer.buffer_count; index-- > 0;) {
        ChunkBuffer& one = first[index];
        if constexpr (kPoison) {
            std::fill_n(one.data, options_.chunk_bytes, kPoisonByte);
        }
        one.buffer_count = 1;
        one.room_bytes = options_.chunk_bytes;
        one.state = ChunkBuffer::State::free;
        free_.push_back(&one);
    }
}

void ChunkPool::reclaim() {
    ChunkBuffer* buffer = nullptr;
    while (returned_->pop(buffer)) {
        make_free(*buffer);
    }
}

ChunkBuffer* ChunkPool::acquire(std::uint64_t bytes) {
    reclaim();
    if (bytes > options_.chunk_bytes) {
        return take_run(
            static_cast<std::uint32_t>((bytes + options_.chunk_bytes - 1) / options_.chunk_bytes));
    }
    if (free_.empty()) {
        return nullptr;
    }
    ChunkBuffer* const buffer = free_.front();
    free_.pop_front();
    buffer->state = ChunkBuffer::State::open;
    return buffer;
}

bool ChunkPool::has_room(std::uint64_t bytes) {
    reclaim();
    if (bytes > options_.chunk_bytes) {
        return find_run(static_cast<std::uint32_t>((bytes + options_.chunk_bytes - 1) /
                                                   options_.chunk_bytes)) != nullptr;
    }
    return !free_.empty();
}

ChunkBuffer* ChunkPool::find_run(std::uint32_t count) {
    if (current_ == nullptr || free_.size() < count) {
        return nullptr;
    }
    std::uint32_t run = 0;
    for (ChunkBuffer& buffer : current_->buffers_) {
        run = buffer.state == ChunkBuffer::State::free ? run + 1 : 0;
        if (run == count) {
            return &buffer - (count - 1);
        }
    }
    return nullptr;
}

ChunkBuffer* ChunkPool::take_run(std::uint32_t count) {
    ChunkBuffer* const first = find_run(count);
    if (first == nullptr) {
        return nullptr;
    }
    for (std::uint32_t index = 0; index < count; ++index) {
        first[index].state = ChunkBuffer::State::open;
    }
    std::erase_if(free_,
                  [](const ChunkBuffer* one) { return one->state != ChunkBuffer::State::free; });
    first->buffer_count = count;
    first->room_bytes = count * options_.chunk_bytes;
    return first;
}

void ChunkPool::give_back(ChunkBuffer& buffer) {
    PoolRegion& region = *buffer.region;
    if (!region.retired_) [[likely]] {
        const bool put = returned_->push(&buffer);
        KERA_ASSERT(put);
        return;
    }
    region.outstanding_ -= buffer.buffer_count;
    if (region.outstanding_ == 0) {
        drop(region);
    }
}

void ChunkPool::adopt(MutableBytes memory, PoolRegion::Release release) {
    retire_current();
    const std::uint64_t usable = std::min<std::uint64_t>(memory.size(), options_.memory_bytes);
    regions_.push_back(
        std::make_unique<PoolRegion>(memory.first(usable), options_, std::move(release)));
    current_ = regions_.back().get();
    for (ChunkBuffer& buffer : current_->buffers_) {
        free_.push_back(&buffer);
    }
}

void ChunkPool::adopt_own_memory() {
    // Shared, because a std::function copies what it holds.
    const std::shared_ptr<std::byte[]> memory(
        std::make_unique_for_overwrite<std::byte[]>(options_.memory_bytes + kCacheLineBytes));
    const auto address = reinterpret_cast<std::uintptr_t>(memory.get());
    std::byte* const aligned =
        memory.get() + (align_up(address, std::uintptr_t{kCacheLineBytes}) - address);
    adopt({aligned, options_.memory_bytes}, [memory] {});
}

void ChunkPool::retire_current() {
    if (current_ == nullptr) {
        return;
    }
    reclaim();
    PoolRegion& region = *std::exchange(current_, nullptr);
    region.retired_ = true;
    region.outstanding_ = region.buffer_count() - static_cast<std::uint32_t>(free_.size());
    free_.clear();
    if (region.outstanding_ == 0) {
        drop(region);
    }
}

void ChunkPool::drop(PoolRegion& region) {
    std::erase_if(regions_, [&region](const auto& one) { return one.get() == &region; });
}

}  // namespace kera
