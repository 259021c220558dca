// Adds chunks to the virtual log, and answers those that its progress has made durable. Belongs to
// one reactor's thread.
#include "broker/lane/virtual_log_durability.hpp"

#include <utility>

namespace kera {

Position VirtualLogDurability::note(const Appended& appended, AckLevel level) noexcept {
    const Position end = log_->add(appended.chunk);
    if (level == AckLevel::disk) {
        log_->want_durable();
    }
    return end;
}

Position VirtualLogDurability::noted(AckLevel level) noexcept {
    if (level == AckLevel::disk) {
        log_->want_durable();
    }
    return log_->next_position();
}

int VirtualLogDurability::poll(DurabilityHandler& handler) {
    int work = log_->poll();
    if (work > 0) {
        show_cleaning();
    }
    const Position durable = log_->durable_position();
    while (!pending_.empty() && pending_.front().position <= durable) {
        const PendingChunk chunk = std::move(pending_.front());
        pending_.pop_front();
        handler.on_durable(chunk, {});
        ++work;
    }
    return work;
}

void VirtualLogDurability::show_cleaning() {
    const LogCleanerCounters& now = log_->cleaner().counters();
    counters_.files_cleaned.set(now.files);
    counters_.bytes_moved.set(now.bytes);
    counters_.files_not_cleaned.set(now.failures);
}

void VirtualLogDurability::forget(StreamId stream, DurabilityHandler& handler) {
    std::deque<PendingChunk> all;
    all.swap(pending_);
    for (PendingChunk& chunk : all) {
        if (chunk.origin.stream == stream) {
            handler.on_durable(chunk, fail(ErrorCode::unknown_stream, "stream_deleted"));
        } else {
            pending_.push_back(std::move(chunk));
        }
    }
}

void VirtualLogDurability::leadership_ended(StreamId stream, StreamletId first, StreamletId end,
                                            DurabilityHandler& handler) {
    for (PendingChunk& chunk : pending_) {
        const AppendHandOver& origin = chunk.origin;
        if (!chunk.answered && origin.stream == stream && origin.streamlet >= first &&
            origin.streamlet < end) {
            handler.on_durable(chunk, not_leader_error(*chunk.shared->streamlet));
            chunk.answered = true;
        }
    }
}

}  // namespace kera
