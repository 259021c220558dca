// Lets one change of a stream begin at a time; other requests for the stream wait for its end.
// Belongs to the first reactor's thread. Owns the frames of requests that wait. Invariants:
// requests for one stream are taken in the order in which they came; no more than a limit wait, and
// clients beyond it are refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/bytes.hpp"
#include "broker/catalog/catalog_changes.hpp"
#include "broker/catalog/stream_directory.hpp"
#include "broker/session/answers.hpp"

namespace kera {

class ChangeQueue {
  public:
    // What takes a request again that has waited.
    class Handler {
      public:
        virtual void handle(const Requester& requester, const FrameView& frame) = 0;
        // No change of the stream is under way any more; its requests that wait follow.
        virtual void on_stream_free(StreamId stream) = 0;

      protected:
        ~Handler() = default;
    };

    ChangeQueue(StreamDirectory& directory, const CatalogChanges& changes, Answers& answers,
                const CoreLimits& limits, Handler& handler) noexcept
        : directory_(directory),
          changes_(changes),
          answers_(answers),
          limits_(limits),
          handler_(handler) {}
    ChangeQueue(const ChangeQueue&) = delete;
    ChangeQueue& operator=(const ChangeQueue&) = delete;

    // Whether one more change may begin or wait; else the client is refused.
    bool admit(const Requester& requester);
    // The stream, when no change of it is under way. Else null: the request waits, or was refused.
    CatalogEntry* begin(StreamId id, const Requester& requester, const FrameView& frame);
    // True when a stream of this id or name is being made, changed or removed: the request waits
    // for its end, or was refused.
    bool postpone(StreamId id, const std::string& name, const Requester& requester,
                  const FrameView& frame);
    // The change of this stream has ended: hands requests that waited for it to the handler, until
    // the next change begins.
    void release(StreamId id);

    bool anyone_waits_for(StreamId id) const { return waiting_.contains(id); }
    // Changes under way and requests that wait.
    std::size_t unfinished() const noexcept { return changes_.under_way() + waiting_count_; }
    // For who brings the control plane's commands, which are never refused: looked at before more
    // of them are taken.
    bool is_crowded() const noexcept {
        return unfinished() >= 2 * std::size_t{limits_.stream_changes_max};
    }

  private:
    struct Waiting {
        Requester requester;
        std::vector<std::byte> frame;
    };

    void wait(StreamId id, const Requester& requester, Bytes frame);
    // None while the stream is busy, or when nobody waits.
    std::optional<Waiting> take_waiting(StreamId id);
    // What the request has thrown; it was answered then.
    std::exception_ptr handle(const Waiting& request);

    StreamDirectory& directory_;
    const CatalogChanges& changes_;
    Answers& answers_;
    const CoreLimits& limits_;
    Handler& handler_;
    // By the stream they wait for, which may be gone when they are taken.
    std::unordered_map<StreamId, std::deque<Waiting>> waiting_;
    std::size_t waiting_count_ = 0;
    // Streams that are free again, and whether release() is working through them.
    std::deque<StreamId> free_;
    bool is_releasing_ = false;
};

}  // namespace kera
