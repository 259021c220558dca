#include "broker/catalog/stream_listing.hpp"

#include <utility>

#include "broker/config/range.hpp"

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

void StreamListing::on_end_of_term(const Requester& requester, const FrameView& frame) {
    const Result<EndOfTerm> asked = EndOfTerm::decode(frame);
    if (!asked.ok()) {
        answers_.refuse(requester, asked.error());
        return;
    }
    const CatalogEntry* entry = queue_.begin(asked->stream, requester, frame);
    if (entry == nullptr) {
        return;
    }
    const Result<EndOfTermAnswer> answer = end_of_term(*entry->stream, *asked);
    if (answer.ok()) {
        answers_.send(requester, *answer);
    } else {
        answers_.refuse(requester, answer.error());
    }
}

Result<EndOfTermAnswer> StreamListing::end_of_term(const Stream& stream, const EndOfTerm& asked) {
    const auto streamlets = static_cast<std::int32_t>(stream.streamlets.size());
    KERA_TRY(check_range("streamlet_id", asked.streamlet.value(), 0, streamlets - 1));
    const SharedStreamlet& shared =
        stream.streamlets[static_cast<std::size_t>(asked.streamlet.value())];
    if (!shared.leads) {
        return not_leader_error(*shared.streamlet);
    }
    const Term now = shared.streamlet->term();
    if (asked.term < kAnyTerm || asked.term > now) {
        return fail(ErrorCode::stale_term, "term", now.value(), asked.term.value());
    }
    const TermStarts::End found = shared.terms.end_of(asked.term == kAnyTerm ? now : asked.term,
                                                      shared.streamlet->readable_head());
    return EndOfTermAnswer{found.term, found.end, now};
}

}  // namespace kera
