// Keeps what a lane knows of its producers when the chunks that proved it go: retention and
// deletion take a lane's groups only once its producers are in a file. Belongs to one reactor's
// thread, like its disk and its lanes. Owns what is being stored, one lane at a time; the others
// keep their groups for a while longer. Invariant: a group is dropped only when a file that was
// taken after its last chunk is stable, or when the lane knew no producer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "broker/stream/stream_table.hpp"
#include "disk/disk.hpp"
#include "storage/lane/lane.hpp"

namespace kera {

// `streams/<stream>/<streamlet>/<lane>.producers`, relative to the data folder.
std::string producers_file_path(StreamId stream, StreamletId streamlet, LaneId lane);
// None when `name` is not such a file's.
std::optional<LaneId> parse_producers_file_name(std::string_view name);

class ProducerSnapshots final : public DiskClient {
  public:
    // `disk` is null for a core that keeps nothing.
    ProducerSnapshots(Disk* disk, StreamTable& streams) noexcept : disk_(disk), streams_(streams) {}

    // Up to where the lane's groups may go now, `wanted` at most. Begins to store what is missing;
    // ask again later. REQUIRES: the lane is this reactor's.
    Offset droppable_below(const Streamlet& streamlet, const Lane& lane, Offset wanted);

    // A file of the stream is on its way: its folder must not go before that has ended.
    bool is_storing(StreamId stream) const noexcept {
        return storing_ && storing_->stream == stream;
    }

    void on_disk_done(DiskToken token, Result<std::uint64_t> done) override;

  private:
    struct Storing {
        StreamId stream;
        StreamletId streamlet;
        LaneId lane;
        // Every chunk of the lane below it was known when the snapshot was taken.
        Offset covers;
    };

    void begin(const Streamlet& streamlet, const Lane& lane);

    Disk* disk_;
    StreamTable& streams_;
    std::optional<Storing> storing_;
    // The last one could not be stored; said once.
    bool fault_ = false;
};

}  // namespace kera
