// Fills a core with what its disk holds: streams and their segments. The thread that opens the
// core, before any reactor exists. Logs every problem. Invariant: after finish() each streamlet
// continues at the offset after the last one that was found or given away.
#pragma once

#include <map>
#include <memory>

#include "broker/catalog/stream_directory.hpp"
#include "storage/streamlet/replay.hpp"
#include "vlog/recovery/recovery.hpp"

namespace kera {

class CoreRecovery final : public RecoverySink {
  public:
    // `leads`: this node decides alone that it leads what it finds.
    // `restarts`: of this run; see RunFile.
    CoreRecovery(StreamDirectory& directory, std::int32_t restarts, bool leads) noexcept
        : directory_(directory), restarts_(restarts), leads_(leads) {}

    Result<void> stream_found(const StreamFile& stream) override;
    void chunk_found(const ChunkView& chunk) override;
    Result<void> segment_found(RecoveredSegment segment) override;
    Result<void> segment_lost(const SegmentPlace& place, Offset end) override;
    void offsets_given(StreamId stream, StreamletId streamlet, Offset end) override;
    void stream_set_aside(StreamAside aside) override;
    void stream_deleted(StreamId stream) override { directory_.retire_id(stream); }
    void problem(const RecoveryProblem& problem) override;

    // Completes the streams: from here on they can be appended to and read.
    void finish(const RecoveryResult& result);
    // Reads what lanes knew of producers whose chunks are gone. REQUIRES: after finish().
    Result<void> read_producers(Disk& disk);
    // The highest id that read_producers() has read.
    ProducerId highest_producer_id() const noexcept { return highest_producer_id_; }

  private:
    struct Found {
        std::shared_ptr<Stream> stream;
        std::vector<std::unique_ptr<StreamletReplay>> replays;
        // Starts since its file was stored, each of which may have lost something.
        std::int32_t restarts = 0;
    };

    Result<void> read_producers(Disk& disk, StreamId stream, StreamletId streamlet,
                                StreamletReplay& replay);
    Result<void> keep_end(Disk& disk, StreamId stream, StreamletId streamlet);
    static Result<void> keep_producers(Disk& disk, const ProducersFile& file);
    StreamletReplay* replay_of(StreamId stream, StreamletId streamlet);
    void restore_terms(const StreamFile& file, const Found& found);
    void note_term(const ChunkInfo& info, const ChunkView& chunk);
    static void begin_terms(const Found& found);

    StreamDirectory& directory_;
    const std::int32_t restarts_;
    const bool leads_;
    std::map<StreamId, Found> found_;
    ProducerId highest_producer_id_ = kNoProducer;
};

}  // namespace kera
