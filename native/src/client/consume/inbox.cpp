// Handing over and taking back. See inbox.hpp.
#include "client/consume/inbox.hpp"

#include <mutex>

#include "base/check.hpp"

namespace kera {

Received& Inbox::fresh() {
    if (free_.empty()) {
        all_.push_back(std::make_unique<Received>());
        free_.push_back(all_.back().get());
    }
    Received& received = *free_.back();
    free_.pop_back();
    return received;
}

void Inbox::deliver(Received& received) {
    KERA_ASSERT(!received.parts.empty());
    for (ReceivedPart& part : received.parts) {
        part.message = &received;
    }
    received.unfinished.store(static_cast<std::uint32_t>(received.parts.size()),
                              std::memory_order_relaxed);
    held_back_.push_back(&received);
    flush();
}

void Inbox::flush() {
    while (!held_back_.empty() && arrived_.push(held_back_.front())) {
        held_back_.pop_front();
    }
}

void Inbox::recycle(Received& received) {
    received.message.release();
    received.parts.clear();
    received.data_bytes = 0;
    free_.push_back(&received);
}

bool Inbox::take_returned(Received*& received) {
    if (returned_.pop(received)) {
        return true;
    }
    if (!has_late_.load(std::memory_order_acquire)) [[likely]] {
        return false;
    }
    const std::lock_guard lock(lock_);
    received = late_.back();
    late_.pop_back();
    has_late_.store(!late_.empty(), std::memory_order_release);
    return true;
}

void Inbox::clear() {
    Received* received = nullptr;
    while (arrived_.pop(received) || returned_.pop(received)) {
    }
    late_.clear();
    has_late_.store(false, std::memory_order_release);
    held_back_.clear();
    current_ = nullptr;
    free_.clear();
    all_.clear();
}

ReceivedPart* Inbox::next() {
    if (current_ == nullptr) {
        if (!arrived_.pop(current_)) {
            current_ = nullptr;
            return nullptr;
        }
        next_part_ = 0;
    }
    ReceivedPart& part = current_->parts[next_part_];
    if (++next_part_ == current_->parts.size()) {
        current_ = nullptr;
    }
    return &part;
}

bool Inbox::finish(const ReceivedPart& part) {
    Received& received = *part.message;
    // Acquire and release: whoever finishes last hands over what all others did before.
    if (received.unfinished.fetch_sub(1, std::memory_order_acq_rel) != 1) {
        return false;
    }
    const std::lock_guard lock(lock_);
    untold_bytes_ += received.data_bytes;
    if (!returned_.push(&received)) [[unlikely]] {
        late_.push_back(&received);
        has_late_.store(true, std::memory_order_release);
    }
    if (untold_bytes_ < kReturnBytes) {
        return false;
    }
    untold_bytes_ = 0;
    return true;
}

}  // namespace kera
