// The streams of a core: created, altered, deleted, listed, described.
// Belongs to the first reactor's thread. Tells the other reactors by mail, and answers when all
// have seen a change. Invariants: a stream is on disk, if there is one, before any client hears of
// it; changes of one stream happen one after the other, in the order in which they were asked for,
// each beginning from what the one before has left.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "broker/catalog/catalog_entries.hpp"
#include "broker/catalog/lane_owners.hpp"
#include "broker/catalog/stream_store.hpp"
#include "broker/config/core_config.hpp"
#include "broker/lane/stream_lifecycle.hpp"
#include "broker/mail/reactor_mailboxes.hpp"
#include "broker/session/answers.hpp"
#include "storage/group/grace.hpp"
#include "wire/message/control_messages.hpp"
#include "wire/message/stream_messages.hpp"

namespace kera {

class Catalog final : public StreamStoreClient, public StartStore {
  public:
    struct Parts {
        const CoreConfig& config;
        const LaneOwners& owners;
        // Of each reactor.
        const std::vector<LaneHost>& lane_hosts;
        SegmentMemory& memory;
        Counters& counters;
        Reclaimer& reclaimer;
        StreamLifecycle& changes;
        ReactorMailboxes& mailboxes;
        Answers& answers;
        StreamStore& store;
    };

    explicit Catalog(const Parts& parts)
        : parts_(parts), set_aside_(allocate_streams_set_aside(parts.counters)) {}

    // Start-up, before any reactor runs: a stream found on disk.
    Result<std::shared_ptr<Stream>> restore(StreamId id, const std::string& name,
                                            const StreamSettings& settings, Term term);
    // Start-up: a stream that could not be recovered, restored in part or not at all. Its id and
    // its name, where it is known, stay taken until it is deleted.
    void set_aside(StreamId id, const std::string& name);
    // Of those that were restored.
    std::vector<std::shared_ptr<Stream>> all() const;

    void on_create(const Requester& requester, const FrameView& frame);
    void on_open(const Requester& requester, const FrameView& frame);
    void on_alter(const Requester& requester, const FrameView& frame);
    void on_delete(const Requester& requester, const FrameView& frame);
    void on_delete_before(const Requester& requester, const FrameView& frame);
    void on_list(const Requester& requester, const FrameView& frame);
    void on_describe(const Requester& requester, const FrameView& frame);
    void on_set_term(const Requester& requester, const FrameView& frame);

    // The streamlets' starts have moved without a client's request (retention): stored soon, once
    // for all that have moved until then. Nothing happens when there is no such stream.
    void save_starts(StreamId stream) override;

    // Changes under way and requests that wait for one. Clients are refused beyond a limit; whoever
    // brings the control plane's commands looks here before it takes more.
    std::size_t unfinished() const noexcept { return changes_.size() + entries_.waiting(); }
    bool is_crowded() const noexcept {
        return unfinished() >= 2 * std::size_t{parts_.config.limits.stream_changes_max};
    }

    // From the reactors, and from the store.
    void on_change_seen(std::int64_t change);
    void on_stored(std::int64_t change, const Result<void>& outcome) override;
    // Called with each stream that is gone, so that leases of its groups go too.
    void set_on_dropped(std::function<void(StreamId)> on_dropped) {
        on_dropped_ = std::move(on_dropped);
    }

  private:
    using Handler = void (Catalog::*)(const Requester&, const FrameView&);

    // undo: of a creation that could not be stored.
    enum class Kind : std::uint8_t { create, alter, drop, start, starts, undo };
    struct Change {
        Kind kind;
        Requester requester;
        std::shared_ptr<Stream> stream;
        std::int32_t reactors_left = 0;
        StreamSettings settings;
        std::int64_t value = 0;
        // Of `undo`: what the client is told in the end.
        Error refusal = {};
    };

    Result<void> check_settings(const StreamSettings& settings) const;
    // The next id that is chosen lies behind this one, however a folder may be called.
    void follow(StreamId id) noexcept;
    Result<std::shared_ptr<Stream>> make(StreamId wanted, const std::string& name,
                                         const StreamSettings& settings, Term term,
                                         StreamState state);
    Result<void> add_lanes(Stream& stream, std::uint16_t lanes);
    void create(const Requester& requester, StreamId wanted, const std::string& name,
                const StreamSettings& settings, Term term);

    // Whether one more change may wait or begin; if not, the client was told.
    bool admits(const Requester& requester);
    // The stream, when its turn is now; else null, and the request waits, or was refused.
    CatalogEntry* turn_of(StreamId id, Handler handler, const Requester& requester,
                          const FrameView& frame);
    // True when a stream of this name or id comes or goes: the request waits for its end.
    bool waits_for(StreamId wanted, const std::string& name, Handler handler,
                   const Requester& requester, const FrameView& frame);
    // The stream is not busy any more, or gone: whoever has waited comes next.
    void go_on(StreamId id);
    // Now, soon, or not at all when nothing has moved.
    void begin_saving_starts(StreamId stream);
    void starts_saved();
    // To the reactors: groups below what has been stored may go.
    void starts_kept(StreamId stream);

    // As in make(): the id or the name belongs to this one.
    static Error taken_by(const CatalogEntry& entry);
    std::int64_t begin(Change&& change);
    void save(std::int64_t id, CatalogEntry& entry, const StreamSettings& settings);
    void announce(std::int64_t id, Change& change);
    void finish(std::int64_t id);
    void finish_alter(Change& change);
    void finish_drop(Change& change);
    // Ends the change: what is there of the stream is in this state now.
    void end(std::int64_t id, StreamState state);
    void end_as_gone(std::int64_t id);
    void failed(std::int64_t id, const Error& why);
    static StreamAnswer describe(const Stream& stream);

    Parts parts_;
    // Streams set aside.
    Counter set_aside_;
    CatalogEntries<Handler> entries_;
    std::int64_t next_stream_ = 1;
    std::int64_t next_change_ = 1;
    std::unordered_map<std::int64_t, Change> changes_;
    // Streams that are not busy any more, and whether they are being worked through.
    std::deque<StreamId> ready_;
    bool going_on_ = false;
    std::size_t saving_starts_ = 0;
    // The last ones could not be stored; said once.
    bool starts_fault_ = false;
    // A stream is in here at most once for each time that it was open and its starts had moved.
    std::deque<StreamId> starts_to_save_;
    std::function<void(StreamId)> on_dropped_;
};

}  // namespace kera
