#include "broker/control/control_rings.hpp"

#include "base/check.hpp"
#include "base/log.hpp"
#include "wire/message/control_messages.hpp"

namespace kera {
namespace {

// In a frame's header, which may be the only part that can be read.
constexpr std::size_t kCorrelationIdAt = 16;

std::span<std::byte> buffer_of(const ArenaRegion& region) noexcept {
    return {region.base, region.bytes};
}

}  // namespace

Result<std::unique_ptr<ControlRings>> ControlRings::create(const ControlRingsConfig& config) {
    for (const std::size_t bytes : {config.to_core_bytes, config.from_core_bytes}) {
        if (!is_power_of_two(bytes) || bytes < 4_KiB || bytes > kRingDataBytesMax) {
            return fail(ErrorCode::invalid_argument, "control_ring_bytes",
                        static_cast<std::int64_t>(kRingDataBytesMax),
                        static_cast<std::int64_t>(bytes));
        }
    }
    const std::size_t to_core_bytes = ring_buffer_bytes(config.to_core_bytes);
    const std::size_t from_core_bytes = ring_buffer_bytes(config.from_core_bytes);
    // The trailers end on a cache line, and pages begin on one.
    KERA_TRY_ASSIGN(Arena arena,
                    Arena::reserve({to_core_bytes + from_core_bytes, PagePreference::small}));
    KERA_TRY_ASSIGN(const ArenaRegion to_core,
                    arena.carve("control_to_core", to_core_bytes, kCacheLineBytes));
    KERA_TRY_ASSIGN(const ArenaRegion from_core,
                    arena.carve("control_from_core", from_core_bytes, kCacheLineBytes));
    KERA_TRY_ASSIGN(std::unique_ptr<Parker> reader, Parker::create());
    return std::unique_ptr<ControlRings>(
        new ControlRings(config, std::move(arena), to_core, from_core, std::move(reader)));
}

ControlRings::ControlRings(const ControlRingsConfig& config, Arena arena,
                           const ArenaRegion& to_core, const ArenaRegion& from_core,
                           std::unique_ptr<Parker> reader)
    : config_(config),
      arena_(std::move(arena)),
      to_core_region_(to_core),
      from_core_region_(from_core),
      from_core_layout_(RingLayout::over(buffer_of(from_core)).value()),
      to_core_(RingLayout::over(buffer_of(to_core)).value()),
      from_core_(from_core_layout_),
      reader_(std::move(reader)) {}

std::span<std::byte> ControlRings::to_core_buffer() const noexcept {
    return buffer_of(to_core_region_);
}

std::span<std::byte> ControlRings::from_core_buffer() const noexcept {
    return buffer_of(from_core_region_);
}

bool ControlRings::command(Bytes frame) noexcept {
    if (frame.size() > command_bytes_max() || !to_core_.write(kControlFrameType, frame)) {
        return false;
    }
    wake();
    return true;
}

bool ControlRings::offer(Bytes frame) {
    KERA_ASSERT(frame.size() <= offer_bytes_max(), frame.size(), offer_bytes_max());
    // Behind the frames that are kept back, so that the order stays.
    if (backlog_.empty() && write_from_core(frame)) {
        return true;
    }
    if (backlog_bytes_ + frame.size() > config_.backlog_bytes_max) {
        return false;
    }
    keep_back(frame);
    return true;
}

void ControlRings::send(Bytes frame) {
    KERA_ASSERT(frame.size() <= offer_bytes_max(), frame.size(), offer_bytes_max());
    if (!backlog_.empty() || !write_from_core(frame)) {
        keep_back(frame);
    }
}

void ControlRings::keep_back(Bytes frame) {
    backlog_.emplace_back(frame.begin(), frame.end());
    backlog_bytes_ += frame.size();
}

int ControlRings::flush_backlog() {
    int flushed = 0;
    while (!backlog_.empty() && write_from_core(backlog_.front())) {
        backlog_bytes_ -= backlog_.front().size();
        backlog_.pop_front();
        ++flushed;
    }
    return flushed;
}

bool ControlRings::write_from_core(Bytes frame) noexcept {
    if (!from_core_.write(kControlFrameType, frame)) {
        return false;
    }
    reader_->wake();
    return true;
}

bool ControlRings::holds_unread() const noexcept {
    // The tail is moved before a frame is published, so this may be true a little early.
    return ring_int64(from_core_layout_.tail).load(std::memory_order_acquire) !=
           ring_int64(from_core_layout_.head).load(std::memory_order_acquire);
}

void ControlRings::await_frames(std::int64_t timeout_ns) noexcept {
    reader_->announce();
    if (alerted_.exchange(false, std::memory_order_seq_cst) || holds_unread()) {
        reader_->stay();
        return;
    }
    reader_->park(timeout_ns, 0);
    alerted_.store(false, std::memory_order_relaxed);
}

void ControlRings::on_broken(const Error& error) {
    fault_ = error;
    log(LogLevel::error, "control_ring_broken", {{"error", error}});
}

void ControlRings::on_refused(const Error& error) {
    log(LogLevel::warn, "control_frame_refused", {{"error", error}});
}

void ControlRings::refuse_command(Bytes message, const Error& error) {
    on_refused(error);
    if (message.size() < kFrameHeaderBytes) {
        return;
    }
    const auto correlation_id = load_le<std::int64_t>(message.data() + kCorrelationIdAt);
    if (correlation_id != kNoCorrelation) {
        CommandDone::of(error).encode(buffer_, correlation_id);
        send(buffer_.frame());
    }
}

void ControlRings::unblock_dead_producer(std::int64_t now_ns) {
    const std::int64_t head = to_core_.head();
    if (head == to_core_.tail() || to_core_.ready()) {
        stuck_at_ = -1;
        return;
    }
    if (head != stuck_at_) {
        stuck_at_ = head;
        stuck_since_ns_ = now_ns;
        return;
    }
    if (now_ns - stuck_since_ns_ >= config_.unblock_after_ns && to_core_.unblock()) {
        stuck_at_ = -1;
        log(LogLevel::warn, "control_ring_unblocked", {{"position", head}});
    }
}

}  // namespace kera
