#include "broker/catalog/stream_rules.hpp"

#include <algorithm>

#include "broker/config/range.hpp"
#include "storage/lane/streamlet_settings.hpp"

namespace kera {

Result<void> StreamRules::check_name(const std::string& name) {
    const auto bytes = static_cast<std::int64_t>(name.size());
    if (name.empty() || name.size() > kStreamNameBytesMax) {
        return fail(ErrorCode::invalid_argument, "stream_name_bytes", kStreamNameBytesMax, bytes);
    }
    const bool plain = std::all_of(name.begin(), name.end(), [](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
               (letter >= '0' && letter <= '9') || letter == '.' || letter == '_' || letter == '-';
    });
    if (!plain || name == "." || name == "..") {
        return fail(ErrorCode::invalid_argument, "stream_name_letters");
    }
    return {};
}

Result<void> StreamRules::check_settings(const StreamSettings& settings) const {
    KERA_TRY(check_range("streamlets", settings.streamlets, 1, config_.limits.streamlets_max));
    KERA_TRY(check_range("lanes", settings.lanes, 1, kLanesMax));
    KERA_TRY(check_range("timestamp_type", settings.timestamp_type, 0, 1));
    KERA_TRY(check_range("segment_bytes_max", settings.segment_bytes_max, 0, kSegmentBytesMax));
    KERA_TRY(check_range("group_segments", settings.group_segments, 0, kGroupSegmentsMax));
    KERA_TRY(check_range("retention_ms", settings.retention_ms, kNoLimit, INT64_MAX));
    KERA_TRY(check_range("retention_bytes", settings.retention_bytes, kNoLimit, INT64_MAX));
    if (settings.ack_level_min == AckLevel::disk && !config_.keeps_data()) {
        return fail(ErrorCode::unsupported, "ack_level_min", 2, 3);
    }
    return {};
}

Result<void> StreamRules::check_change(const StreamSettings& before,
                                       const StreamSettings& after) const {
    KERA_TRY(check_settings(after));
    KERA_TRY(check_range("streamlets", after.streamlets, before.streamlets,
                         config_.limits.streamlets_max));
    KERA_TRY(check_range("lanes", after.lanes, before.lanes, kLanesMax));
    return check_range("ack_level_min", static_cast<std::int64_t>(after.ack_level_min), 0,
                       kAckLevelMax);
}

}  // namespace kera
