// Stores what a lane knows of its producers before the chunks that prove it are deleted. Belongs to
// one reactor's thread, like its disk and its lanes. Stores one lane at a time; other lanes keep
// their groups until then. Invariant: a group is deleted only when a snapshot that was taken after
// its last chunk is stable, or when the lane knew no producer. What counts: StreamletReplay.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "broker/lane/append_durability.hpp"
#include "broker/stream/stream_table.hpp"
#include "disk/disk.hpp"
#include "storage/lane/lane.hpp"

namespace kera {

// `streams/<stream>/<streamlet>/<lane>.producers`, relative to the data folder.
std::string producers_file_path(StreamId stream, StreamletId streamlet, LaneId lane);
// None when `name` is not the name of such a file.
std::optional<LaneId> parse_producers_file_name(std::string_view name);

class ProducerSnapshots final : public DiskClient {
  public:
    // `disk` is null for a core that keeps nothing.
    ProducerSnapshots(Disk* disk, StreamTable& streams, AppendDurability& durability) noexcept
        : disk_(disk), streams_(streams), durability_(durability) {}

    // Groups below it may be deleted now; `wanted` at most, which the stored start has reached.
    // Begins to store what is missing: ask again later. REQUIRES: the lane is this reactor's.
    Offset droppable_below(const Streamlet& streamlet, const Lane& lane, Offset wanted);

    // A file of the stream is being written: its folder must not be removed before that has ended.
    bool is_storing(StreamId stream) const noexcept {
        return storing_ && storing_->stream == stream;
    }

    void on_disk_done(DiskToken token, Result<std::uint64_t> done) override;

  private:
    struct Storing {
        StreamId stream;
        StreamletId streamlet;
        LaneId lane;
        ProducersKept kept;
    };

    Offset kept_below(const Lane& lane) const noexcept;
    void begin(const Streamlet& streamlet, const Lane& lane, Offset start);

    Disk* disk_;
    StreamTable& streams_;
    AppendDurability& durability_;
    std::optional<Storing> storing_;
    // The last one could not be stored, and that was logged.
    bool fault_ = false;
};

}  // namespace kera
