// The mailboxes between the reactors of a core, one for each ordered pair, so none has two senders.
// send() on the sender's thread, drain() on the receiver's. When a mailbox is full, messages wait
// at the sender, in order. Invariant: what one reactor sends to another arrives once and in order.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "base/ids.hpp"
#include "broker/mail/reactor_message.hpp"
#include "ring/value_queue.hpp"

namespace kera {

class ReactorMailboxes {
  public:
    using Wake = std::function<void()>;

    explicit ReactorMailboxes(std::int32_t reactor_count, std::size_t mailbox_capacity = 1024);

    // At set-up: how to wake a reactor that may sleep.
    void set_wake(ReactorId reactor, Wake wake);

    void send(ReactorId from, ReactorId to, ReactorMessage&& message);
    // Hands every message for `to` to `take(ReactorMessage&&)`. Then sends what `to` itself could
    // not send before.
    template <class Take>
    int drain(ReactorId to, Take&& take);
    bool has_work_for(ReactorId to) const noexcept;
    // Messages that wait for `to`, for a gauge.
    std::size_t depth_for(ReactorId to) const noexcept;
    std::int32_t reactor_count() const noexcept { return count_; }

  private:
    struct Line {
        explicit Line(std::size_t capacity) : mailbox(capacity) {}
        ValueQueue<ReactorMessage> mailbox;
        // The sender's: messages that did not fit.
        std::deque<ReactorMessage> waiting;
    };

    Line& line(ReactorId from, ReactorId to) const noexcept {
        const auto count = static_cast<std::size_t>(count_);
        return *lines_[static_cast<std::size_t>(from.value()) * count +
                       static_cast<std::size_t>(to.value())];
    }
    // Called after each push: the reader may have emptied the mailbox and gone to sleep meanwhile.
    void wake(ReactorId to) const;
    int push_waiting(ReactorId from);

    std::int32_t count_;
    std::vector<std::unique_ptr<Line>> lines_;
    std::vector<Wake> wakes_;
};

template <class Take>
int ReactorMailboxes::drain(ReactorId to, Take&& take) {
    int taken = 0;
    for (std::int32_t from = 0; from < count_; ++from) {
        if (from != to.value()) {
            taken += line(ReactorId(from), to).mailbox.drain(take, 256);
        }
    }
    return taken + push_waiting(to);
}

}  // namespace kera
