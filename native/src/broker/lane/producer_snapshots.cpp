// Takes and stores snapshots of producers. See producer_snapshots.hpp.
#include "broker/lane/producer_snapshots.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/log.hpp"
#include "storage/segment/stream_folders.hpp"
#include "wire/file/producers_file.hpp"

namespace kera {

namespace {

constexpr std::string_view kProducersEnding = ".producers";

}  // namespace

std::string producers_file_path(StreamId stream, StreamletId streamlet, LaneId lane) {
    return streamlet_folder(stream, streamlet) + "/" + std::to_string(lane.value()) +
           std::string(kProducersEnding);
}

std::optional<LaneId> parse_producers_file_name(std::string_view name) {
    std::uint16_t lane = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), lane);
    const auto digits = static_cast<std::size_t>(end - name.data());
    if (error != std::errc() || name.substr(digits) != kProducersEnding) {
        return std::nullopt;
    }
    return LaneId(lane);
}

Offset ProducerSnapshots::droppable_below(const Streamlet& streamlet, const Lane& lane,
                                          Offset wanted) {
    const GroupDirectory& groups = lane.groups();
    const bool drops = !groups.empty() && groups.find(groups.first())->end_offset() <= wanted;
    if (disk_ == nullptr || !drops || lane.producers().size() == 0 || kept_below(lane) >= wanted) {
        return wanted;
    }
    if (!storing_) {
        begin(streamlet, lane, wanted);
    }
    return std::min(wanted, kept_below(lane));
}

Offset ProducerSnapshots::kept_below(const Lane& lane) const noexcept {
    const ProducersKept& kept = lane.producers_kept();
    return durability_.is_durable(kept.journal) ? kept.end : kept.start;
}

// The last chunk of a producer may be only in memory, and gone after a power cut. So the last one
// below the start is stored too, which is deleted and counts whatever happens.
void ProducerSnapshots::begin(const Streamlet& streamlet, const Lane& lane, Offset start) {
    ProducersFile file{streamlet.stream(), streamlet.id(), lane.id(), {}};
    file.producers.reserve(lane.producers().size());
    lane.producers().for_each(
        start, [&file](const ProducerState& producer) { file.producers.push_back(producer); });
    const Position journal = durability_.noted(AckLevel::leader);
    storing_ =
        Storing{file.stream, file.streamlet, file.lane, {start, streamlet.next_offset(), journal}};
    disk_->replace(producers_file_path(file.stream, file.streamlet, file.lane), file.encode(),
                   *this, 0);
}

void ProducerSnapshots::on_disk_done(DiskToken, Result<std::uint64_t> done) {
    const Storing stored = *std::exchange(storing_, std::nullopt);
    const Result<StreamletView*> view = streams_.find(stored.stream, stored.streamlet);
    if (!view.ok()) {
        return;  // deleted meanwhile; its folder is removed after this, see is_storing()
    }
    if (!done.ok()) {
        if (!fault_) {
            log(LogLevel::warn, "producers_not_stored",
                {{"stream", stored.stream},
                 {"streamlet", stored.streamlet},
                 {"lane", stored.lane},
                 {"error", done.error()}});
        }
        fault_ = true;
        return;
    }
    fault_ = false;
    (*view)->streamlet().lane(stored.lane).keep_producers(stored.kept);
}

}  // namespace kera
