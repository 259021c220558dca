// Sends between reactors, and keeps what does not fit into a full mailbox. See
// reactor_mailboxes.hpp for threads.
#include "broker/mail/reactor_mailboxes.hpp"

#include "base/check.hpp"
#include "base/planted_defect.hpp"

namespace kera {

ReactorMailboxes::ReactorMailboxes(std::int32_t reactor_count, std::size_t mailbox_capacity)
    : count_(reactor_count), wakes_(static_cast<std::size_t>(reactor_count)) {
    for (std::int32_t pair = 0; pair < count_ * count_; ++pair) {
        lines_.push_back(std::make_unique<Line>(mailbox_capacity));
    }
}

void ReactorMailboxes::set_wake(ReactorId reactor, Wake wake) {
    wakes_[static_cast<std::size_t>(reactor.value())] = std::move(wake);
}

void ReactorMailboxes::send(ReactorId from, ReactorId to, ReactorMessage&& message) {
    KERA_ASSERT(from != to);
    Line& to_line = line(from, to);
    if (!to_line.waiting.empty() || !to_line.mailbox.push(std::move(message))) {
        // A full mailbox has not touched it. NOLINTNEXTLINE(bugprone-use-after-move)
        to_line.waiting.push_back(std::move(message));
    }
    wake(to);
}

void ReactorMailboxes::wake(ReactorId to) const {
    const Wake& wakes = wakes_[static_cast<std::size_t>(to.value())];
    if (wakes) {
        wakes();
    }
}

bool ReactorMailboxes::has_work_for(ReactorId to) const noexcept {
    for (std::int32_t other = 0; other < count_; ++other) {
        if (other == to.value()) {
            continue;
        }
        if (!line(ReactorId(other), to).mailbox.empty() ||
            !line(to, ReactorId(other)).waiting.empty()) {
            return true;
        }
    }
    return false;
}

std::size_t ReactorMailboxes::depth_for(ReactorId to) const noexcept {
    std::size_t depth = 0;
    for (std::int32_t from = 0; from < count_; ++from) {
        if (from != to.value()) {
            depth += line(ReactorId(from), to).mailbox.depth();
        }
    }
    return depth;
}

int ReactorMailboxes::push_waiting(ReactorId from) {
    int pushed = 0;
    for (std::int32_t to = 0; to < count_; ++to) {
        Line& to_line = line(from, ReactorId(to));
        const int before = pushed;
        while (!to_line.waiting.empty() &&
               to_line.mailbox.push(std::move(to_line.waiting.front()))) {
            to_line.waiting.pop_front();
            ++pushed;
        }
        if (pushed > before && !planted(PlantedDefect::refill_without_wake)) {
            wake(ReactorId(to));
        }
    }
    return pushed;
}

}  // namespace kera
