// Every stream of the core, by id and by name. Belongs to the thread that opens the core and
// recovers its streams, then to the first reactor's. Owns the entries. Invariants: an id and a name
// belong to one stream, from its creation until the last of its files is removed; an id that the
// core chooses was never used before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "broker/catalog/stream_factory.hpp"
#include "broker/catalog/stream_rules.hpp"
#include "broker/stream/stream.hpp"

namespace kera {

enum class StreamState : std::uint8_t {
    making,     // not stored yet, or not known to every reactor
    open,       // no change is under way
    changing,   // a client's change is under way
    saving,     // starts that reactors have moved are being stored: clients see no difference
    dropping,   // being removed from the reactors, then from the disk
    left_over,  // removed from memory; its files could not be removed
    set_aside,  // could not be recovered: only its name and its id are taken
};

struct CatalogEntry {
    std::shared_ptr<Stream> stream;
    StreamState state = StreamState::making;
    // The streamlets' starts have moved since they were stored.
    bool starts_moved = false;

    bool is_busy() const noexcept {
        return state != StreamState::open && state != StreamState::left_over &&
               state != StreamState::set_aside;
    }
    // Whether clients may see it.
    bool is_visible() const noexcept {
        return state == StreamState::open || state == StreamState::changing ||
               state == StreamState::saving;
    }
};

class StreamDirectory {
  public:
    StreamDirectory(const CoreConfig& config, const StreamFactory& factory, Counters& counters)
        : limits_(config.limits),
          rules_(config),
          factory_(factory),
          set_aside_(allocate_streams_set_aside(counters)) {}
    StreamDirectory(const StreamDirectory&) = delete;
    StreamDirectory& operator=(const StreamDirectory&) = delete;

    // Null when there is none.
    CatalogEntry* find(StreamId id) noexcept;
    CatalogEntry* find(const std::string& name) noexcept;
    // The streams that clients may see, ordered by name.
    std::vector<std::shared_ptr<Stream>> visible() const;
    // Visits entries by id, from the first one above `after`, until `visit` returns false.
    template <class Visit>
    void for_each_after(StreamId after, Visit&& visit) const {
        for (auto at = by_id_.upper_bound(after); at != by_id_.end() && visit(at->second); ++at) {
        }
    }

    // Adds a new stream. With kAnyStream the core chooses the id. Fails when a rule is broken, or
    // when the id or the name is taken.
    Result<std::shared_ptr<Stream>> add(StreamId wanted, const std::string& name,
                                        const StreamSettings& settings, Term term,
                                        StreamState state);
    void remove(const Stream& stream);

    // At start-up: this stream could not be recovered. Some of it may have been added before. Its
    // id stays taken until it is deleted, and so does its name if that is known.
    void set_aside(StreamId id, const std::string& name, std::vector<SegmentExtents> kept);
    // A stream was deleted whose chunks are in log files still: its id is not given again.
    void retire_id(StreamId id);
    // For a stream that was set aside without its name. Does nothing when the name is taken.
    void set_name(const CatalogEntry& set_aside, const std::string& name);
    // A stream that was set aside is being deleted.
    void count_deleted_aside() noexcept { set_aside_.add(-1); }

  private:
    void insert(std::shared_ptr<Stream> stream, StreamState state);
    // The answer to who wants this id or name for another stream.
    static Error taken_by(const CatalogEntry& entry) noexcept;
    // Ids that the core chooses from now on are above this one.
    void reserve_ids_to(StreamId id) noexcept;

    const CoreLimits& limits_;
    const StreamRules rules_;
    const StreamFactory& factory_;
    // How many streams are set aside.
    Counter set_aside_;
    std::map<StreamId, CatalogEntry> by_id_;
    std::map<std::string, StreamId> by_name_;
    std::set<StreamId> retired_;
    std::int64_t next_id_ = 1;
};

}  // namespace kera
