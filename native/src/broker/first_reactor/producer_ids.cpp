// Reserves ranges of producer ids durably, and hands ids out from memory. Belongs to the first
// reactor's thread.
#include "broker/first_reactor/producer_ids.hpp"

#include <algorithm>
#include <limits>

#include "vlog/files/node_file_path.hpp"
#include "wire/file/node_files.hpp"
#include "wire/message/control_messages.hpp"
#include "wire/message/produce_messages.hpp"

namespace kera {

ProducerIds::ProducerIds(const Parts& parts, const Found& found) noexcept : parts_(parts) {
    const std::int64_t seen = found.highest.value() < kSeenMax ? found.highest.value() + 1 : 0;
    const bool is_told = found.next && found.next->value() >= seen;
    next_ = std::max<std::int64_t>({1, seen, found.next ? found.next->value() : 1});
    first_asked_ = is_told || (seen == 0 && !found.is_rotten) ? next_ : next_ + kUnseenMax;
    if (parts_.authority == Authority::core || found.is_rotten) {
        next_ = first_asked_;
    }
    end_ = next_;
    if (knows_ids()) {
        set_end(end_);
    }
}

void ProducerIds::set_end(std::int64_t end) noexcept {
    end_ = end;
    if (parts_.disk != nullptr) {
        parts_.budget.set_ids_end(ProducerId(end));
    }
}

void ProducerIds::on_open(const Requester& requester, const FrameView& frame) {
    const Result<OpenProducer> asked = OpenProducer::decode(frame);
    if (!asked.ok()) {
        parts_.answers.refuse(requester, asked.error());
        return;
    }
    if (asked->producer != kNoProducer) {
        // The same producer again: its new, higher epoch fences whoever still uses the old one.
        if (asked->epoch.value() == std::numeric_limits<std::int16_t>::max() ||
            asked->epoch < ProducerEpoch(0) || asked->producer < ProducerId(0)) {
            parts_.answers.refuse(
                requester, fail(ErrorCode::invalid_argument, "producer_epoch",
                                std::numeric_limits<std::int16_t>::max(), asked->epoch.value()));
            return;
        }
        if (!parts_.budget.was_granted(asked->producer)) {
            parts_.answers.refuse(
                requester, fail(ErrorCode::unknown_producer, "producer_id",
                                parts_.budget.ids_end().value() - 1, asked->producer.value()));
            return;
        }
        parts_.answers.send(requester, OpenProducerAnswer{asked->producer, asked->epoch.next()});
        return;
    }
    waiting_.push_back(requester);
    serve_waiting();
}

void ProducerIds::serve_waiting() {
    std::size_t served = 0;
    for (; served < waiting_.size() && next_ < end_; ++served) {
        parts_.answers.send(waiting_[served],
                            OpenProducerAnswer{ProducerId(next_++), ProducerEpoch(0)});
    }
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(served));
    if (end_ - next_ < kRange / 10) {
        ask_for_more();
    }
}

void ProducerIds::ask_for_more() {
    if (asking_) {
        return;
    }
    if (parts_.authority == Authority::control) {
        asking_ = true;
        ProducerIdsLow{static_cast<std::int32_t>(end_ - next_)}.encode(buffer_, kNoCorrelation);
        parts_.control.send(buffer_.frame());
        return;
    }
    if (parts_.disk == nullptr) {
        set_end(end_ + kRange);
        serve_waiting();
        return;
    }
    asking_ = true;
    parts_.disk->replace(std::string(kProducerIdPath),
                         ProducerIdFile{ProducerId(end_ + kRange)}.encode(), *this, 0);
}

void ProducerIds::on_disk_done(DiskToken, Result<std::uint64_t> done) {
    asking_ = false;
    if (!done.ok()) {
        refuse_waiting(done.error());
        return;
    }
    set_end(end_ + kRange);
    serve_waiting();
}

void ProducerIds::on_grant(const Requester& requester, const FrameView& frame) {
    const Result<GrantProducerIds> grant = GrantProducerIds::decode(frame);
    if (!grant.ok()) {
        parts_.answers.refuse(requester, grant.error());
        return;
    }
    if (grant->first < ProducerId(end_) || grant->id_count < 1) {
        parts_.answers.send(
            requester, CommandDone::of(fail(ErrorCode::invalid_argument, "first_producer_id",
                                            std::max(end_, first_asked_), grant->first.value())));
        return;
    }
    if (grant->first.value() > kProducerIdMax) {
        parts_.answers.send(requester,
                            CommandDone::of(fail(ErrorCode::invalid_argument, "first_producer_id",
                                                 kProducerIdMax, grant->first.value())));
        return;
    }
    asking_ = false;
    // The rest of the previous range is dropped: keeping a list of ranges is not worth it.
    next_ = grant->first.value();
    set_end(next_ + grant->id_count);
    parts_.answers.send(requester, CommandDone::of({}));
    serve_waiting();
}

void ProducerIds::refuse_waiting(const Error& error) {
    for (const Requester& requester : waiting_) {
        parts_.answers.refuse(requester, error, 100);
    }
    waiting_.clear();
}

}  // namespace kera
