// Changes of streams. Each takes the same way: checked, stored, announced to the reactors,
// answered. Belongs to the first reactor's thread.
#include "broker/catalog.hpp"

#include <algorithm>

namespace kera {

namespace {

Result<void> check_name(const std::string& name) {
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

Result<void> within(const char* what, std::int64_t value, std::int64_t least, std::int64_t most) {
    if (value < least || value > most) {
        return fail(ErrorCode::invalid_argument, what, value < least ? least : most, value);
    }
    return {};
}

}  // namespace

Result<void> Catalog::check_settings(const StreamSettings& settings) const {
    KERA_TRY(within("streamlets", settings.streamlets, 1, parts_.config.limits.streamlets_max));
    KERA_TRY(within("lanes", settings.lanes, 1, kLanesMax));
    KERA_TRY(within("timestamp_type", settings.timestamp_type, 0, 1));
    KERA_TRY(within("segment_bytes_max", settings.segment_bytes_max, 0, kSegmentBytesMax));
    KERA_TRY(within("group_segments", settings.group_segments, 0, kGroupSegmentsMax));
    KERA_TRY(within("retention_ms", settings.retention_ms, kNoLimit, INT64_MAX));
    KERA_TRY(within("retention_bytes", settings.retention_bytes, kNoLimit, INT64_MAX));
    if (settings.ack_level_min == AckLevel::disk && !parts_.config.keeps_data()) {
        return fail(ErrorCode::unsupported, "ack_level_min", 2, 3);
    }
    return {};
}

Result<std::shared_ptr<Stream>> Catalog::make(StreamId wanted, const std::string& name,
                                              const StreamSettings& settings, Term term) {
    KERA_TRY(check_name(name));
    KERA_TRY(check_settings(settings));
    if (const auto found = by_name_.find(name); found != by_name_.end()) {
        return fail(ErrorCode::stream_exists, "stream_id", 0, found->second->id.value());
    }
    if (wanted != kAnyStream && (wanted.value() < 1 || by_id_.contains(wanted))) {
        return fail(wanted.value() < 1 ? ErrorCode::invalid_argument : ErrorCode::stream_exists,
                    "stream_id", 1, wanted.value());
    }
    KERA_TRY(within("streams", static_cast<std::int64_t>(by_id_.size()) + 1, 1,
                    parts_.config.limits.streams_max));
    auto stream = std::make_shared<Stream>();
    stream->id = wanted == kAnyStream ? StreamId(next_stream_) : wanted;
    next_stream_ = std::max(next_stream_, stream->id.value() + 1);
    stream->name = name;
    stream->settings = settings;
    stream->ack_level_min = settings.ack_level_min;
    const StreamletSettings resolved = StreamletSettings::resolve(settings);
    stream->streamlets =
        std::vector<SharedStreamlet>(static_cast<std::size_t>(settings.streamlets));
    for (std::int32_t at = 0; at < settings.streamlets; ++at) {
        SharedStreamlet& shared = stream->streamlets[static_cast<std::size_t>(at)];
        shared.streamlet =
            std::make_unique<Streamlet>(stream->id, StreamletId(at), resolved, term, parts_.memory);
        shared.gauges = StreamletGauges::allocate(parts_.counters, stream->id, StreamletId(at));
    }
    KERA_TRY(add_lanes(*stream, settings.lanes));
    by_name_[name] = stream;
    by_id_[stream->id] = stream;
    return stream;
}

Result<void> Catalog::add_lanes(Stream& stream, std::uint16_t lanes) {
    for (SharedStreamlet& shared : stream.streamlets) {
        Streamlet& streamlet = *shared.streamlet;
        while (streamlet.lane_count() < lanes) {
            const ReactorId owner =
                parts_.owners.of(stream.id, streamlet.id(), LaneId(streamlet.lane_count()));
            const auto added =
                streamlet.add_lane(parts_.lane_hosts[static_cast<std::size_t>(owner.value())]);
            if (!added.ok()) {
                return added.error();
            }
        }
    }
    return {};
}

std::shared_ptr<Stream> Catalog::restore(StreamId id, const std::string& name,
                                         const StreamSettings& settings, Term term) {
    Result<std::shared_ptr<Stream>> stream = make(id, name, settings, term);
    return stream.ok() ? std::move(stream).value() : nullptr;
}

std::vector<std::shared_ptr<Stream>> Catalog::all() const {
    std::vector<std::shared_ptr<Stream>> streams;
    streams.reserve(by_name_.size());
    for (const auto& [name, stream] : by_name_) {
        streams.push_back(stream);
    }
    return streams;
}

void Catalog::on_create(const Requester& requester, const FrameView& frame) {
    const Result<CreateStream> asked = CreateStream::decode(frame);
    if (!asked.ok()) {
        parts_.answers.refuse(requester, asked.error());
        return;
    }
    create(requester, asked->stream, asked->name, asked->settings, Term(1));
}

void Catalog::on_open(const Requester& requester, const FrameView& frame) {
    const Result<OpenStream> asked = OpenStream::decode(frame);
    if (!asked.ok()) {
        parts_.answers.refuse(requester, asked.error());
        return;
    }
    create(requester, asked->stream, asked->name, asked->settings, asked->term);
}

void Catalog::create(const Requester& requester, StreamId wanted, const std::string& name,
                     const StreamSettings& settings, Term term) {
    Result<std::shared_ptr<Stream>> stream = make(wanted, name, settings, term);
    if (!stream.ok()) {
        parts_.answers.refuse(requester, stream.error());
        return;
    }
    const std::int64_t id = begin({Kind::create, requester, *stream, 0, settings, 0});
    parts_.store.save(**stream, settings, *this, id);
}

void Catalog::on_alter(const Requester& requester, const FrameView& frame) {
    const Result<AlterStream> asked = AlterStream::decode(frame);
    Result<std::shared_ptr<Stream>> stream =
        asked.ok() ? find(asked->stream) : Result<std::shared_ptr<Stream>>(asked.error());
    if (!stream.ok()) {
        parts_.answers.refuse(requester, stream.error());
        return;
    }
    StreamSettings settings = (*stream)->settings;
    settings.lanes = asked->lanes == 0 ? settings.lanes : asked->lanes;
    if (asked->ack_level_min != AlterStream::kAckUnchanged) {
        settings.ack_level_min = static_cast<AckLevel>(asked->ack_level_min);
    }
    if (asked->retention_ms != kUnchanged) {
        settings.retention_ms = asked->retention_ms;
    }
    if (asked->retention_bytes != kUnchanged) {
        settings.retention_bytes = asked->retention_bytes;
    }
    Result<void> checked = check_settings(settings);
    if (checked.ok()) {
        checked = within("lanes", settings.lanes, (*stream)->settings.lanes, kLanesMax);
    }
    if (checked.ok()) {
        checked = within("ack_level_min", static_cast<std::int64_t>(settings.ack_level_min), 0,
                         kAckLevelMax);
    }
    if (!checked.ok()) {
        parts_.answers.refuse(requester, checked.error());
        return;
    }
    const std::int64_t id = begin({Kind::alter, requester, *stream, 0, settings, 0});
    parts_.store.save(**stream, settings, *this, id);
}

void Catalog::on_delete(const Requester& requester, const FrameView& frame) {
    const Result<DeleteStream> asked = DeleteStream::decode(frame);
    Result<std::shared_ptr<Stream>> stream =
        asked.ok() ? find(asked->stream) : Result<std::shared_ptr<Stream>>(asked.error());
    if (!stream.ok()) {
        parts_.answers.refuse(requester, stream.error());
        return;
    }
    forget(**stream);
    for (SharedStreamlet& shared : (*stream)->streamlets) {
        shared.streamlet->mark_deleted();
    }
    const std::int64_t id = begin({Kind::drop, requester, *stream, 0, {}, 0});
    announce(id, changes_.at(id));
}

void Catalog::on_delete_before(const Requester& requester, const FrameView& frame) {
    const Result<DeleteBefore> asked = DeleteBefore::decode(frame);
    Result<std::shared_ptr<Stream>> stream =
        asked.ok() ? find(asked->stream) : Result<std::shared_ptr<Stream>>(asked.error());
    Result<void> checked = stream.ok()
                               ? within("streamlet_id", asked->streamlet.value(), 0,
                                        static_cast<std::int64_t>((*stream)->streamlets.size()) - 1)
                               : Result<void>(stream.error());
    if (checked.ok()) {
        checked = within("offset", asked->offset.value(), 0, INT64_MAX);
    }
    if (!checked.ok()) {
        parts_.answers.refuse(requester, checked.error());
        return;
    }
    SharedStreamlet& shared =
        (*stream)->streamlets[static_cast<std::size_t>(asked->streamlet.value())];
    const Offset start = shared.streamlet->raise_start(asked->offset);
    const std::int64_t id =
        begin({Kind::start, requester, *stream, 0, (*stream)->settings, start.value()});
    parts_.store.save(**stream, (*stream)->settings, *this, id);
}

void Catalog::on_set_term(const Requester& requester, const FrameView& frame) {
    const Result<SetTerm> asked = SetTerm::decode(frame);
    Result<std::shared_ptr<Stream>> stream =
        asked.ok() ? find(asked->stream) : Result<std::shared_ptr<Stream>>(asked.error());
    Result<void> checked = stream.ok()
                               ? within("streamlet_id", asked->streamlet.value(), 0,
                                        static_cast<std::int64_t>((*stream)->streamlets.size()) - 1)
                               : Result<void>(stream.error());
    if (checked.ok()) {
        const auto at = static_cast<std::size_t>(asked->streamlet.value());
        (*stream)->streamlets[at].streamlet->raise_term(asked->term);
        (*stream)->streamlets[at].leads.store(asked->leader);
    }
    parts_.answers.send(requester, CommandDone::of(checked));
}

void Catalog::on_list(const Requester& requester, const FrameView& frame) {
    if (const auto asked = ListStreams::decode(frame); !asked.ok()) {
        parts_.answers.refuse(requester, asked.error());
        return;
    }
    StreamListAnswer list;
    list.streams.reserve(by_name_.size());
    for (const auto& [name, stream] : by_name_) {
        list.streams.push_back({stream->id, stream->settings.streamlets, name});
    }
    parts_.answers.send(requester, list);
}

void Catalog::on_describe(const Requester& requester, const FrameView& frame) {
    const Result<DescribeStream> asked = DescribeStream::decode(frame);
    if (!asked.ok()) {
        parts_.answers.refuse(requester, asked.error());
        return;
    }
    if (asked->name.empty()) {
        const Result<std::shared_ptr<Stream>> stream = find(asked->stream);
        if (stream.ok()) {
            parts_.answers.send(requester, describe(**stream));
        } else {
            parts_.answers.refuse(requester, stream.error());
        }
        return;
    }
    if (const auto found = by_name_.find(asked->name); found != by_name_.end()) {
        parts_.answers.send(requester, describe(*found->second));
    } else {
        parts_.answers.refuse(requester, fail(ErrorCode::unknown_stream, "stream_name"));
    }
}

Result<std::shared_ptr<Stream>> Catalog::find(StreamId id) const {
    const auto found = by_id_.find(id);
    if (found == by_id_.end()) {
        return fail(ErrorCode::unknown_stream, "stream_id", 0, id.value());
    }
    return found->second;
}

StreamAnswer Catalog::describe(const Stream& stream) {
    StreamAnswer answer;
    answer.stream = stream.id;
    answer.term = stream.streamlets.front().streamlet->term();
    answer.settings = stream.settings;
    answer.name = stream.name;
    return answer;
}

void Catalog::forget(const Stream& stream) {
    by_name_.erase(stream.name);
    by_id_.erase(stream.id);
}

}  // namespace kera
