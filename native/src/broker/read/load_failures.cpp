// Remembers, forgets and logs failures to read segments back. Cold: it runs only after a failure.
#include "broker/read/load_failures.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace kera {

LoadFailures::Key LoadFailures::key_of(const SegmentPlace& place) noexcept {
    return {place.stream.value(), place.streamlet.value(), place.lane.value(), place.group.value(),
            place.segment.value()};
}

void LoadFailures::note(const Segment& segment, const std::string& path, const Error& why,
                        std::int64_t now_ns) {
    make_room();
    Failure& failure = failures_[key_of(segment.place())];
    const ErrorCode code = why.code == ErrorCode::disk_failed || why.code == ErrorCode::disk_full
                               ? ErrorCode::disk_failed
                               : ErrorCode::corrupt;
    failure.error =
        fail(code, "segment_read", segment.end_offset().value(), segment.first_offset().value());
    failure.backoff_ns = std::clamp(2 * failure.backoff_ns, kRetryNsMin, kRetryNsMax);
    failure.retry_at_ns = now_ns + failure.backoff_ns;
    log_line(segment, path, why, now_ns);
}

void LoadFailures::forget(const Segment& segment) noexcept {
    if (!failures_.empty()) {
        failures_.erase(key_of(segment.place()));
    }
}

std::optional<Error> LoadFailures::find(const Segment& segment, std::int64_t now_ns) const {
    if (failures_.empty()) {
        return std::nullopt;
    }
    const auto found = failures_.find(key_of(segment.place()));
    if (found == failures_.end() || found->second.retry_at_ns <= now_ns) {
        return std::nullopt;
    }
    return found->second.error;
}

// When the table is full, the segment that may be tried first is forgotten.
void LoadFailures::make_room() {
    if (failures_.size() < kSegmentsMax) {
        return;
    }
    const auto first = std::min_element(
        failures_.begin(), failures_.end(), [](const auto& left, const auto& right) {
            return left.second.retry_at_ns < right.second.retry_at_ns;
        });
    failures_.erase(first);
}

void LoadFailures::log_line(const Segment& segment, const std::string& path, const Error& why,
                            std::int64_t now_ns) {
    if (now_ns - lines_from_ns_ >= kLinesNs) {
        lines_from_ns_ = now_ns;
        lines_ = 0;
    }
    if (lines_ == kLinesMax) {
        ++lines_dropped_;
        return;
    }
    ++lines_;
    const SegmentPlace& place = segment.place();
    log(LogLevel::error, "segment_not_read",
        {{"stream", place.stream},
         {"streamlet", place.streamlet},
         {"lane", place.lane},
         {"group", place.group},
         {"segment", place.segment},
         {"offset", segment.first_offset()},
         {"end_offset", segment.end_offset()},
         {"path", path},
         {"error", why},
         {"lines_dropped", lines_dropped_}});
    lines_dropped_ = 0;
}

}  // namespace kera
