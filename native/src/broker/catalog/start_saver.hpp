// Stores where streamlets start after retention has moved their starts, one stream after the other.
// Belongs to the first reactor's thread. Groups below a start are deleted only once it is stored,
// so a stream that waits here keeps its groups longer. Invariant: a start that moves while the
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

    // A start of the stream has moved.
    void note_moved(StreamId stream);
    // Stores the stream's starts if they have moved and no change of the stream is under way. While
    // another stream's starts are being stored, this one waits.
    void save(StreamId stream);
    void on_saved();

  private:
    // Retention may move the starts of all streams at once. One at a time leaves the disk to
    // segments, whatever the number of streams.
    static constexpr std::size_t kSavedAtOnceMax = 1;

    StreamDirectory& directory_;
    CatalogChanges& changes_;
    std::size_t being_saved_ = 0;
    // A stream is listed at most once for each time that it was open and its starts had moved.
    std::deque<StreamId> waiting_;
};

}  // namespace kera
