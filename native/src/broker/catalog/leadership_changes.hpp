// Changes of leadership that are under way: which streamlets of a stream this node leads, and in
// which term. A term ends on every reactor before the next one is stored and begins, so what was
// appended in a term lies before everything of the next. Belongs to the first reactor's thread.
// Invariants: a change is answered when every reactor has seen it; a term is on disk before it
// begins; where a step fails, the streamlets are not led.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>

#include "broker/catalog/stream_directory.hpp"
#include "broker/catalog/stream_store.hpp"
#include "broker/lane/stream_lifecycle.hpp"
#include "broker/mail/reactor_mailboxes.hpp"
#include "broker/session/answers.hpp"

namespace kera {

// Told of each streamlet that this node has stopped leading.
class LeadershipListener {
  public:
    virtual void on_leadership_ended(StreamId stream, StreamletId streamlet) = 0;

  protected:
    ~LeadershipListener() = default;
};

class LeadershipChanges final : public StreamStoreClient {
  public:
    class Listener {
      public:
        // No change of the stream is under way any more.
        virtual void on_change_ended(StreamId stream) = 0;

      protected:
        ~Listener() = default;
    };

    struct Parts {
        StreamDirectory& directory;
        StreamLifecycle& lifecycle;
        ReactorMailboxes& mailboxes;
        Answers& answers;
        StreamStore& store;
        LeadershipListener& leaderships;
    };

    // Streamlets [first, end) of a stream.
    struct Wanted {
        StreamletId first;
        StreamletId end;
        // At least: a streamlet that has seen a higher one keeps that.
        Term term;
        bool leads = false;
    };

    LeadershipChanges(const Parts& parts, Listener& listener) noexcept
        : parts_(parts), listener_(listener) {}
    LeadershipChanges(const LeadershipChanges&) = delete;
    LeadershipChanges& operator=(const LeadershipChanges&) = delete;

    // REQUIRES: no change of the stream is under way. Where all went well, the control plane gets
    // `answer`: CommandDone for ok, else the refusal.
    void begin(const Requester& requester, CatalogEntry& entry, const Wanted& wanted,
               const Result<void>& answer);

    // A reactor has taken what it was told.
    void on_seen(std::int64_t change);
    void on_stored(std::int64_t change, const Result<void>& outcome) override;

    std::size_t under_way() const noexcept { return changes_.size(); }

  private:
    enum class Step : std::uint8_t { end_term, store, begin_term };
    struct Change {
        Requester requester;
        std::shared_ptr<Stream> stream;
        Wanted wanted;
        Result<void> answer;
        Step step = Step::end_term;
        std::int32_t reactors_left = 0;
    };

    void end_term(std::int64_t id, Change& change);
    void store(std::int64_t id, Change& change);
    void begin_term(std::int64_t id, Change& change);
    void announce(std::int64_t id, Change& change, bool leads);
    // A copy: the answer may be the one in the change, which ends here.
    void finish(std::int64_t id, Result<void> answer);

    Parts parts_;
    Listener& listener_;
    std::int64_t next_change_ = 1;
    std::unordered_map<std::int64_t, Change> changes_;
};

}  // namespace kera
