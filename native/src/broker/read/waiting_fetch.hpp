// A fetch that found too little: waits for heads, for segments, or until its session accepts data.
// Belongs to one reactor's thread; only Fetches knows it and owns it. Invariant: its views exist;
// when a stream is dropped, they are removed.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "broker/read/fetches.hpp"

namespace kera {

class Fetches::Waiting final : public HeadWaiter {
  public:
    Waiting(Fetches& owner, const Requester& who, Fetch&& asked, std::int64_t until_ns)
        : fetches(owner),
          requester(who),
          fetch(std::move(asked)),
          deadline_ns(until_ns),
          found(fetch.entries.size()) {}

    void on_head_moved() override { fetches.retry(*this, patience()); }
    void on_streamlet_moved(StreamletView& view) override { fetches.on_moved(*this, view); }
    void on_stream_dropped(StreamletView& gone) override {
        // It may still wait, until its session accepts the answer.
        std::erase_if(places, [&gone](const Place& place) { return place.view == &gone; });
        fetches.retry(*this, Patience::none);
    }
    Patience patience() const noexcept {
        return fetch.wait_ms_max == 0 ? Patience::for_disk : Patience::for_more;
    }
    void note_found(std::size_t entry, const FoundData& now) noexcept {
        total.bytes += now.bytes - found[entry].bytes;
        total.spans += now.spans - found[entry].spans;
        found[entry] = now;
    }

    // Which entries are about which view. Sorted by view.
    struct Place {
        StreamletView* view;
        std::uint32_t entry;

        friend bool operator<(const Place& left, const Place& right) noexcept {
            return std::less<>()(left.view, right.view) ||
                   (left.view == right.view && left.entry < right.entry);
        }
    };

    Fetches& fetches;
    Requester requester;
    Fetch fetch;
    std::int64_t deadline_ns;
    std::vector<Place> places;
    SoughtLanes sought;
    // What the latest reads found: for each entry, and for all together.
    std::vector<FoundData> found;
    FoundData total;
    std::size_t listed_at = 0;
    // There was data, but the session could not accept it.
    bool blocked = false;
};

}  // namespace kera
