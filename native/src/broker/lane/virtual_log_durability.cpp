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
    const Position durable = log_->durable_position();
    while (!pending_.empty() && pending_.front().position <= durable) {
        const PendingChunk chunk = std::move(pending_.front());
        pending_.pop_front();
        handler.on_durable(chunk, {});
        ++work;
    }
    if (!released_) {
        release_recovered();
    }
    return work;
}

void VirtualLogDurability::release_recovered() {
    if (!mine_recovered_ && log_->recovered_left() == 0) {
        mine_recovered_ = true;
        recovered_.reactors_left.fetch_sub(1, std::memory_order_acq_rel);
    }
    if (mine_recovered_ && recovered_.reactors_left.load(std::memory_order_acquire) == 0) {
        released_ = true;
        if (!recovered_.keep) {
            log_->release_recovered();
            for (std::string& path : left_behind_) {
                log_->remove_file(std::move(path));
            }
            left_behind_.clear();
        }
    }
}

void VirtualLogDurability::forget(StreamId stream, DurabilityHandler& handler) {
    log_->stream_dropped(stream);
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
