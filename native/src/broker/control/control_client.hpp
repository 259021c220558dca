// The control plane's side of the control rings, for C++ hosts and tests: sends commands and finds
// their answers by correlation id. One thread, the only reader of the ring from the core. Its
// caller drives it: it never waits on its own. Borrows the rings and the clock. Invariant: each
// command that was sent ends once, with its answer or at its deadline.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "broker/control/control_rings.hpp"
#include "wire/frame/frame.hpp"
#include "wire/message/control_messages.hpp"

namespace kera {

// An answer, copied out of the ring.
class ControlAnswer {
  public:
    explicit ControlAnswer(Bytes frame) : bytes_(frame.begin(), frame.end()) {}

    // Checked before it was copied.
    FrameView frame() const { return FrameView::over(bytes_, kLengthMax).value(); }

  private:
    static constexpr std::uint32_t kLengthMax = UINT32_MAX;
    std::vector<std::byte> bytes_;
};

class ControlClient {
  public:
    // `on_event` gets the frames that no command waits for: events, forwarded requests, answers
    // that came too late. It may send, not poll.
    ControlClient(ControlRings& rings, const Clock& clock,
                  std::function<void(const FrameView&)> on_event = {});

    std::int64_t next_correlation_id() noexcept { return rings_.next_correlation_id(); }

    // A frame with a correlation id is remembered until its answer is taken; one without expects no
    // answer. would_block: the ring is full. frame_too_large: the ring can never take it.
    Result<void> send(Bytes frame, std::int64_t deadline_ns);

    // Reads at most `budget` frames, and returns how many. After the ring broke, see fault().
    int poll(int budget = 64);
    const std::optional<Error>& fault() const noexcept { return fault_; }

    // Nothing yet: poll and ask again. timed_out: the deadline has passed, and the command is
    // forgotten. REQUIRES: the command was sent, and its answer not taken yet.
    std::optional<Result<ControlAnswer>> take_answer(std::int64_t correlation_id);

    // Sends the command and polls until its answer is there. Between polls it calls `drive`, which
    // runs the core or lets time pass.
    Result<ControlAnswer> call(Bytes frame, std::int64_t deadline_ns,
                               const std::function<void()>& drive);

    std::size_t awaited() const noexcept { return awaited_.size(); }

  private:
    struct Awaited {
        std::int64_t deadline_ns;
        std::optional<ControlAnswer> answer;
    };

    void on_frame(const FrameView& frame);

    ControlRings& rings_;
    const Clock& clock_;
    const std::function<void(const FrameView&)> on_event_;
    SpscConsumer from_core_;
    std::unordered_map<std::int64_t, Awaited> awaited_;
    std::optional<Error> fault_;
};

}  // namespace kera
