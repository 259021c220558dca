#include "disk/sim_faults.hpp"

#include <cerrno>

namespace kera {

void SimFaults::fail_next(DiskAction action, ErrorCode code, int count) {
    forced_[action] = {code, count};
}

Result<void> SimFaults::before(DiskAction action) {
    const bool changes = action != DiskAction::read;
    if (changes && changes_left_ != UINT64_MAX) {
        if (changes_left_ == 0) {
            return fail(ErrorCode::disk_failed, "process_dead", 0, EIO);
        }
        --changes_left_;
    }
    if (action != DiskAction::sync) {
        KERA_TRY(take_forced(action));
    }
    double chance = chances_.other_error;
    if (action == DiskAction::read) {
        chance = chances_.read_error;
    } else if (action == DiskAction::write) {
        chance = chances_.write_error;
    } else if (action == DiskAction::sync) {
        chance = 0;
    }
    if (random_.chance(chance)) {
        return fail(ErrorCode::disk_failed, "io_errno", 0, EIO);
    }
    return {};
}

Result<void> SimFaults::in_sync() {
    KERA_TRY(take_forced(DiskAction::sync));
    if (random_.chance(chances_.sync_error)) {
        return fail(ErrorCode::disk_failed, "sync_errno", 0, EIO);
    }
    return {};
}

WriteFault SimFaults::in_write() {
    if (!spoiled_next_.empty()) {
        const WriteFault next = spoiled_next_.front();
        spoiled_next_.pop_front();
        return next;
    }
    if (chances_.lost_write > 0 && random_.chance(chances_.lost_write)) {
        return WriteFault::lost;
    }
    if (chances_.misdirected_write > 0 && random_.chance(chances_.misdirected_write)) {
        return WriteFault::misdirected;
    }
    return WriteFault::none;
}

Result<void> SimFaults::take_forced(DiskAction action) {
    const auto forced = forced_.find(action);
    if (forced == forced_.end() || forced->second.count == 0) {
        return {};
    }
    --forced->second.count;
    const bool full = forced->second.code == ErrorCode::disk_full;
    return fail(forced->second.code, "forced_errno", 0, full ? ENOSPC : EIO);
}

}  // namespace kera
