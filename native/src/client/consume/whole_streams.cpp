// Growth, from the loop to the application. See whole_streams.hpp.
#include "client/consume/whole_streams.hpp"

namespace kera {

const WholeStreams::Whole* WholeStreams::find(StreamId stream) const noexcept {
    const auto found = std::ranges::find(streams_, stream, &Whole::stream);
    return found == streams_.end() ? nullptr : &*found;
}

void WholeStreams::add(StreamId stream, std::int32_t streamlets) {
    const std::lock_guard lock(mutex_);
    if (const Whole* found = find(stream)) {
        Whole& one = streams_[static_cast<std::size_t>(found - streams_.data())];
        one.assigned = std::max(one.assigned, streamlets);
        one.told = std::max(one.told, streamlets);
    } else {
        streams_.push_back({stream, streamlets, streamlets});
    }
}

std::int32_t WholeStreams::streamlets(StreamId stream) const {
    const std::lock_guard lock(mutex_);
    const Whole* found = find(stream);
    return found == nullptr ? 0 : found->assigned;
}

std::vector<WholeStreams::Grown> WholeStreams::take_grown() {
    std::vector<Grown> grown;
    const std::lock_guard lock(mutex_);
    has_grown_.store(false, std::memory_order_relaxed);
    for (Whole& one : streams_) {
        if (one.told > one.assigned) {
            grown.push_back({one.stream, one.assigned, one.told});
            one.assigned = one.told;
        }
    }
    return grown;
}

bool WholeStreams::note_size(StreamId stream, std::int32_t streamlets) {
    const std::lock_guard lock(mutex_);
    const Whole* found = find(stream);
    if (found == nullptr || streamlets <= found->told) {
        return false;
    }
    streams_[static_cast<std::size_t>(found - streams_.data())].told = streamlets;
    has_grown_.store(true, std::memory_order_release);
    return true;
}

}  // namespace kera
