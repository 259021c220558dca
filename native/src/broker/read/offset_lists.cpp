// Finds offsets. Belongs to one reactor's thread.
#include "broker/read/offset_lists.hpp"

#include "storage/read/time_lookup.hpp"

namespace kera {

class OffsetLists::Waiting final : public HeadWaiter {
  public:
    Waiting(OffsetLists& owner, const Requester& who, const ListOffsets& asked)
        : lists(owner), requester(who), list(asked) {}

    void on_head_moved() override { lists.retry(*this); }
    void on_stream_dropped(StreamletView&) override { lists.retry(*this); }

    OffsetLists& lists;
    Requester requester;
    ListOffsets list;
    // Each try reads one segment back. A search needs few of them.
    std::uint32_t tries_left = 64;
};

OffsetLists::OffsetLists(Answers& answers, StreamTable& streams, SegmentLoads& loads) noexcept
    : answers_(answers), streams_(streams), loads_(loads) {}

OffsetLists::~OffsetLists() = default;

void OffsetLists::on_list_offsets(const Requester& requester, const FrameView& frame) {
    const Result<ListOffsets> list = ListOffsets::decode(frame);
    if (!list.ok()) {
        answers_.refuse(requester, list.error());
        return;
    }
    if (!attempt(requester, *list, nullptr)) {
        waiting_.push_back(std::make_unique<Waiting>(*this, requester, *list));
        loads_.want(std::move(needs_load_), *waiting_.back());
    }
}

bool OffsetLists::attempt(const Requester& requester, const ListOffsets& list, Waiting* waiting) {
    const Result<StreamletView*> view = streams_.find(list.stream, list.streamlet);
    if (!view.ok()) {
        answers_.refuse(requester, view.error());
        return true;
    }
    if (const Result<void> leads = (*view)->check_leads(); !leads.ok()) {
        answers_.refuse(requester, leads.error());
        return true;
    }
    Streamlet& streamlet = (*view)->streamlet();
    if (list.timestamp_ms == ListOffsets::kLatest) {
        answers_.send(requester, ListOffsetsAnswer{streamlet.readable_head(), -1});
        return true;
    }
    if (list.timestamp_ms == ListOffsets::kEarliest) {
        answers_.send(requester, ListOffsetsAnswer{streamlet.start_offset(), -1});
        return true;
    }
    if (list.timestamp_ms < 0) {
        answers_.refuse(requester,
                        fail(ErrorCode::invalid_argument, "timestamp_ms", 0, list.timestamp_ms));
        return true;
    }
    Result<TimeOutcome> found = find_time(streamlet, list.timestamp_ms);
    if (!found.ok()) {
        answers_.refuse(requester, found.error());
        return true;
    }
    if (!found->needs_load) {
        answers_.send(requester, ListOffsetsAnswer{found->offset, found->timestamp_ms});
        return true;
    }
    if (waiting != nullptr && --waiting->tries_left == 0) {
        answers_.refuse(requester, fail(ErrorCode::disk_failed, "segment_load"));
        return true;
    }
    if (const auto why = loads_.failure(*found->needs_load, found->needs_load->first_offset())) {
        answers_.refuse(requester, *why);
        return true;
    }
    needs_load_ = std::move(found->needs_load);
    return false;
}

void OffsetLists::retry(Waiting& waiting) {
    if (!attempt(waiting.requester, waiting.list, &waiting)) {
        loads_.want(std::move(needs_load_), waiting);
        return;
    }
    loads_.stop_waiting(waiting);
    std::erase_if(waiting_, [&waiting](const auto& one) { return one.get() == &waiting; });
}

}  // namespace kera
