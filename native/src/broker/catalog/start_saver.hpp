// Stores where streamlets start after retention has moved their starts, one stream after the other.
// Belongs to the first reactor's thread. Groups below a start are deleted only once it is stored,
// so a stream that waits here keeps its groups for longer. Invariant: a start that moves while the
// stream's starts are being stored is stored afterwards.
#pragma once

#include <cstddef>
#include <deque>

#include "broker/catalog/catalog_changes.hpp"
#include "broker/catalog/stream_directory.hpp"

namespace kera {

class StartSaver {
  public:
    StartSaver(StreamDirectory& directory, CatalogChanges& changes) noexcept
        : directory_(directory), changes_(changes) {}

    // Some start of the stream has moved.
    void note_moved(StreamId stream);
    // Stores the stream's starts now, when they have moved, no change of the stream is under way,
    // and no other stream's starts are being stored. Later, when only the last is missing.
    void save(StreamId stream);
    void on_saved();

  private:
    // Retention may move the starts of all streams at once. One at a time shares the disk with
    // segments fairly, whatever the number of streams.
    static constexpr std::size_t kSavedAtOnceMax = 1;

    StreamDirectory& directory_;
    CatalogChanges& changes_;
    std::size_t being_saved_ = 0;
    // A stream is in here at most once for each time that it was open and its starts had moved.
    std::deque<StreamId> waiting_;
};

}  // namespace kera
