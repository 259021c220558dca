// Two log lines, `memory_exhausted` and `memory_has_room`, and what has to happen between them.
#include "broker/append/memory_watch.hpp"

#include "base/log.hpp"

namespace kera {

void MemoryWatch::refused(StreamId stream, StreamletId streamlet, std::size_t chunk_bytes) {
    last_refused_ns_ = clock_.now_ns();
    room_seen_ = false;
    ++refusals_;
    if (full_) {
        return;
    }
    full_ = true;
    full_since_ns_ = last_refused_ns_;
    log(LogLevel::warn, "memory_exhausted",
        {{"reactor", reactor_},
         {"stream", stream},
         {"streamlet", streamlet},
         {"asked_bytes", chunk_bytes},
         {"used_bytes", memory_.used_bytes()},
         {"limit_bytes", memory_.limit_bytes()},
         {"advice",
          "producers try again; it passes where only the disk is behind, else let streams keep "
          "less, or start the node with a larger arena"}});
}

void MemoryWatch::poll() {
    if (!full_ || !room_seen_ || clock_.now_ns() - last_refused_ns_ < kQuietNs) {
        return;
    }
    log(LogLevel::info, "memory_has_room",
        {{"reactor", reactor_},
         {"refused", refusals_},
         {"for_ms", (last_refused_ns_ - full_since_ns_) / kNanosPerMilli}});
    full_ = false;
    refusals_ = 0;
}

}  // namespace kera
