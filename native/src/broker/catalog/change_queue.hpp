// Lets one change of a stream begin at a time; further requests for the stream wait. Belongs to the
// first reactor's thread. Owns the frames of requests that wait. Invariants: requests for one
// stream are handled in the order in which they came; the number of waiting requests is limited,
// and clients beyond the limit are refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/bytes.hpp"
#include "broker/catalog/stream_directory.hpp"
#include "broker/session/answers.hpp"
#include "broker/session/request_guard.hpp"

namespace kera {

class ChangeQueue {
  public:
    // Handles a request again that has waited.
    class Handler {
      public:
        virtual void handle(const Requester& requester, const FrameView& frame) = 0;
        // No change of the stream is under way. Called before its waiting requests are handled.
        virtual void on_stream_free(StreamId stream) = 0;
        virtual std::size_t changes_under_way() const noexcept = 0;

      protected:
        ~Handler() = default;
    };

    ChangeQueue(StreamDirectory& directory, Answers& answers, RequestGuard& guard,
                const CoreLimits& limits, Handler& handler) noexcept
        : directory_(directory),
          answers_(answers),
          guard_(guard),
          limits_(limits),
          handler_(handler) {}
    ChangeQueue(const ChangeQueue&) = delete;
    ChangeQueue& operator=(const ChangeQueue&) = delete;

    // Whether one more change may begin or wait. If not, the client has been refused.
    bool admit(const Requester& requester);
    // The stream, when no change of it is under way. Else null, and the request waits or has been
    // refused.
    CatalogEntry* begin(StreamId id, const Requester& requester, const FrameView& frame);
    // True when a stream with this id or name is being created, changed or removed. Then the
    // request waits, or has been refused.
    bool postpone(StreamId id, const std::string& name, const Requester& requester,
                  const FrameView& frame);
    // The change of this stream has ended. Its waiting requests are handled, until one begins a
    // change. Throws nothing of theirs: it is called for a change that has nothing to do with them.
    void release(StreamId id);

    bool anyone_waits_for(StreamId id) const { return waiting_.contains(id); }
    // Changes under way and waiting requests.
    std::size_t unfinished() const noexcept {
        return handler_.changes_under_way() + waiting_count_;
    }
    // The control plane's commands are never refused. Whoever takes them from their ring asks this
    // first.
    bool is_crowded() const noexcept {
        return unfinished() >= 2 * std::size_t{limits_.stream_changes_max};
    }

  private:
    struct Waiting {
        Requester requester;
        std::vector<std::byte> frame;
    };

    void wait(StreamId id, const Requester& requester, Bytes frame);
    // None while a change of the stream is under way, or when no request waits.
    std::optional<Waiting> take_waiting(StreamId id);
    void handle(const Waiting& request);

    StreamDirectory& directory_;
    Answers& answers_;
    RequestGuard& guard_;
    const CoreLimits& limits_;
    Handler& handler_;
    // By the stream they wait for. It may be gone when they are handled.
    std::unordered_map<StreamId, std::deque<Waiting>> waiting_;
    std::size_t waiting_count_ = 0;
    // Streams whose change has ended, and whether release() is handling them.
    std::deque<StreamId> free_;
    bool is_releasing_ = false;
};

}  // namespace kera
