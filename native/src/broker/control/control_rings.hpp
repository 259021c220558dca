// How the control plane, in Java or C++, and the core speak: a ring to the core and one from it, in
// a memfd of their own; one record is one frame. poll(), offer(), send(), ready(): the reactor that
// serves the control plane. command(), wake(), alert(), next_correlation_id(): any thread. The ring
// from the core has one reader, Java or a ControlClient. Owns the memory, which lives until both
// sides let go. Invariant: frames arrive whole, once and in order; the core never waits for the
// control plane.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/units.hpp"
#include "memory/arena.hpp"
#include "ring/mpsc_ring.hpp"
#include "ring/parker.hpp"
#include "ring/spsc_ring.hpp"
#include "wire/frame/frame.hpp"
#include "wire/frame/message_limits.hpp"

namespace kera {

// The type of every record in both rings.
inline constexpr std::int32_t kControlFrameType = 1;

struct ControlRingsConfig {
    // Powers of two. A frame may be an eighth as long: what one side may send, the other may send
    // back.
    std::size_t to_core_bytes = 8 * std::size_t{kControlFrameBytesMax};
    std::size_t from_core_bytes = 8 * std::size_t{kControlFrameBytesMax};
    // How many bytes of the core's frames are kept while a slow control plane leaves its ring full.
    // Beyond it, send() still takes frames; offer() refuses them.
    std::size_t backlog_bytes_max = 4_MiB;
    // A producer that claimed so long ago and has not published is considered dead.
    std::int64_t unblock_after_ns = 10 * kNanosPerSecond;
};

class ControlRings {
  public:
    static Result<std::unique_ptr<ControlRings>> create(const ControlRingsConfig& config = {});
    ControlRings(const ControlRings&) = delete;
    ControlRings& operator=(const ControlRings&) = delete;

    // --- the core's reactor

    // Sends the frames that are kept back, then hands at most `budget` commands to
    // `on_command(const FrameView&)`, which may offer and send. While frames are kept back no
    // command is taken: whoever sends commands has to read answers. Returns how much was done.
    template <class Handler>
    int poll(Handler&& on_command, int budget, std::int64_t now_ns);

    // False: ring and backlog are full, and the frame was not taken. REQUIRES: at most
    // offer_bytes_max() bytes.
    bool offer(Bytes frame);
    // For answers and events, which must not be lost. There are no more of them than commands that
    // were taken, and none is taken while frames are kept back. REQUIRES: at most offer_bytes_max()
    // bytes.
    void send(Bytes frame);

    // For the last check before a sleep: commands wait.
    bool ready() const noexcept { return !fault_ && backlog_.empty() && to_core_.ready(); }
    // Frames are kept back: poll again soon, since the reader of a full ring wakes nobody.
    bool backlogged() const noexcept { return !backlog_.empty(); }
    // The control plane broke the ring to the core: nothing can be read from it any more.
    const std::optional<Error>& fault() const noexcept { return fault_; }

    // --- the control plane

    // Any thread. False: full for now; or see command_bytes_max().
    bool command(Bytes frame) noexcept;
    // Any thread, after a command that was written into the memory directly.
    void wake() const {
        if (wake_) {
            wake_();
        }
    }
    std::int64_t next_correlation_id() noexcept { return to_core_.next_correlation_id(); }

    // The reader of the ring from the core: sleeps until there is something to read, an alert()
    // came, now or since the last call, or the time is over.
    void await_frames(std::int64_t timeout_ns) noexcept;
    // Any thread: ends the reader's sleep, or the next one.
    void alert() noexcept {
        alerted_.store(true, std::memory_order_seq_cst);
        reader_->wake();
    }

    // --- either side, for set-up

    // Called by command() and wake(), on their thread. REQUIRES: set before the first command.
    void set_wake(std::function<void()> wake) { wake_ = std::move(wake); }

    std::uint32_t command_bytes_max() const noexcept {
        return static_cast<std::uint32_t>(to_core_.message_bytes_max());
    }
    std::uint32_t offer_bytes_max() const noexcept {
        return static_cast<std::uint32_t>(from_core_.message_bytes_max());
    }

    // For Agrona's ManyToOneRingBuffer and OneToOneRingBuffer: data and trailer.
    std::span<std::byte> to_core_buffer() const noexcept;
    std::span<std::byte> from_core_buffer() const noexcept;

  private:
    ControlRings(const ControlRingsConfig& config, Arena arena, const ArenaRegion& to_core,
                 const ArenaRegion& from_core, std::unique_ptr<Parker> reader);

    int flush_backlog();
    bool write_from_core(Bytes frame) noexcept;
    void keep_back(Bytes frame);
    bool holds_unread() const noexcept;
    void on_broken(const Error& error);
    static void on_refused(const Error& error);
    // Whoever has sent it waits for an answer.
    void refuse_command(Bytes message, const Error& error);
    void unblock_dead_producer(std::int64_t now_ns);

    const ControlRingsConfig config_;
    const Arena arena_;
    const ArenaRegion to_core_region_;
    const ArenaRegion from_core_region_;
    const RingLayout from_core_layout_;
    MpscRing to_core_;
    SpscProducer from_core_;
    std::function<void()> wake_;
    // Where the reader of the ring from the core sleeps.
    const std::unique_ptr<Parker> reader_;
    std::atomic<bool> alerted_{false};

    std::deque<std::vector<std::byte>> backlog_;
    std::size_t backlog_bytes_ = 0;
    FrameBuffer buffer_;
    std::optional<Error> fault_;
    // Where the head has stood, and since when, with something claimed behind it.
    std::int64_t stuck_at_ = -1;
    std::int64_t stuck_since_ns_ = 0;
};

template <class Handler>
int ControlRings::poll(Handler&& on_command, int budget, std::int64_t now_ns) {
    const int flushed = flush_backlog();
    if (fault_ || backlogged()) {
        return flushed;
    }
    const auto read = [&](std::int32_t type, Bytes message) {
        const Result<FrameView> frame = FrameView::over(message, command_bytes_max());
        if (type != kControlFrameType) {
            on_refused(fail(ErrorCode::malformed, "control_record_type", kControlFrameType, type));
        } else if (!frame.ok()) {
            refuse_command(message, frame.error());
        } else {
            on_command(*frame);
        }
        return backlogged() ? RingAction::consume_and_stop : RingAction::consume;
    };
    const Result<int> commands = to_core_.read(read, budget);
    if (!commands.ok()) {
        on_broken(commands.error());
        return flushed;
    }
    unblock_dead_producer(now_ns);
    return flushed + *commands;
}

}  // namespace kera
