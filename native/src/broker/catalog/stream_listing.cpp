#include "broker/catalog/stream_listing.hpp"

#include <utility>

namespace kera {

StreamAnswer describe(const Stream& stream) {
    StreamAnswer answer;
    answer.stream = stream.id;
    answer.term = stream.streamlets.front().streamlet->term();
    answer.settings = stream.settings;
    answer.name = stream.name;
    return answer;
}

void StreamListing::on_list(const Requester& requester, const FrameView& frame) {
    const Result<ListStreams> asked = ListStreams::decode(frame);
    if (!asked.ok()) {
        answers_.refuse(requester, asked.error());
        return;
    }
    StreamListAnswer list;
    std::size_t left_bytes = kStreamListBytesMax;
    directory_.for_each_after(asked->after, [&list, &left_bytes](const CatalogEntry& entry) {
        const bool aside = entry.state == StreamState::set_aside && !entry.stream->name.empty();
        if (!entry.is_visible() && !aside) {
            return true;
        }
        const Stream& stream = *entry.stream;
        StreamListAnswer::Entry listed{stream.id, stream.settings.streamlets, stream.name};
        const std::size_t bytes = StreamListAnswer::entry_bytes(listed);
        list.more = bytes > left_bytes;
        if (!list.more) {
            left_bytes -= bytes;
            list.streams.push_back(std::move(listed));
        }
        return !list.more;
    });
    answers_.send(requester, list);
}

void StreamListing::on_describe(const Requester& requester, const FrameView& frame) {
    const Result<DescribeStream> asked = DescribeStream::decode(frame);
    if (!asked.ok()) {
        answers_.refuse(requester, asked.error());
        return;
    }
    const CatalogEntry* entry =
        asked->name.empty() ? directory_.find(asked->stream) : directory_.find(asked->name);
    if (entry == nullptr && !asked->name.empty()) {
        answers_.refuse(requester, fail(ErrorCode::unknown_stream, "stream_name"));
        return;
    }
    const StreamId id = entry == nullptr ? asked->stream : entry->stream->id;
    // A description need not wait for a change that clients cannot see.
    const bool is_settled =
        entry != nullptr &&
        (entry->state == StreamState::open || entry->state == StreamState::saving) &&
        !queue_.anyone_waits_for(id);
    if (!is_settled) {
        entry = queue_.begin(id, requester, frame);
    }
    if (entry != nullptr) {
        answers_.send(requester, describe(*entry->stream));
    }
}

}  // namespace kera
