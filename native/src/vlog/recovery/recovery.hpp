// Finds everything after a stop of any kind: streams, and log files with their chunks; verifies it,
// and gives it to a sink that rebuilds storage. One thread, blocking, before the node serves; may
// be interrupted anywhere and run again. Chunks are borrowed. Invariants: what reaches the sink
// passed its checksums; a lane's chunks come in the order of their append, none twice; what was
// acknowledged at `disk` is there or reported; nothing that was not deleted is removed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "disk/disk.hpp"
#include "storage/segment/segment.hpp"
#include "vlog/journal/journal_options.hpp"
#include "wire/file/node_files.hpp"

namespace kera {

enum class RecoveryFault : std::uint8_t {
    torn_journal,    // cut: it was being written when the node stopped
    rotten_journal,  // skipped: it had been stable; chunks in it are lost unless there are copies
    unread_journal,  // set aside: nothing in it tells what it holds, and it may be needed
    rotten_segment,  // skipped: bytes of a segment that no journal has
    rotten_stream,  // one copy of its settings is missing or cannot be read; the other one is whole
    missing_segment,      // a group's segment of which no journal has anything
    rotten_producer_ids,  // set aside: the file that says which ids were handed out
};

const char* to_string(RecoveryFault fault) noexcept;

struct RecoveryProblem {
    RecoveryFault fault = RecoveryFault::torn_journal;
    std::string path;
    // A position in the virtual log, or in the segment.
    std::int64_t position = 0;
    std::int64_t bytes = 0;
    Error error;
};

// A stream that could not be recovered.
struct StreamAside {
    StreamId stream;
    // Empty when it is not known.
    std::string name;
    Error why;
    // The log files with its chunks are needed as long as these live.
    std::vector<SegmentExtents> kept;
};

// A segment as far as log files have it: it starts evicted.
struct RecoveredSegment {
    SegmentPlace place;
    SegmentSummary summary;
    std::int64_t created_ms = 0;
    SegmentExtents extents;
};

class RecoverySink {
  public:
    virtual ~RecoverySink() = default;

    // Everything of a stream follows its stream_found(), lane by lane, segment by segment. Groups
    // below a streamlet's start come too, if they are still there: their numbers are taken.
    virtual Result<void> stream_found(const StreamFile& stream) = 0;
    // A chunk of the segment that segment_found() names next, for the sequences of producers.
    virtual void chunk_found(const ChunkView& chunk) = 0;
    virtual Result<void> segment_found(RecoveredSegment segment) = 0;
    // A segment of which nothing is left. Its number is taken; its records had offsets below `end`.
    virtual Result<void> segment_lost(const SegmentPlace& place, Offset end) = 0;
    // Offsets of the streamlet below `end` were given away, though some of their records are lost.
    // Its settings say so from now on.
    virtual void offsets_given(StreamId stream, StreamletId streamlet, Offset end) = 0;

    // Comes instead of all that, or after a part of it: the sink forgets what came of the stream.
    virtual void stream_set_aside(StreamAside stream) = 0;
    // Log files have chunks of it still, so its id must not be given to another stream.
    virtual void stream_deleted(StreamId stream) = 0;

    virtual void problem(const RecoveryProblem& problem) = 0;
};

struct RecoveryResult {
    // Where each reactor's journal continues.
    std::map<ReactorId, JournalStart> journals;
    // From the file. None when there is no file, or when it cannot be read.
    std::optional<ProducerId> next_producer_id;
    bool producer_ids_rotten = false;
    // The highest in all chunks; kNoProducer when none has one.
    ProducerId highest_producer_id = kNoProducer;

    std::int64_t streams = 0;
    std::int64_t streams_set_aside = 0;
    std::int64_t segments = 0;
    std::int64_t chunks_verified = 0;
    // Chunks in journals whose stream was deleted.
    std::int64_t chunks_deleted = 0;
    std::int64_t bytes_verified = 0;
    std::int64_t problems = 0;
};

// Fails when the disk cannot be read or changed at all. A problem of one stream only sets that
// stream aside.
Result<RecoveryResult> recover(Disk& disk, RecoverySink& sink);

}  // namespace kera
