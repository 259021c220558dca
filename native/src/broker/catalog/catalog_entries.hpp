// Whose a name and an id are, from the request that makes a stream to the removal of its last file,
// and which requests wait until a change of it has ended. Belongs to the first reactor's thread.
// Owns the entries and the frames that wait. Invariants: a stream has at most one change under way;
// what waits for it is taken in the order in which it came; name and id are free again only when
// nothing of the stream is left, in memory or on disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/bytes.hpp"
#include "broker/mail/requester.hpp"
#include "broker/stream/stream.hpp"

namespace kera {

enum class StreamState : std::uint8_t {
    making,     // not stored yet, or not known to every reactor
    open,       // no change is under way
    changing,   // a client's change is under way
    saving,     // what the reactors have changed is being stored: clients see no difference
    dropping,   // unlinked, on its way out of the reactors and off the disk
    left_over,  // gone from memory; its files could not be removed
    set_aside,  // could not be recovered: nothing but a name and an id that are taken
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
    bool is_there() const noexcept {
        return state == StreamState::open || state == StreamState::changing ||
               state == StreamState::saving;
    }
};

// A request that came while a change of its stream was under way.
template <class Handler>
struct WaitingRequest {
    Handler handler;
    Requester requester;
    std::vector<std::byte> frame;
};

template <class Handler>
class CatalogEntries {
  public:
    using Waiting = WaitingRequest<Handler>;

    CatalogEntry* find(StreamId id) noexcept {
        const auto found = by_id_.find(id);
        return found == by_id_.end() ? nullptr : &found->second;
    }
    CatalogEntry* find(const std::string& name) noexcept {
        const auto found = ids_.find(name);
        return found == ids_.end() ? nullptr : find(found->second);
    }
    // REQUIRES: neither its id nor its name is taken.
    void add(std::shared_ptr<Stream> stream, StreamState state) {
        const StreamId id = stream->id;
        name(*stream);
        by_id_[id] = {std::move(stream), state, false};
    }
    // One that was set aside may be without a name until somebody says it. REQUIRES: it is not
    // taken.
    void name(const Stream& stream) {
        if (!stream.name.empty()) {
            ids_[stream.name] = stream.id;
        }
    }
    void remove(const Stream& stream) {
        ids_.erase(stream.name);
        by_id_.erase(stream.id);
    }
    std::size_t size() const noexcept { return by_id_.size(); }

    // By id, from the first one above `after`, while `visit` says to go on.
    template <class Visit>
    void for_each_after(StreamId after, Visit&& visit) const {
        for (auto at = by_id_.upper_bound(after); at != by_id_.end() && visit(at->second); ++at) {
        }
    }

    // Those that have a name, in its order.
    template <class Visit>
    void for_each(Visit&& visit) const {
        for (const auto& [name, id] : ids_) {
            visit(by_id_.at(id));
        }
    }

    void postpone(StreamId id, Handler handler, const Requester& requester, Bytes frame) {
        waiting_[id].push_back({handler, requester, {frame.begin(), frame.end()}});
        ++waiting_count_;
    }
    bool anything_waits_for(StreamId id) const { return waiting_.contains(id); }
    // The request whose turn it is; nothing while the stream is busy.
    std::optional<Waiting> take_waiting(StreamId id) {
        const auto found = waiting_.find(id);
        const CatalogEntry* entry = find(id);
        if (found == waiting_.end() || (entry != nullptr && entry->is_busy())) {
            return std::nullopt;
        }
        std::optional<Waiting> first = std::move(found->second.front());
        found->second.pop_front();
        --waiting_count_;
        if (found->second.empty()) {
            waiting_.erase(found);
        }
        return first;
    }
    std::size_t waiting() const noexcept { return waiting_count_; }

  private:
    std::map<StreamId, CatalogEntry> by_id_;
    std::map<std::string, StreamId> ids_;
    // By the stream they wait for, which may be gone when their turn comes.
    std::unordered_map<StreamId, std::deque<Waiting>> waiting_;
    std::size_t waiting_count_ = 0;
};

}  // namespace kera
