// Finds segments of a reactor's streams, for its virtual log. The reactor's thread.
#pragma once

#include "broker/stream/stream_table.hpp"
#include "vlog/cleaning/segment_finder.hpp"

namespace kera {

class SegmentsOfTable final : public SegmentFinder {
  public:
    void look_in(StreamTable& streams) noexcept { streams_ = &streams; }

    SegmentLease find_segment(const SegmentPlace& place) noexcept override {
        const auto view = streams_ == nullptr
                              ? Result<StreamletView*>(fail(ErrorCode::unknown_stream, "stream_id"))
                              : streams_->find(place.stream, place.streamlet);
        if (!view.ok() || place.lane.value() >= (*view)->streamlet().lane_count()) {
            return {};
        }
        const Group* const group = (*view)->streamlet().lane(place.lane).groups().find(place.group);
        Segment* const segment = group == nullptr ? nullptr : group->find(place.segment);
        return segment == nullptr ? SegmentLease() : SegmentLease(*segment);
    }

  private:
    StreamTable* streams_ = nullptr;
};

}  // namespace kera
