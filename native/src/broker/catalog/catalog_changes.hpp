// Changes of streams that are under way. Each takes the same steps: it is stored, reactors are told
// by mail where it concerns them, and when all have seen it the client is answered. Belongs to the
// first reactor's thread. Invariants: a stream has at most one change under way; no client hears of
// a change before it is on disk, where there is a disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>

#include "broker/catalog/stream_directory.hpp"
#include "broker/catalog/stream_factory.hpp"
#include "broker/catalog/stream_store.hpp"
#include "broker/lane/stream_lifecycle.hpp"
#include "broker/mail/reactor_mailboxes.hpp"
#include "broker/session/answers.hpp"
#include "storage/group/grace.hpp"

namespace kera {

// Hears of each stream that every reactor has dropped.
class StreamDropListener {
  public:
    virtual void on_stream_dropped(StreamId stream) = 0;

  protected:
    ~StreamDropListener() = default;
};

class CatalogChanges final : public StreamStoreClient {
  public:
    class Listener {
      public:
        // The stream is not busy any more, or it is gone.
        virtual void on_change_ended(StreamId stream) = 0;
        // After on_change_ended() of save_starts().
        virtual void on_starts_saved() = 0;

      protected:
        ~Listener() = default;
    };

    struct Parts {
        StreamDirectory& directory;
        const StreamFactory& factory;
        Reclaimer& reclaimer;
        StreamLifecycle& lifecycle;
        ReactorMailboxes& mailboxes;
        Answers& answers;
        StreamStore& store;
        StreamDropListener& drop_listener;
    };

    CatalogChanges(const Parts& parts, Listener& listener) noexcept
        : parts_(parts), listener_(listener) {}
    CatalogChanges(const CatalogChanges&) = delete;
    CatalogChanges& operator=(const CatalogChanges&) = delete;

    // REQUIRES of all: no change of the stream is under way.
    void create(const Requester& requester, CatalogEntry& entry);
    void alter(const Requester& requester, CatalogEntry& entry, const StreamSettings& settings);
    void drop(const Requester& requester, CatalogEntry& entry);
    // Of a stream that is gone from memory: once more for its files.
    void drop_files(const Requester& requester, CatalogEntry& entry);
    // The client has moved a start, to here.
    void save_start(const Requester& requester, CatalogEntry& entry, Offset start);
    // Reactors have moved starts.
    void save_starts(CatalogEntry& entry);

    // From the reactors, and from the store.
    void on_change_seen(std::int64_t change);
    void on_stored(std::int64_t change, const Result<void>& outcome) override;

    std::size_t under_way() const noexcept { return changes_.size(); }

  private:
    // undo: of a creation that could not be stored.
    enum class Kind : std::uint8_t { create, alter, drop, start, starts, undo };
    struct Change {
        Kind kind;
        Requester requester;
        std::shared_ptr<Stream> stream;
        StreamSettings settings = {};
        // What a DoneAnswer says.
        std::int64_t value = 0;
        std::int32_t reactors_left = 0;
        // Of `undo`: what the client is told in the end.
        Error refusal = {};
    };

    std::int64_t begin(CatalogEntry& entry, StreamState state, Change&& change);
    void save(std::int64_t id, CatalogEntry& entry);
    void announce(std::int64_t id, Change& change);
    // To the reactors: groups below what has been stored may go.
    void announce_kept_starts(StreamId stream);
    void on_failed(std::int64_t id, const Error& why);
    void finish(std::int64_t id);
    void finish_alter(Change& change);
    void finish_drop(Change& change);
    // Ends the change: what is left of the stream is in this state now.
    void end(std::int64_t id, StreamState state);
    void end_as_gone(std::int64_t id);

    Parts parts_;
    Listener& listener_;
    std::int64_t next_change_ = 1;
    std::unordered_map<std::int64_t, Change> changes_;
    // The last starts could not be stored; said once.
    bool starts_fault_ = false;
};

}  // namespace kera
