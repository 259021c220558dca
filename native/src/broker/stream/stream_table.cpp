// Finds streamlets, and tells those who wait for them. Belongs to one reactor's thread. Waiters may
// come and go meanwhile.
#include "broker/stream/stream_table.hpp"

#include <algorithm>
#include <iterator>

#include "base/check.hpp"

namespace kera {

void StreamTable::add(std::shared_ptr<Stream> stream) {
    auto local = std::make_unique<LocalStream>();
    const StreamId id = stream->id;
    local->stream = std::move(stream);
    local->view_all();
    const bool is_new = streams_.emplace(id, std::move(local)).second;
    KERA_ASSERT(is_new);
}

void StreamTable::grow(StreamId id) {
    const auto found = streams_.find(id);
    KERA_ASSERT(found != streams_.end());
    found->second->view_all();
}

void StreamTable::LocalStream::view_all() {
    for (std::size_t at = views.size(); at < stream->streamlets.size(); ++at) {
        StreamletView& view = views.emplace_back();
        view.shared = &stream->streamlets[at];
        view.stream = stream.get();
        view.take_leadership();
    }
}

void StreamTable::drop(StreamId id) {
    aside_.erase(id);
    const auto found = streams_.find(id);
    if (found == streams_.end()) {
        return;
    }
    const std::unique_ptr<LocalStream> local = std::move(found->second);
    streams_.erase(found);
    found_last_ = nullptr;
    for (StreamletView& view : local->views) {
        std::erase(moved_, &view);
        while (!view.waiters.empty()) {
            HeadWaiter* waiter = view.waiters.back();
            stop_waiting(view, *waiter);
            waiter->on_stream_dropped(view);
        }
    }
}

Result<StreamletView*> StreamTable::find(StreamId stream, StreamletId streamlet) noexcept {
    if (found_last_ == nullptr || found_last_->stream->id != stream) {
        const auto found = streams_.find(stream);
        if (found == streams_.end()) {
            return missing(stream);
        }
        found_last_ = found->second.get();
    }
    const auto count = static_cast<std::int32_t>(found_last_->views.size());
    if (streamlet.value() < 0 || streamlet.value() >= count) {
        return fail(ErrorCode::unknown_stream, "streamlet_id", count - 1, streamlet.value());
    }
    return &found_last_->views[static_cast<std::size_t>(streamlet.value())];
}

Error StreamTable::missing(StreamId stream) const noexcept {
    return aside_.contains(stream)
               ? set_aside_error(stream)
               : fail(ErrorCode::unknown_stream, "stream_id", 0, stream.value());
}

void StreamTable::wait(StreamletView& view, HeadWaiter& waiter) {
    if (view.waiters.empty()) {
        view.shared->waiting_reactors.fetch_or(reactor_bit_, std::memory_order_seq_cst);
    }
    view.waiters.push_back(&waiter);
}

void StreamTable::stop_waiting(StreamletView& view, HeadWaiter& waiter) noexcept {
    // From the end: a waiter that is told of a move and then stops is the last one.
    const auto last = std::find(view.waiters.rbegin(), view.waiters.rend(), &waiter);
    if (last != view.waiters.rend()) {
        const auto found = std::prev(last.base());
        *found = view.waiters.back();
        view.waiters.pop_back();
        if (view.waiters.empty()) {
            view.shared->waiting_reactors.fetch_and(~reactor_bit_, std::memory_order_seq_cst);
        }
    }
    // A waiter that stops must not be told of a move any more.
    if (&waiter != telling_now_) {
        std::replace(told_.begin(), told_.end(), &waiter, static_cast<HeadWaiter*>(nullptr));
    }
}

template <class Tell>
int StreamTable::tell_all(StreamletView& view, Tell&& tell) {
    int told = 0;
    told_ = view.waiters;
    while (!told_.empty()) {
        HeadWaiter* waiter = told_.back();
        told_.pop_back();
        telling_now_ = waiter;
        if (waiter != nullptr) {
            tell(*waiter);
            ++told;
        }
    }
    telling_now_ = nullptr;
    return told;
}

void StreamTable::tell_leadership(StreamId id, StreamletId first, StreamletId end) {
    const auto found = streams_.find(id);
    KERA_ASSERT(found != streams_.end(), id);
    for (StreamletId at = first; at < end; at = at.next()) {
        StreamletView& view = found->second->views[static_cast<std::size_t>(at.value())];
        view.take_leadership();
        tell_all(view, [&view](HeadWaiter& waiter) { waiter.on_leadership_told(view); });
    }
}

int StreamTable::tell_waiters() {
    int told = 0;
    telling_.swap(moved_);
    for (StreamletView* view : telling_) {
        view->moved = false;
        told += tell_all(*view, [view](HeadWaiter& waiter) { waiter.on_streamlet_moved(*view); });
    }
    telling_.clear();
    return told;
}

}  // namespace kera
