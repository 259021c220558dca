#include "broker/metrics/counters.hpp"

#include <algorithm>
#include <limits>

#include "base/check.hpp"
#include "base/log.hpp"

namespace kera {
namespace {

constexpr std::int32_t kCapacityMax = 1 << 20;
constexpr std::int64_t kNotReusable = std::numeric_limits<std::int64_t>::max();

void copy_padded(std::span<std::byte> to, Bytes from) noexcept {
    copy_bytes(to.data(), from.data(), from.size());
    zero_bytes(to.data() + from.size(), to.size() - from.size());
}

std::string_view label_of(const CounterRecord& record) noexcept {
    const auto bytes = static_cast<std::size_t>(record.label_bytes.load(std::memory_order_relaxed));
    return {reinterpret_cast<const char*>(record.label.data()), bytes};
}

}  // namespace

Counter::~Counter() {
    if (value_ != nullptr) {
        table_->free(value_);
    }
}

Result<std::unique_ptr<Counters>> Counters::create(const CountersConfig& config,
                                                   const Clock& clock) {
    if (config.capacity <= 0 || config.capacity > kCapacityMax) {
        return fail(ErrorCode::invalid_argument, "counters", kCapacityMax, config.capacity);
    }
    const auto capacity = static_cast<std::size_t>(config.capacity);
    const std::size_t metadata_bytes = capacity * sizeof(CounterRecord);
    const std::size_t values_bytes = capacity * sizeof(CounterValue);
    KERA_TRY_ASSIGN(Arena arena,
                    Arena::reserve({metadata_bytes + values_bytes, PagePreference::small}));
    KERA_TRY_ASSIGN(const ArenaRegion metadata,
                    arena.carve("counter_metadata", metadata_bytes, alignof(CounterRecord)));
    KERA_TRY_ASSIGN(const ArenaRegion values,
                    arena.carve("counter_values", values_bytes, kCacheLineBytes));
    return std::unique_ptr<Counters>(
        new Counters(config, clock, std::move(arena), metadata, values));
}

Counters::Counters(const CountersConfig& config, const Clock& clock, Arena arena,
                   const ArenaRegion& metadata, const ArenaRegion& values) noexcept
    : reuse_after_ms_(config.reuse_after_ms),
      clock_(clock),
      arena_(std::move(arena)),
      metadata_region_(metadata),
      values_region_(values),
      // A new memfd is zero, and so are unused records. Writing them would take memory that may
      // never be needed.
      records_(reinterpret_cast<CounterRecord*>(metadata.base),
               static_cast<std::size_t>(config.capacity)),
      values_(reinterpret_cast<CounterValue*>(values.base),
              static_cast<std::size_t>(config.capacity)) {}

Result<Counter> Counters::allocate(std::int32_t type_id, std::string_view label, Bytes key) {
    const std::lock_guard lock(mutex_);
    const std::size_t at = take_record();
    if (at == kNone) {
        if (!std::exchange(said_full_, true)) {
            log(LogLevel::warn, "counters_full", {{"limit", capacity()}, {"label", label}});
        }
        return fail(ErrorCode::limit_exceeded, "counters", capacity(), capacity());
    }
    CounterRecord& record = records_[at];
    CounterValue& value = values_[at];
    value.value.store(0, std::memory_order_relaxed);
    record.type_id = type_id;
    record.reusable_from_epoch_ms.store(kNotReusable, std::memory_order_relaxed);
    copy_padded(record.key, key.first(std::min(key.size(), record.key.size())));
    const std::string_view kept = label.substr(0, CounterRecord::kLabelBytesMax);
    copy_padded(record.label, std::as_bytes(std::span(kept)));
    record.label_bytes.store(static_cast<std::int32_t>(kept.size()), std::memory_order_release);
    // Pairs with the volatile read of the state in CountersReader.
    record.state.store(CounterState::allocated, std::memory_order_release);
    return Counter(this, &value.value);
}

Counter Counters::allocate_if_room(std::int32_t type_id, std::string_view label, Bytes key) {
    Result<Counter> counter = allocate(type_id, label, key);
    return counter.ok() ? std::move(counter).value() : Counter();
}

std::size_t Counters::take_record() {
    if (!free_.empty()) {
        const std::size_t oldest = free_.front();
        if (clock_.epoch_ms() >=
            records_[oldest].reusable_from_epoch_ms.load(std::memory_order_relaxed)) {
            free_.pop_front();
            return oldest;
        }
    }
    return used_once_ < records_.size() ? used_once_++ : kNone;
}

void Counters::free(const std::atomic<std::int64_t>* value) noexcept {
    const auto* place = reinterpret_cast<const std::byte*>(value);
    const auto at = static_cast<std::size_t>(place - values_region_.base) / sizeof(CounterValue);
    const std::lock_guard lock(mutex_);
    CounterRecord& record = records_[at];
    KERA_ASSERT(record.state.load(std::memory_order_relaxed) == CounterState::allocated, at);
    record.state.store(CounterState::reclaimed, std::memory_order_release);
    record.reusable_from_epoch_ms.store(clock_.epoch_ms() + reuse_after_ms_,
                                        std::memory_order_relaxed);
    free_.push_back(at);
}

void Counters::for_each(const std::function<void(const CounterReading&)>& visit) const {
    const std::lock_guard lock(mutex_);
    for (std::size_t at = 0; at < used_once_; ++at) {
        const CounterRecord& record = records_[at];
        if (record.state.load(std::memory_order_relaxed) == CounterState::allocated) {
            visit({static_cast<std::int32_t>(at), record.type_id, label_of(record),
                   values_[at].value.load(std::memory_order_relaxed)});
        }
    }
}

std::int32_t Counters::allocated() const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::int32_t>(used_once_ - free_.size());
}

}  // namespace kera
