// Fills a core with what its disk holds: streams, segments, the last entries of the journals. The
// thread that opens the core, before any reactor exists. Logs every problem. Invariant: after
// finish() each streamlet continues at the offset after the last one that was found or given away.
#pragma once

#include <map>
#include <memory>

#include "broker/catalog/stream_directory.hpp"
#include "storage/segment/segment_memory.hpp"
#include "storage/streamlet/replay.hpp"
#include "vlog/recovery/recovery.hpp"

namespace kera {

class CoreRecovery final : public RecoverySink {
  public:
    // `leads`: this node decides alone that it leads what it finds.
    // `restarts`: of this run; see RunFile.
    CoreRecovery(StreamDirectory& directory, const SegmentMemory& memory, std::int32_t restarts,
                 bool leads) noexcept
        : directory_(directory), memory_(memory), restarts_(restarts), leads_(leads) {}

    Result<void> stream_found(const StreamFile& stream) override;
    void chunk_on_disk(const SegmentPlace& place, const ChunkView& chunk) override;
    Result<void> segment_found(const SegmentFileContent& content) override;
    Result<void> segment_lost(const SegmentPlace& place, Offset end) override;
    void offsets_given(StreamId stream, StreamletId streamlet, Offset end) override;
    bool has_room(std::uint32_t bytes) const override { return memory_.has_room(bytes); }
    Result<void> segment_replayed(const SegmentPlace& place, std::uint32_t bytes) override;
    Result<void> chunk_replayed(const SegmentPlace& place, const ChunkView& chunk) override;
    void stream_set_aside(const StreamAside& aside) override;
    void problem(const RecoveryProblem& problem) override;

    // Completes the streams: from here on they can be appended to and read.
    void finish(const RecoveryResult& result);
    // Reads what lanes knew of producers whose chunks are gone. REQUIRES: after finish().
    Result<void> read_producers(Disk& disk);
    // The highest id that read_producers() has read.
    ProducerId highest_producer_id() const noexcept { return highest_producer_id_; }
    // Calls adopt(Lane&, Segment&) for each segment that is only in memory and needs a new file.
    template <class Adopt>
    void for_each_replayed(Adopt&& adopt) const {
        for (const SegmentPlace& place : replayed_) {
            const SharedStreamlet& shared =
                found_.at(place.stream)
                    .stream->streamlets[static_cast<std::size_t>(place.streamlet.value())];
            Lane& lane = shared.streamlet->lane(place.lane);
            Group* group = lane.groups().find(place.group);
            Segment* segment = group == nullptr ? nullptr : group->find(place.segment);
            if (segment != nullptr) {
                adopt(lane, *segment);
            }
        }
    }

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
    StreamletReplay* replay_of(const SegmentPlace& place);
    void restore_terms(const StreamFile& file, const Found& found);
    void note_term(const SegmentPlace& place, const ChunkView& chunk);
    static void begin_terms(const Found& found);

    StreamDirectory& directory_;
    const SegmentMemory& memory_;
    const std::int32_t restarts_;
    const bool leads_;
    std::map<StreamId, Found> found_;
    std::vector<SegmentPlace> replayed_;
    ProducerId highest_producer_id_ = kNoProducer;
};

}  // namespace kera
