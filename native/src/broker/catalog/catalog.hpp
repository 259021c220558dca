// The streams of a core: created, altered, deleted, listed, described. Belongs to the first
// reactor's thread. It checks requests and begins changes; CatalogChanges takes a change through
// its steps, ChangeQueue makes others wait. Invariants: no client hears of a stream before it is on
// disk, if there is a disk; each change of a stream begins with the result of the one before.
#pragma once

#include <cstdint>
#include <string>

#include "broker/catalog/catalog_changes.hpp"
#include "broker/catalog/change_queue.hpp"
#include "broker/catalog/leadership_changes.hpp"
#include "broker/catalog/start_saver.hpp"
#include "broker/catalog/stream_directory.hpp"
#include "broker/catalog/stream_listing.hpp"
#include "broker/catalog/stream_rules.hpp"
#include "broker/lane/lane_maintenance.hpp"
#include "wire/message/control_messages.hpp"
#include "wire/message/stream_messages.hpp"

namespace kera {

class Catalog final : public StartStore,
                      private ChangeQueue::Handler,
                      CatalogChanges::Listener,
                      LeadershipChanges::Listener {
  public:
    Catalog(const CoreConfig& config, const CatalogChanges::Parts& parts,
            LeadershipListener& leaderships, RequestGuard& guard) noexcept
        : rules_(config),
          directory_(parts.directory),
          answers_(parts.answers),
          changes_(parts, *this),
          leadership_({parts.directory, parts.lifecycle, parts.mailboxes, parts.answers,
                       parts.store, leaderships},
                      *this),
          queue_(parts.directory, parts.answers, guard, config.limits, *this),
          starts_(parts.directory, changes_),
          listing_(parts.directory, queue_, parts.answers) {}
    Catalog(const Catalog&) = delete;
    Catalog& operator=(const Catalog&) = delete;

    // A request or command about streams. REQUIRES: its template is one of those listed in the
    // source.
    void handle(const Requester& requester, const FrameView& frame) override;
    // Too many changes are unfinished for the control plane to send more. Clients are refused
    // earlier.
    bool is_crowded() const noexcept { return queue_.is_crowded(); }

    // Retention has moved starts of the stream. They are stored soon, all that have moved until
    // then at once. Nothing happens when there is no such stream.
    void save_starts(StreamId stream) override { starts_.note_moved(stream); }
    // A reactor has opened or dropped a stream.
    void on_change_seen(std::int64_t change) { changes_.on_change_seen(change); }
    // A reactor has taken what it was told of who leads.
    void on_leadership_seen(std::int64_t change) { leadership_.on_seen(change); }

  private:
    void on_create(const Requester& requester, const FrameView& frame);
    void on_open(const Requester& requester, const FrameView& frame);
    void on_alter(const Requester& requester, const FrameView& frame);
    void on_delete(const Requester& requester, const FrameView& frame);
    void on_delete_before(const Requester& requester, const FrameView& frame);
    void on_set_term(const Requester& requester, const FrameView& frame);
    void take_up(const Requester& requester, CatalogEntry& entry, Term term);
    void create(const Requester& requester, StreamId wanted, const std::string& name,
                const StreamSettings& settings, Term term);

    void on_stream_free(StreamId stream) override { starts_.save(stream); }
    std::size_t changes_under_way() const noexcept override {
        return changes_.under_way() + leadership_.under_way();
    }
    void on_change_ended(StreamId stream) override { queue_.release(stream); }
    void on_starts_saved() override { starts_.on_saved(); }

    const StreamRules rules_;
    StreamDirectory& directory_;
    Answers& answers_;
    CatalogChanges changes_;
    LeadershipChanges leadership_;
    ChangeQueue queue_;
    StartSaver starts_;
    StreamListing listing_;
};

}  // namespace kera
