// The streams of a core: created, altered, deleted, listed, described.
// Belongs to the first reactor's thread. Tells the other reactors by mail, and answers when all
// have seen a change. Invariants: a name belongs to one stream; a stream is on disk, if there is
// one, before any client hears of it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "broker/answers.hpp"
#include "broker/core_config.hpp"
#include "broker/lane_owners.hpp"
#include "broker/post.hpp"
#include "broker/stream_changes.hpp"
#include "broker/stream_store.hpp"
#include "storage/grace.hpp"
#include "wire/control_messages.hpp"
#include "wire/stream_messages.hpp"

namespace kera {

class Catalog final : public StreamStoreClient {
  public:
    struct Parts {
        const CoreConfig& config;
        const LaneOwners& owners;
        // Of each reactor.
        const std::vector<LaneHost>& lane_hosts;
        SegmentMemory& memory;
        Counters& counters;
        Reclaimer& reclaimer;
        StreamChanges& changes;
        Post& post;
        Answers& answers;
        StreamStore& store;
    };

    explicit Catalog(const Parts& parts) noexcept : parts_(parts) {}

    // Start-up, before any reactor runs: a stream found on disk.
    std::shared_ptr<Stream> restore(StreamId id, const std::string& name,
                                    const StreamSettings& settings, Term term);
    std::vector<std::shared_ptr<Stream>> all() const;

    void on_create(const Requester& requester, const FrameView& frame);
    void on_open(const Requester& requester, const FrameView& frame);
    void on_alter(const Requester& requester, const FrameView& frame);
    void on_delete(const Requester& requester, const FrameView& frame);
    void on_delete_before(const Requester& requester, const FrameView& frame);
    void on_list(const Requester& requester, const FrameView& frame);
    void on_describe(const Requester& requester, const FrameView& frame);
    void on_set_term(const Requester& requester, const FrameView& frame);

    // From the reactors, and from the store.
    void on_change_seen(std::int64_t change);
    void on_stored(std::int64_t change, const Result<void>& outcome) override;
    // Called with each stream that is gone, so that leases of its groups go too.
    void set_on_dropped(std::function<void(StreamId)> on_dropped) {
        on_dropped_ = std::move(on_dropped);
    }

  private:
    enum class Kind : std::uint8_t { create, alter, drop, start };
    struct Change {
        Kind kind;
        Requester requester;
        std::shared_ptr<Stream> stream;
        std::int32_t reactors_left = 0;
        StreamSettings settings;
        std::int64_t value = 0;
    };

    Result<void> check_settings(const StreamSettings& settings) const;
    Result<std::shared_ptr<Stream>> make(StreamId wanted, const std::string& name,
                                         const StreamSettings& settings, Term term);
    Result<void> add_lanes(Stream& stream, std::uint16_t lanes);
    Result<std::shared_ptr<Stream>> find(StreamId id) const;
    void create(const Requester& requester, StreamId wanted, const std::string& name,
                const StreamSettings& settings, Term term);
    std::int64_t begin(Change&& change);
    void announce(std::int64_t id, Change& change);
    void finish(std::int64_t id);
    void finish_alter(Change& change);
    void finish_drop(Change& change);
    void forget(const Stream& stream);
    static StreamAnswer describe(const Stream& stream);

    Parts parts_;
    std::map<std::string, std::shared_ptr<Stream>> by_name_;
    std::unordered_map<StreamId, std::shared_ptr<Stream>> by_id_;
    std::int64_t next_stream_ = 1;
    std::int64_t next_change_ = 1;
    std::unordered_map<std::int64_t, Change> changes_;
    std::function<void(StreamId)> on_dropped_;
};

}  // namespace kera
