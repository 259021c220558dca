#include "broker/catalog/change_queue.hpp"

#include "base/check.hpp"
#include "base/planted_defect.hpp"

namespace kera {

namespace {

constexpr std::uint32_t kChangeRetryAfterMs = 20;

}  // namespace

bool ChangeQueue::admit(const Requester& requester) {
    const std::size_t limit = limits_.stream_changes_max;
    if (requester.is_control() || unfinished() < limit) {
        return true;
    }
    answers_.refuse(requester,
                    fail(ErrorCode::would_block, "stream_changes", static_cast<std::int64_t>(limit),
                         static_cast<std::int64_t>(unfinished()) + 1),
                    kChangeRetryAfterMs);
    return false;
}

CatalogEntry* ChangeQueue::begin(StreamId id, const Requester& requester, const FrameView& frame) {
    CatalogEntry* entry = directory_.find(id);
    if (entry == nullptr || entry->state == StreamState::left_over) {
        answers_.refuse(requester, fail(ErrorCode::unknown_stream, "stream_id", 0, id.value()));
        return nullptr;
    }
    if (entry->state == StreamState::set_aside) {
        answers_.refuse(requester, set_aside_error(id));
        return nullptr;
    }
    if (!admit(requester)) {
        return nullptr;
    }
    const bool overtakes =
        entry->state == StreamState::changing && planted(PlantedDefect::alter_from_old_settings);
    if (entry->is_busy() && !overtakes) {
        wait(id, requester, frame.head());
        return nullptr;
    }
    return entry;
}

bool ChangeQueue::postpone(StreamId id, const std::string& name, const Requester& requester,
                           const FrameView& frame) {
    const CatalogEntry* taken = directory_.find(name);
    if (taken == nullptr || !taken->is_busy()) {
        taken = directory_.find(id);
    }
    if (taken == nullptr || !taken->is_busy()) {
        return false;
    }
    if (admit(requester)) {
        wait(taken->stream->id, requester, frame.head());
    }
    return true;
}

void ChangeQueue::wait(StreamId id, const Requester& requester, Bytes frame) {
    waiting_[id].push_back({requester, {frame.begin(), frame.end()}});
    ++waiting_count_;
}

void ChangeQueue::release(StreamId id) {
    free_.push_back(id);
    if (is_releasing_) {
        return;  // the loop below has called this, and takes the stream next
    }
    is_releasing_ = true;
    while (!free_.empty()) {
        const StreamId next = free_.front();
        free_.pop_front();
        guard_.run(0, [&] { handler_.on_stream_free(next); });
        while (const std::optional<Waiting> request = take_waiting(next)) {
            handle(*request);
        }
    }
    is_releasing_ = false;
}

// What one request throws ends that request alone; the others that wait are still handled.
void ChangeQueue::handle(const Waiting& request) {
    const Result<FrameView> frame = FrameView::over(request.frame, UINT32_MAX);
    KERA_ASSERT(frame.ok());
    const Requester& requester = request.requester;
    if (!guard_.run(requester.template_id, [&] { handler_.handle(requester, *frame); })) {
        guard_.run(requester.template_id, [&] { answers_.fail_request(requester); });
    }
}

std::optional<ChangeQueue::Waiting> ChangeQueue::take_waiting(StreamId id) {
    const auto found = waiting_.find(id);
    const CatalogEntry* entry = directory_.find(id);
    if (found == waiting_.end() || (entry != nullptr && entry->is_busy())) {
        return std::nullopt;
    }
    std::optional<Waiting> first = std::move(found->second.front());
    found->second.pop_front();
    --waiting_count_;
    if (found->second.empty()) {
        waiting_.erase(found);
    }
    return first;
}

}  // namespace kera
