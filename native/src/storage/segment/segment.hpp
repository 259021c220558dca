// One contiguous run of chunks. It is memory that grows at its head; later it may be only in log
// files, from which it can be read back. The lane's owner appends, closes and destroys; any thread
// reads below the head, under a lease. Owns its memory while it has any, and what it needs of log
// files. README.md shows its states. Invariants: bytes below head() never change and are whole
// chunks; an open or closed segment is in memory.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "base/ids.hpp"
#include "memory/segment_pool.hpp"
#include "storage/segment/segment_extents.hpp"
#include "storage/segment/segment_index.hpp"
#include "storage/segment/segment_lease.hpp"
#include "storage/segment/segment_summary.hpp"
#include "wire/chunk/chunk.hpp"

namespace kera {

enum class SegmentState : std::uint8_t {
    open,      // its lane appends to it
    closed,    // full or left behind; only in memory
    flushed,   // also in log files
    evicting,  // for a moment only: on its way from or to evicted
    evicted,   // only in log files
    loading,   // a thread reads them
    loaded,    // read back for readers of old data; the first to be evicted
};

// The identity of a segment: which one of which lane.
struct SegmentPlace {
    StreamId stream;
    StreamletId streamlet;
    LaneId lane;
    GroupId group;
    SegmentId segment;

    friend bool operator==(const SegmentPlace&, const SegmentPlace&) = default;
};

class Segment {
  public:
    Segment(SegmentBlock block, std::int64_t created_ms);
    // A segment found on disk: it starts evicted.
    Segment(const SegmentPlace& place, const SegmentSummary& summary, std::int64_t created_ms,
            SegmentExtents extents);
    ~Segment() = default;
    Segment(const Segment&) = delete;
    Segment& operator=(const Segment&) = delete;

    // --- owner
    // Once, before any other thread can see the segment.
    void set_place(const SegmentPlace& place, std::int64_t opened_ms) noexcept {
        place_ = place;
        created_ms_ = opened_ms;
    }
    std::uint32_t room_bytes() const noexcept { return capacity_bytes_ - head_bytes_owned(); }
    // Where the next chunk goes. REQUIRES: open.
    std::byte* room() noexcept { return block_.data() + head_bytes_owned(); }
    std::uint32_t head_bytes_owned() const noexcept {
        return head_bytes_.load(std::memory_order_relaxed);
    }
    // The chunk at room() becomes visible to readers.
    void publish(std::uint32_t chunk_bytes, Offset base_offset, std::uint32_t record_count,
                 std::int64_t max_timestamp_ms) noexcept;
    void close() noexcept;

    // --- any thread that may look at it
    const SegmentPlace& place() const noexcept { return place_; }
    std::uint32_t capacity_bytes() const noexcept { return capacity_bytes_; }
    std::int64_t created_ms() const noexcept { return created_ms_; }
    SegmentState state() const noexcept { return state_.load(std::memory_order_acquire); }
    // Once this is true, head_bytes() is final: so ask this first.
    bool is_closed() const noexcept { return state() != SegmentState::open; }
    bool is_on_disk() const noexcept { return state() >= SegmentState::flushed; }
    std::uint32_t head_bytes() const noexcept {
        return head_bytes_.load(std::memory_order_acquire);
    }
    // kNoOffset while empty.
    Offset first_offset() const noexcept {
        return Offset(first_offset_.load(std::memory_order_acquire));
    }
    Offset end_offset() const noexcept {
        return Offset(end_offset_.load(std::memory_order_acquire));
    }
    std::int64_t max_timestamp_ms() const noexcept {
        return max_timestamp_ms_.load(std::memory_order_relaxed);
    }
    std::int64_t record_count() const noexcept {
        return record_count_.load(std::memory_order_relaxed);
    }
    std::uint32_t chunk_count() const noexcept {
        return chunk_count_.load(std::memory_order_relaxed);
    }
    const SegmentIndex& index() const noexcept { return index_; }
    SegmentSummary summary() const;

    // --- with a lease
    // The bytes, valid as long as the lease is held; null when they are only on disk.
    const std::byte* bytes() const noexcept { return data_.load(std::memory_order_seq_cst); }

    // --- disk, any thread
    // The chunk at `position` is in the file, and stable.
    void stored(const std::shared_ptr<LogFile>& file, std::uint64_t file_at, std::uint32_t position,
                std::uint32_t bytes);
    // A copy of the chunk at `position` is stable, and the one at `from` is not needed any more.
    // False when the chunk was not there.
    bool moved(const LogFile& from, std::uint64_t from_at, const std::shared_ptr<LogFile>& to,
               std::uint64_t to_at, std::uint32_t position, std::uint32_t bytes);
    // Whether the chunk at `position` is there now.
    bool is_at(const LogFile& file, std::uint64_t file_at, std::uint32_t position) const;
    // Where its chunks are now. What the copy names stays where it is as long as the copy lives.
    SegmentExtents extents() const;
    std::uint32_t stored_bytes() const;

    // All chunks are stable: from now on it may be evicted. REQUIRES: closed.
    void mark_flushed() noexcept;
    // Frees the memory unless somebody holds a lease. Any thread; false when it was not possible.
    bool try_evict() noexcept;
    // Claims the right to read the segment back. False when another thread has it, or when the
    // segment is in memory.
    bool begin_load() noexcept;
    // Ends what begin_load() has begun. `block` holds the segment's bytes.
    void loaded(SegmentBlock block) noexcept;
    void load_failed() noexcept;

    // When it was read last, counted in reads of evictable segments. The evictor chooses by it.
    std::uint64_t last_read() const noexcept { return last_read_.load(std::memory_order_relaxed); }
    void note_read(std::uint64_t tick) noexcept {
        last_read_.store(tick, std::memory_order_relaxed);
    }
    bool is_leased() const noexcept { return !leases_.idle(); }

  private:
    friend class SegmentLease;

    SegmentBlock block_;
    // Null when evicted. Evicting stores null and then loads leases_; leasing steps leases_ and
    // then loads this. All four are seq_cst, so at least one of the two sees the other.
    std::atomic<const std::byte*> data_;
    LeaseCount leases_;
    // Release in publish() pairs with acquire in head_bytes(): bytes below it can be read.
    std::atomic<std::uint32_t> head_bytes_{0};
    std::atomic<SegmentState> state_;
    std::uint32_t capacity_bytes_;
    std::atomic<std::int64_t> first_offset_{kNoOffset.value()};
    std::atomic<std::int64_t> end_offset_{kNoOffset.value()};
    std::atomic<std::int64_t> max_timestamp_ms_{kNoTimestamp};
    std::atomic<std::int64_t> record_count_{0};
    std::atomic<std::uint32_t> chunk_count_{0};
    std::atomic<std::uint64_t> last_read_{0};
    std::int64_t created_ms_;
    SegmentPlace place_;
    SegmentIndex index_;
    mutable std::mutex extents_mutex_;
    // Guarded by extents_mutex_.
    SegmentExtents extents_;
};

inline SegmentLease::SegmentLease(Segment& segment) noexcept
    : segment_(&segment), lease_(segment.leases_.acquire()) {}

}  // namespace kera
