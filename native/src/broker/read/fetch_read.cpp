// The hot path of fetches: read_all, read_entry, read.
#include "broker/read/fetch_read.hpp"

#include <algorithm>
#include <utility>

namespace kera {

namespace {

// One read adds at most so many spans.
constexpr std::uint32_t kSpansPerRead = 16;

}  // namespace

std::uint32_t FetchRead::data_bytes_max(std::size_t entries) const noexcept {
    return frame_bytes_max_ - std::min(frame_bytes_max_, FetchAnswer::head_bytes(entries));
}

bool FetchRead::is_enough(const Fetch& fetch, const FoundData& found, std::uint32_t segments_max) {
    return found.bytes >= std::int64_t{fetch.bytes_min} ||
           (found.bytes > 0 && found.spans + kSpansPerRead > segments_max);
}

void FetchRead::read_all(const Fetch& fetch, std::uint32_t segments_max, SoughtLanes* sought) {
    begin(fetch, sought);
    for (const Fetch::Entry& asked : fetch.entries) {
        const bool room =
            spans_.spans.size() + kSpansPerRead <= segments_max && spans_.bytes < fetch.bytes_max;
        const std::uint32_t left = room ? fetch.bytes_max - spans_.bytes : 0;
        read_entry(asked, std::min(asked.bytes_max, left));
    }
}

void FetchRead::begin(const Fetch& fetch, SoughtLanes* sought) {
    sought_ = sought;
    data_bytes_max_ = data_bytes_max(fetch.entries.size());
    entries_.clear();
    needs_load_.clear();
    spans_.clear();
    has_news_ = false;
}

FoundData FetchRead::read_one(const Fetch::Entry& asked, std::uint32_t bytes_max) {
    spans_.clear();
    read_entry(asked, bytes_max);
    const FoundData found = FoundData::of_one(spans_.bytes);
    spans_.clear();
    return found;
}

void FetchRead::read_entry(const Fetch::Entry& asked, std::uint32_t bytes_max) {
    FetchAnswer::Entry answer;
    answer.stream = asked.stream;
    answer.streamlet = asked.streamlet;
    answer.offset = asked.offset;
    answer.next_offset = asked.offset;
    answer.cursor = asked.cursor;
    const Result<StreamletView*> view = streams_.find(asked.stream, asked.streamlet);
    const Result<void> leads =
        view.ok() ? (*view)->check_leads_in(asked.term) : Result<void>(view.error());
    Error error = leads.ok() ? Error{ErrorCode::ok, "", 0, 0} : leads.error();
    if (leads.ok()) {
        answer.term = (*view)->term;
        Streamlet& streamlet = (*view)->streamlet();
        answer.readable_head = streamlet.readable_head();
        answer.start_offset = streamlet.start_offset();
        if (bytes_max > 0) {
            Result<ReadOutcome> outcome = read(asked, **view, bytes_max, answer);
            if (!outcome.ok()) {
                error = outcome.error();
            } else if (SegmentLease& missing = outcome->needs_load) {
                if (const auto why = loads_.failure(*missing, asked.offset)) {
                    error = *why;
                } else {
                    needs_load_.push_back(std::move(missing));
                }
            }
        }
    }
    if (error.code != ErrorCode::ok) {
        has_news_ = true;
        answer.code = error.code;
        answer.limit = error.limit;
        answer.value = error.value;
    }
    entries_.push_back(answer);
}

Result<ReadOutcome> FetchRead::read(const Fetch::Entry& asked, StreamletView& view,
                                    std::uint32_t bytes_max, FetchAnswer::Entry& answer) {
    Result<ReadOutcome> outcome = fail(ErrorCode::internal, "read");
    if (asked.order == ReadOrder::group) {
        if (asked.cursor.lane < 0 || asked.cursor.lane >= view.streamlet().lane_count()) {
            return fail(ErrorCode::invalid_argument, "cursor_lane",
                        view.streamlet().lane_count() - 1, asked.cursor.lane);
        }
        GroupPosition at;
        at.lane = LaneId(static_cast<std::uint16_t>(asked.cursor.lane));
        at.in_lane.group = GroupId(asked.cursor.group);
        at.in_lane.segment = SegmentId(asked.cursor.segment);
        at.in_lane.position = static_cast<std::uint32_t>(asked.cursor.position);
        outcome = Reader(view.streamlet()).read_group(at, bytes_max, read_spans_);
        answer.cursor = {asked.cursor.lane, at.in_lane.group.value(), at.in_lane.segment.value(),
                         static_cast<std::int32_t>(at.in_lane.position)};
    } else {
        Cursor cursor = sought_ == nullptr ? Cursor(asked.cursor) : sought_->of(asked);
        outcome = Reader(view.streamlet()).read(cursor, asked.offset, bytes_max, read_spans_);
        answer.cursor = cursor.to_wire();
        if (sought_ != nullptr && outcome.ok() && outcome->needs_load && outcome->bytes == 0) {
            sought_->keep(asked, std::move(cursor));
        }
    }
    const std::uint32_t room_bytes = data_bytes_max_ - spans_.bytes;
    if (outcome.ok() && outcome->bytes > room_bytes) {
        // A read returns at least one chunk, whatever was asked. Behind others it goes into the
        // next answer.
        read_spans_.clear();
        if (spans_.bytes == 0) {
            return fail(ErrorCode::limit_exceeded, "fetch_bytes", room_bytes, outcome->bytes);
        }
        answer.cursor = asked.cursor;
        ReadOutcome nothing;
        nothing.next_offset = asked.offset;
        return nothing;
    }
    if (outcome.ok()) {
        answer.next_offset = outcome->next_offset;
        answer.data_bytes = outcome->bytes;
        answer.end_of_group = outcome->end_of_group;
        has_news_ = has_news_ || outcome->end_of_group;
        spans_.take(read_spans_);
    }
    return outcome;
}

}  // namespace kera
