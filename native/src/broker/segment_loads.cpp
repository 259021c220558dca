// Opening, reading and handing over of segments that were evicted.
// Belongs to one reactor's thread.
#include "broker/segment_loads.hpp"

#include <algorithm>
#include <utility>

#include "storage/segment_file.hpp"
#include "wire/segment_layout.hpp"

namespace kera {

void SegmentLoads::want(SegmentLease segment, HeadWaiter& waiter) {
    for (auto& [token, load] : loads_) {
        if (load.segment.get() == segment.get()) {
            if (std::find(load.waiters.begin(), load.waiters.end(), &waiter) ==
                load.waiters.end()) {
                load.waiters.push_back(&waiter);
            }
            return;
        }
    }
    const bool listed = std::any_of(retries_.begin(), retries_.end(), [&](const Retry& retry) {
        return retry.segment.get() == segment.get() && retry.waiter == &waiter;
    });
    if (listed) {
        return;
    }
    if (!begin(segment, waiter)) {
        retries_.push_back({std::move(segment), &waiter});
    }
}

bool SegmentLoads::begin(SegmentLease& segment, HeadWaiter& waiter) {
    if (disk_ == nullptr || segment->bytes() != nullptr || !segment->begin_load()) {
        return false;
    }
    Result<SegmentBlock> block = memory_.claim_to_load(segment->head_bytes());
    if (!block.ok()) {
        segment->load_failed();
        return false;
    }
    const DiskToken token = next_token_++;
    Load& load = loads_[token];
    disk_->open({segment_file_path(segment->place()), OpenMode::read, FileUse::reading, 0}, *this,
                token);
    load.segment = std::move(segment);
    load.block = std::move(block).value();
    load.waiters.push_back(&waiter);
    return true;
}

void SegmentLoads::on_disk_done(DiskToken token, Result<std::uint64_t> done) {
    Load& load = loads_.at(token);
    if (!done.ok()) {
        finish(token, false);
        return;
    }
    const std::uint32_t bytes = load.segment->head_bytes();
    if (load.step == Step::opening) {
        load.file = static_cast<FileId>(*done);
        load.step = Step::reading;
        disk_->read_at(load.file, kSegmentFileHeaderBytes, MutableBytes(load.block.data(), bytes),
                       *this, token);
        return;
    }
    finish(token, *done == bytes);
}

void SegmentLoads::finish(DiskToken token, bool came) {
    auto found = loads_.extract(token);
    Load& load = found.mapped();
    if (load.file != FileId::none) {
        disk_->close(load.file);
    }
    if (came) {
        memory_.loaded(*load.segment, std::move(load.block));
    } else {
        load.segment->load_failed();
    }
    // Whoever is told may end others that are still to be told.
    telling_ = std::move(load.waiters);
    for (std::size_t at = 0; at < telling_.size(); ++at) {
        if (telling_[at] != nullptr) {
            telling_[at]->on_head_moved();
        }
    }
    telling_.clear();
}

void SegmentLoads::stop_waiting(HeadWaiter& waiter) noexcept {
    for (auto& [token, load] : loads_) {
        std::replace(load.waiters.begin(), load.waiters.end(), &waiter,
                     static_cast<HeadWaiter*>(nullptr));
    }
    std::replace(telling_.begin(), telling_.end(), &waiter, static_cast<HeadWaiter*>(nullptr));
    std::erase_if(retries_, [&waiter](const Retry& retry) { return retry.waiter == &waiter; });
}

int SegmentLoads::poll() {
    int told = 0;
    for (std::size_t left = retries_.size(); left > 0 && !retries_.empty(); --left) {
        Retry retry = std::move(retries_.front());
        retries_.pop_front();
        if (retry.segment->bytes() != nullptr) {
            retry.waiter->on_head_moved();
            ++told;
        } else if (begin(retry.segment, *retry.waiter)) {
            ++told;
        } else {
            retries_.push_back(std::move(retry));
        }
    }
    return told;
}

}  // namespace kera
