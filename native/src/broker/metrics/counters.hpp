// Numbers that Java and other processes read at any time without stopping a thread: a table in its
// own memfd, in the layout of Agrona's CountersReader. allocate() and for_each(): any thread, cold,
// under a mutex. add(): the counter's owner; add_shared(): any thread. Counters owns the memory and
// outlives each Counter. Invariant: a freed record is not used again before its deadline.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <utility>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/file_descriptor.hpp"
#include "base/result.hpp"
#include "memory/arena.hpp"

namespace kera {

enum class CounterState : std::int32_t { unused = 0, allocated = 1, reclaimed = -1 };

// A counter's description: one record of the metadata region.
struct CounterRecord {
    static constexpr std::size_t kKeyBytesMax = 112;
    static constexpr std::size_t kLabelBytesMax = 380;

    std::atomic<CounterState> state;
    std::int32_t type_id;
    std::atomic<std::int64_t> reusable_from_epoch_ms;
    std::array<std::byte, kKeyBytesMax> key;
    std::atomic<std::int32_t> label_bytes;
    std::array<std::byte, kLabelBytesMax> label;
};
static_assert(sizeof(CounterRecord) == 512 && offsetof(CounterRecord, label_bytes) == 128);

// A counter's value: one record of the values region, of two cache lines, so that no two writers
// share a line.
struct CounterValue {
    std::atomic<std::int64_t> value;
    std::int64_t registration_id;
    std::int64_t owner_id;
    std::int64_t reference_id;
    std::array<std::byte, 96> padding;
};
static_assert(sizeof(CounterValue) == 128);

class Counters;

// Frees its record when destroyed. A counter without a record, from a full table, is a no-op.
class Counter {
  public:
    Counter() noexcept = default;
    Counter(Counter&& other) noexcept
        : table_(std::exchange(other.table_, nullptr)),
          value_(std::exchange(other.value_, nullptr)) {}
    Counter& operator=(Counter&& other) noexcept {
        std::swap(table_, other.table_);
        std::swap(value_, other.value_);
        return *this;
    }
    Counter(const Counter&) = delete;
    Counter& operator=(const Counter&) = delete;
    ~Counter();

    bool counts() const noexcept { return value_ != nullptr; }

    // All writes are relaxed: a counter publishes nothing but itself. REQUIRES: no other thread
    // writes this counter.
    void add(std::int64_t by = 1) noexcept {
        if (value_ != nullptr) {
            value_->store(value_->load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
        }
    }
    // Any thread, for the price of a locked instruction. Not together with add().
    void add_shared(std::int64_t by = 1) noexcept {
        if (value_ != nullptr) {
            value_->fetch_add(by, std::memory_order_relaxed);
        }
    }
    void set(std::int64_t value) noexcept {
        if (value_ != nullptr) {
            value_->store(value, std::memory_order_relaxed);
        }
    }
    // Any thread; 0 without a record.
    std::int64_t value() const noexcept {
        return value_ == nullptr ? 0 : value_->load(std::memory_order_relaxed);
    }

  private:
    friend class Counters;
    Counter(Counters* table, std::atomic<std::int64_t>* value) noexcept
        : table_(table), value_(value) {}

    Counters* table_ = nullptr;
    std::atomic<std::int64_t>* value_ = nullptr;
};

struct CountersConfig {
    // 640 bytes each. A record takes memory from its first use on.
    std::int32_t capacity = 32'768;
    // So long a reader may still look at a record that was freed.
    std::int64_t reuse_after_ms = 1'000;
};

struct CounterReading {
    std::int32_t id;
    std::int32_t type_id;
    std::string_view label;  // until the visitor returns
    std::int64_t value;
};

class Counters {
  public:
    // `clock` outlives the table.
    static Result<std::unique_ptr<Counters>> create(const CountersConfig& config,
                                                    const Clock& clock);
    Counters(const Counters&) = delete;
    Counters& operator=(const Counters&) = delete;

    // Starts at 0. Labels and keys that are too long are cut. A full table returns limit_exceeded,
    // and logs it the first time.
    Result<Counter> allocate(std::int32_t type_id, std::string_view label, Bytes key = {});
    // The same for callers that can do without: the counter may be a no-op.
    Counter allocate_if_room(std::int32_t type_id, std::string_view label, Bytes key = {});

    // REQUIRES: `visit` neither allocates nor frees counters.
    void for_each(const std::function<void(const CounterReading&)>& visit) const;

    std::int32_t capacity() const noexcept { return static_cast<std::int32_t>(values_.size()); }
    std::int32_t allocated() const;

    // For CountersReader, by address in this process or by offset in a mapping of the memfd.
    const ArenaRegion& metadata_region() const noexcept { return metadata_region_; }
    const ArenaRegion& values_region() const noexcept { return values_region_; }
    std::size_t bytes() const noexcept { return arena_.bytes(); }
    Result<FileDescriptor> open_read_only() const { return arena_.open_read_only(); }

  private:
    friend class Counter;
    static constexpr std::size_t kNone = SIZE_MAX;

    Counters(const CountersConfig& config, const Clock& clock, Arena arena,
             const ArenaRegion& metadata, const ArenaRegion& values) noexcept;
    void free(const std::atomic<std::int64_t>* value) noexcept;
    std::size_t take_record();

    const std::int64_t reuse_after_ms_;
    const Clock& clock_;
    const Arena arena_;
    const ArenaRegion metadata_region_;
    const ArenaRegion values_region_;
    const std::span<CounterRecord> records_;
    const std::span<CounterValue> values_;

    mutable std::mutex mutex_;
    std::size_t used_once_ = 0;     // records from here on were never used
    std::deque<std::size_t> free_;  // in the order in which they were freed
    bool said_full_ = false;
};

}  // namespace kera
