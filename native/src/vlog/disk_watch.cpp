#include "vlog/disk_watch.hpp"

#include "base/log.hpp"

namespace kera {

Result<void> DiskWatch::check() {
    poll();
    if (full_) {
        return fail(ErrorCode::disk_full, "disk_free_bytes",
                    static_cast<std::int64_t>(options_.free_bytes_min),
                    static_cast<std::int64_t>(free_bytes_));
    }
    return {};
}

void DiskWatch::poll() {
    const std::int64_t now_ns = clock_.now_ns();
    if (looked_ && now_ns < next_look_ns_) {
        return;
    }
    looked_ = true;
    next_look_ns_ = now_ns + options_.interval_ns;
    const Result<DiskSpace> space = disk_.space();
    if (!space.ok()) {
        return;
    }
    free_bytes_ = space->free_bytes;
    const bool was_full = full_;
    if (free_bytes_ < options_.free_bytes_min) {
        full_ = true;
    } else if (free_bytes_ >= options_.free_bytes_again) {
        full_ = false;
    }
    if (full_ != was_full) {
        log(full_ ? LogLevel::error : LogLevel::info, full_ ? "disk_full" : "disk_has_room",
            {{"free_bytes", free_bytes_}, {"free_bytes_min", options_.free_bytes_min}});
    }
}

}  // namespace kera
