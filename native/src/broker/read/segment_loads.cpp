// Opens, reads, verifies and hands over evicted segments. Belongs to one reactor's thread.
#include "broker/read/segment_loads.hpp"

#include <algorithm>
#include <utility>

#include "base/planted_defect.hpp"

namespace kera {

namespace {

// Verified in one duty cycle; takes a tenth of a millisecond.
constexpr std::size_t kCheckBytesPerPoll = 1U << 20U;
// Claiming memory looks at every segment that could be evicted, so not in every duty cycle.
constexpr std::int64_t kRetryNs = kNanosPerMilli;

}  // namespace

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
    if (!begin(segment, &waiter)) {
        retries_.push_back({std::move(segment), &waiter});
    }
}

void SegmentLoads::want_later(SegmentLease segment) {
    begin(segment, nullptr);
}

bool SegmentLoads::begin(SegmentLease& segment, HeadWaiter* waiter) {
    if (disk_ == nullptr || loads_.size() >= kLoadsMax || segment->bytes() != nullptr ||
        failures_.find(*segment, clock_.now_ns()) || !segment->begin_load()) {
        return false;
    }
    Result<SegmentBlock> block = memory_.claim_to_load(segment->head_bytes());
    if (!block.ok()) {
        segment->load_failed();
        return false;
    }
    const DiskToken token = next_token_++;
    Load& load = loads_[token];
    load.extents = segment->extents();
    load.segment = std::move(segment);
    load.block = std::move(block).value();
    if (waiter != nullptr) {
        load.waiters.push_back(waiter);
    }
    open_next(token, load);
    return true;
}

void SegmentLoads::open_next(DiskToken token, Load& load) {
    if (load.file != FileId::none) {
        disk_->close(std::exchange(load.file, FileId::none));
    }
    load.step = Step::opening;
    const LogFile& file = load.extents.file(load.extents.runs()[load.run]);
    disk_->open({file.path(), OpenMode::read, FileUse::reading, 0}, *this, token);
}

// As much as may be under way, of the runs that are in the open file.
void SegmentLoads::read_more(DiskToken token, Load& load) {
    const std::span<const SegmentExtent> runs = load.extents.runs();
    const std::uint32_t file = runs[load.run].file;
    while (load.reads < kReadsMax && load.run < runs.size() && runs[load.run].file == file) {
        const SegmentExtent& run = runs[load.run];
        disk_->read_at(load.file, run.file_at,
                       MutableBytes(load.block.data() + load.run_at, run.bytes), *this, token);
        load.run_at += run.bytes;
        ++load.run;
        ++load.reads;
    }
}

void SegmentLoads::on_disk_done(DiskToken token, Result<std::uint64_t> done) {
    Load& load = loads_.at(token);
    if (load.step == Step::opening) {
        if (!done.ok()) {
            finish(token, done.error());
            return;
        }
        load.file = static_cast<FileId>(*done);
        load.step = Step::reading;
        read_more(token, load);
        return;
    }
    --load.reads;
    if (done.ok()) {
        load.bytes_read += *done;
    } else if (!load.error) {
        load.error = done.error();
    }
    const std::span<const SegmentExtent> runs = load.extents.runs();
    const bool more = load.run < runs.size();
    if (more && !load.error && runs[load.run].file == runs[load.run - 1].file) {
        read_more(token, load);
    }
    if (load.reads > 0) {
        return;
    }
    if (load.error) {
        finish(token, *load.error);
    } else if (more) {
        open_next(token, load);
    } else {
        start_check(token, load);
    }
}

void SegmentLoads::start_check(DiskToken token, Load& load) {
    const std::uint32_t bytes = load.segment->head_bytes();
    if (load.bytes_read != bytes) {
        finish(token, fail(ErrorCode::corrupt, "segment_bytes", bytes,
                           static_cast<std::int64_t>(load.bytes_read)));
        return;
    }
    if (planted(PlantedDefect::load_not_verified)) {
        finish(token, {});
        return;
    }
    load.step = Step::checking;
    load.check.emplace(*load.segment, load.extents, Bytes(load.block.data(), bytes));
    checking_.push_back(token);
}

// Of the file that is being read or checked.
LogFile* SegmentLoads::file_of(const Load& load) noexcept {
    if (load.check) {
        return load.check->file();
    }
    const std::span<const SegmentExtent> runs = load.extents.runs();
    const std::size_t run = load.step == Step::opening || load.run == 0 ? load.run : load.run - 1;
    return &load.extents.file(runs[run]);
}

void SegmentLoads::finish(DiskToken token, const Result<void>& came) {
    auto found = loads_.extract(token);
    Load& load = found.mapped();
    if (load.file != FileId::none) {
        disk_->close(load.file);
    }
    if (came.ok()) {
        failures_.forget(*load.segment);
        memory_.loaded(*load.segment, std::move(load.block));
        counters_.segments_read.add();
    } else {
        LogFile* const file = file_of(load);
        if (file != nullptr) {
            file->note_damage();
        }
        if (!planted(PlantedDefect::load_failure_silent)) {
            failures_.note(*load.segment, file == nullptr ? std::string() : file->path(),
                           came.error(), clock_.now_ns());
        }
        load.segment->load_failed();
        counters_.segments_not_read.add();
    }
    next_retries_ns_ = 0;
    // A waiter that is told may end other waiters.
    telling_ = std::move(load.waiters);
    for (std::size_t at = 0; at < telling_.size(); ++at) {
        if (telling_[at] != nullptr) {
            telling_[at]->on_head_moved();
        }
    }
    telling_.clear();
}

std::optional<Error> SegmentLoads::failure(const Segment& segment, Offset wanted) const {
    std::optional<Error> why = failures_.find(segment, clock_.now_ns());
    if (why) {
        why->value = std::max(why->value, wanted.value());
    }
    return why;
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
    return continue_checking() + retry_all();
}

int SegmentLoads::continue_checking() {
    if (checking_.empty()) {
        return 0;
    }
    const DiskToken token = checking_.front();
    SegmentCheck& check = *loads_.at(token).check;
    const Result<void> sound = check.check_more(kCheckBytesPerPoll);
    if (!sound.ok() || check.done()) {
        checking_.pop_front();
        finish(token, sound);
    }
    return 1;
}

int SegmentLoads::retry_all() {
    if (retries_.empty() || clock_.now_ns() < next_retries_ns_) {
        return 0;
    }
    next_retries_ns_ = clock_.now_ns() + kRetryNs;
    int told = 0;
    for (std::size_t left = retries_.size(); left > 0 && !retries_.empty(); --left) {
        Retry retry = std::move(retries_.front());
        retries_.pop_front();
        if (retry.segment->bytes() != nullptr || failures_.find(*retry.segment, clock_.now_ns())) {
            retry.waiter->on_head_moved();
            ++told;
        } else if (begin(retry.segment, retry.waiter)) {
            ++told;
        } else {
            retries_.push_back(std::move(retry));
        }
    }
    return told;
}

void SegmentLoads::abandon() noexcept {
    for (auto& [token, load] : loads_) {
        load.segment->load_failed();
    }
    loads_.clear();
    checking_.clear();
    retries_.clear();
}

}  // namespace kera
