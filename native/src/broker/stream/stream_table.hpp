// The streams as one reactor knows them, and who waits for each of their streamlets here. Belongs
// to the reactor's thread. Owns the views; shares the streams. Invariant: a streamlet's bit in
// waiting_reactors is set exactly while somebody waits for it here.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "broker/stream/stream.hpp"

namespace kera {

struct StreamletView;

// Waits for a streamlet's readable head to move: a fetch, or a subscription.
class HeadWaiter {
  public:
    // Some head has moved, or a segment was read back: look at everything. May destroy the waiter.
    virtual void on_head_moved() = 0;
    // The head of this streamlet has moved. May destroy the waiter.
    virtual void on_streamlet_moved(StreamletView& view) {
        static_cast<void>(view);
        on_head_moved();
    }
    // This reactor was told who leads the streamlet, and in which term. May destroy the waiter.
    virtual void on_leadership_told(StreamletView& view) { on_streamlet_moved(view); }
    // The stream is gone; the view is destroyed after this. The waiter is not registered for it any
    // more. May destroy the waiter.
    virtual void on_stream_dropped(StreamletView& gone) = 0;

  protected:
    ~HeadWaiter() = default;
};

// A streamlet as this reactor sees it.
struct StreamletView {
    SharedStreamlet* shared = nullptr;
    Stream* stream = nullptr;
    std::vector<HeadWaiter*> waiters;
    // It is in StreamTable::moved_.
    bool moved = false;
    // This node leads the streamlet, and this reactor was told so. Until then, nothing is appended
    // or served.
    bool leads = false;
    // The term that this reactor was told last.
    Term term;

    Streamlet& streamlet() const noexcept { return *shared->streamlet; }
    Result<void> check_leads() const noexcept {
        if (!leads) [[unlikely]] {
            return not_leader_error(streamlet());
        }
        return {};
    }
    // For a reader that believes the streamlet to be in a term.
    Result<void> check_leads_in(Term asked) const noexcept {
        KERA_TRY(check_leads());
        if (asked != kAnyTerm && asked != term) [[unlikely]] {
            return fail(ErrorCode::stale_term, "term", term.value(), asked.value());
        }
        return {};
    }
    void take_leadership() noexcept {
        leads = shared->leads;
        term = streamlet().term();
    }
};

class StreamTable {
  public:
    explicit StreamTable(ReactorId reactor) noexcept : reactor_bit_(1ULL << reactor.value()) {}

    void add(std::shared_ptr<Stream> stream);
    // The stream has more streamlets.
    void grow(StreamId id);
    // Who leads streamlets [first, end) has changed: takes it, and tells all who wait for them.
    void tell_leadership(StreamId id, StreamletId first, StreamletId end);
    // Tells all waiters that the stream is gone, and releases it.
    void drop(StreamId id);

    // The stream could not be recovered. Until it is dropped, find() says so.
    void set_aside(StreamId id) { aside_.insert(id); }

    // unknown_stream when there is no such stream or streamlet; corrupt when the stream is set
    // aside.
    Result<StreamletView*> find(StreamId stream, StreamletId streamlet) noexcept;

    template <class Visit>
    void for_each(Visit&& visit) {
        for (auto& [id, local] : streams_) {
            for (StreamletView& view : local->views) {
                visit(view);
            }
        }
    }

    template <class Visit>
    void for_each_of(StreamId id, Visit&& visit) {
        if (const auto found = streams_.find(id); found != streams_.end()) {
            for (StreamletView& view : found->second->views) {
                visit(view);
            }
        }
    }

    // Until stop_waiting(), the waiter is told whenever the head has moved. The caller looks at the
    // head once more after this, since it may have moved before.
    void wait(StreamletView& view, HeadWaiter& waiter);
    void stop_waiting(StreamletView& view, HeadWaiter& waiter) noexcept;

    // The head has moved, by this reactor or another. Cheap when nobody waits.
    void note_moved(StreamletView& view) {
        if (!view.moved && !view.waiters.empty()) {
            view.moved = true;
            moved_.push_back(&view);
        }
    }
    // Tells those whose streamlets have moved since the last call. Returns how many.
    int tell_waiters();

  private:
    Error missing(StreamId stream) const noexcept;
    // Calls `tell` for everybody who waits for the view; they may stop waiting meanwhile.
    template <class Tell>
    int tell_all(StreamletView& view, Tell&& tell);

    struct LocalStream {
        std::shared_ptr<Stream> stream;
        // Waiters and moved_ refer to them.
        std::deque<StreamletView> views;

        void view_all();
    };

    const std::uint64_t reactor_bit_;
    std::unordered_map<StreamId, std::unique_ptr<LocalStream>> streams_;
    std::unordered_set<StreamId> aside_;
    // The stream found last: chunks of one stream often follow each other.
    LocalStream* found_last_ = nullptr;
    std::vector<StreamletView*> moved_;
    std::vector<StreamletView*> telling_;
    std::vector<HeadWaiter*> told_;
    const HeadWaiter* telling_now_ = nullptr;
};

}  // namespace kera
