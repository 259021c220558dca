// Changes of streams that are under way. Each goes through the same steps: it is stored; reactors
// are told by mail, where it concerns them; when all have seen it, the client is answered. Belongs
// to the first reactor's thread. Invariants: a stream has at most one change under way; no client
// hears of a change before it is on disk, if there is a disk.
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

// Told of each stream once every reactor has dropped it.
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
        // No change of the stream is under way any more. It may be gone.
        virtual void on_change_ended(StreamId stream) = 0;
        // The same for save_starts(); called after on_change_ended().
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

    // REQUIRES for all of these: no change of the stream is under way.
    void create(const Requester& requester, CatalogEntry& entry);
    void alter(const Requester& requester, CatalogEntry& entry, const StreamSettings& settings);
    void drop(const Requester& requester, CatalogEntry& entry);
    // For a stream that is removed from memory: tries again to remove its files.
    void drop_files(const Requester& requester, CatalogEntry& entry);
    // A client has moved a start to `start`.
    void save_start(const Requester& requester, CatalogEntry& entry, Offset start);
    // Reactors have moved starts.
    void save_starts(CatalogEntry& entry);

    // Called by the reactors and by the store.
    void on_change_seen(std::int64_t change);
    void on_stored(std::int64_t change, const Result<void>& outcome) override;

    std::size_t under_way() const noexcept { return changes_.size(); }

  private:
    // mark: it is stored that the stream is deleted; `drop` follows. undo: the files of a stream
    // that could not be stored as a whole are removed.
    enum class Kind : std::uint8_t { create, alter, mark, drop, start, starts, undo };
    struct Change {
        Kind kind;
        Requester requester;
        std::shared_ptr<Stream> stream;
        StreamSettings settings = {};
        // Sent back in a DoneAnswer.
        std::int64_t value = 0;
        std::int32_t reactors_left = 0;
        // For `undo`: the error that the client gets in the end.
        Error refusal = {};
        // The stream's state before it, and again after a failure.
        StreamState before = StreamState::open;

        // For `alter`, until it is finished.
        bool grows() const noexcept { return settings.streamlets > stream->settings.streamlets; }
    };

    std::int64_t begin(CatalogEntry& entry, StreamState state, Change&& change);
    void save(std::int64_t id, CatalogEntry& entry);
    void begin_drop(std::int64_t id, Change& change);
    void begin_growth(std::int64_t id, Change& change);
    void announce(std::int64_t id, Change& change);
    static ReactorMessage announcement(std::int64_t id, const Change& change);
    void tell_growth(const Stream& stream);
    // Tells the reactors that groups below the stored starts may be deleted.
    void announce_kept_starts(StreamId stream);
    void on_failed(std::int64_t id, const Error& why);
    void finish(std::int64_t id);
    void finish_alter(Change& change);
    void finish_drop(Change& change);
    // Ends the change, and leaves the stream in this state.
    void end(std::int64_t id, StreamState state);
    void end_as_gone(std::int64_t id);

    Parts parts_;
    Listener& listener_;
    std::int64_t next_change_ = 1;
    std::unordered_map<std::int64_t, Change> changes_;
    // The last starts could not be stored, and that was logged.
    bool starts_fault_ = false;
};

}  // namespace kera
