// Changes of streams. Each takes the same way: checked, stored, announced to the reactors,
// answered. Belongs to the first reactor's thread.
#include "broker/catalog/catalog.hpp"

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
                                              const StreamSettings& settings, Term term,
                                              StreamState state) {
    KERA_TRY(check_name(name));
    KERA_TRY(check_settings(settings));
    if (const CatalogEntry* found = entries_.find(name)) {
        return taken_by(*found);
    }
    if (wanted != kAnyStream) {
        KERA_TRY(within("stream_id", wanted.value(), 1, INT64_MAX));
        if (const CatalogEntry* found = entries_.find(wanted)) {
            return taken_by(*found);
        }
    }
    KERA_TRY(within("streams", static_cast<std::int64_t>(entries_.size()) + 1, 1,
                    parts_.config.limits.streams_max));
    auto stream = std::make_shared<Stream>();
    stream->id = wanted == kAnyStream ? StreamId(next_stream_) : wanted;
    follow(stream->id);
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
    entries_.add(stream, state);
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

Error Catalog::taken_by(const CatalogEntry& entry) {
    const StreamId id = entry.stream->id;
    return entry.state == StreamState::set_aside
               ? set_aside_error(id)
               : fail(ErrorCode::stream_exists, "stream_id", 0, id.value());
}

Result<std::shared_ptr<Stream>> Catalog::restore(StreamId id, const std::string& name,
                                                 const StreamSettings& settings, Term term) {
    return make(id, name, settings, term, StreamState::open);
}

void Catalog::follow(StreamId id) noexcept {
    if (id.value() < kStreamIdFollowedMax) {
        next_stream_ = std::max(next_stream_, id.value() + 1);
    }
}

void Catalog::set_aside(StreamId id, const std::string& name) {
    if (const CatalogEntry* restored = entries_.find(id)) {
        const std::shared_ptr<Stream> stream = restored->stream;
        entries_.remove(*stream);
    }
    auto stream = std::make_shared<Stream>();
    stream->id = id;
    stream->name = entries_.find(name) == nullptr ? name : std::string();
    follow(id);
    entries_.add(std::move(stream), StreamState::set_aside);
    set_aside_.add(1);
}

std::vector<std::shared_ptr<Stream>> Catalog::all() const {
    std::vector<std::shared_ptr<Stream>> streams;
    streams.reserve(entries_.size());
    entries_.for_each([&streams](const CatalogEntry& entry) {
        if (entry.is_there()) {
            streams.push_back(entry.stream);
        }
    });
    return streams;
}

void Catalog::on_create(const Requester& requester, const FrameView& frame) {
    const Result<CreateStream> asked = CreateStream::decode(frame);
    if (!asked.ok()) {
        parts_.answers.refuse(requester, asked.error());
    } else if (asked->stream.value() > kStreamIdMax) {
        parts_.answers.refuse(requester, fail(ErrorCode::invalid_argument, "stream_id",
                                              kStreamIdMax, asked->stream.value()));
    } else if (!waits_for(asked->stream, asked->name, &Catalog::on_create, requester, frame)) {
        create(requester, asked->stream, asked->name, asked->settings, Term(1));
    }
}

void Catalog::on_open(const Requester& requester, const FrameView& frame) {
    const Result<OpenStream> asked = OpenStream::decode(frame);
    if (!asked.ok()) {
        parts_.answers.refuse(requester, asked.error());
    } else if (!waits_for(asked->stream, asked->name, &Catalog::on_open, requester, frame)) {
        const CatalogEntry* entry = entries_.find(asked->stream);
        if (entry != nullptr && entry->state == StreamState::set_aside &&
            entry->stream->name.empty() && entries_.find(asked->name) == nullptr) {
            // Who asks for it by name is told, too, what has become of it.
            entry->stream->name = asked->name;
            entries_.name(*entry->stream);
        }
        create(requester, asked->stream, asked->name, asked->settings, asked->term);
    }
}

void Catalog::create(const Requester& requester, StreamId wanted, const std::string& name,
                     const StreamSettings& settings, Term term) {
    if (!admits(requester)) {
        return;
    }
    Result<std::shared_ptr<Stream>> stream =
        make(wanted, name, settings, term, StreamState::making);
    if (!stream.ok()) {
        parts_.answers.refuse(requester, stream.error());
        return;
    }
    const std::int64_t id = begin({Kind::create, requester, *stream, 0, settings, 0});
    save(id, *entries_.find((*stream)->id), settings);
}

void Catalog::on_alter(const Requester& requester, const FrameView& frame) {
    const Result<AlterStream> asked = AlterStream::decode(frame);
    if (!asked.ok()) {
        parts_.answers.refuse(requester, asked.error());
        return;
    }
    CatalogEntry* entry = turn_of(asked->stream, &Catalog::on_alter, requester, frame);
    if (entry == nullptr) {
        return;
    }
    const Stream& stream = *entry->stream;
    StreamSettings settings = stream.settings;
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
        checked = within("lanes", settings.lanes, stream.settings.lanes, kLanesMax);
    }
    if (checked.ok()) {
        checked = within("ack_level_min", static_cast<std::int64_t>(settings.ack_level_min), 0,
                         kAckLevelMax);
    }
    if (!checked.ok()) {
        parts_.answers.refuse(requester, checked.error());
        return;
    }
    entry->state = StreamState::changing;
    const std::int64_t id = begin({Kind::alter, requester, entry->stream, 0, settings, 0});
    save(id, *entry, settings);
}

void Catalog::on_delete(const Requester& requester, const FrameView& frame) {
    const Result<DeleteStream> asked = DeleteStream::decode(frame);
    if (!asked.ok()) {
        parts_.answers.refuse(requester, asked.error());
        return;
    }
    CatalogEntry* entry = entries_.find(asked->stream);
    if (entry != nullptr && entry->state == StreamState::left_over) {
        if (admits(requester)) {
            // Gone from memory already: once more for its files.
            entry->state = StreamState::dropping;
            const std::int64_t id = begin({Kind::drop, requester, entry->stream, 0, {}, 0});
            parts_.store.remove(asked->stream, *this, id);
        }
        return;
    }
    if (entry == nullptr || entry->state != StreamState::set_aside) {
        entry = turn_of(asked->stream, &Catalog::on_delete, requester, frame);
    } else if (admits(requester)) {
        set_aside_.add(-1);
    } else {
        entry = nullptr;
    }
    if (entry == nullptr) {
        return;
    }
    entry->state = StreamState::dropping;
    for (SharedStreamlet& shared : entry->stream->streamlets) {
        shared.streamlet->mark_deleted();
    }
    const std::int64_t id = begin({Kind::drop, requester, entry->stream, 0, {}, 0});
    announce(id, changes_.at(id));
}

void Catalog::on_delete_before(const Requester& requester, const FrameView& frame) {
    const Result<DeleteBefore> asked = DeleteBefore::decode(frame);
    if (!asked.ok()) {
        parts_.answers.refuse(requester, asked.error());
        return;
    }
    CatalogEntry* entry = turn_of(asked->stream, &Catalog::on_delete_before, requester, frame);
    if (entry == nullptr) {
        return;
    }
    Stream& stream = *entry->stream;
    Result<void> checked = within("streamlet_id", asked->streamlet.value(), 0,
                                  static_cast<std::int64_t>(stream.streamlets.size()) - 1);
    if (checked.ok()) {
        checked = within("offset", asked->offset.value(), 0, INT64_MAX);
    }
    if (!checked.ok()) {
        parts_.answers.refuse(requester, checked.error());
        return;
    }
    SharedStreamlet& shared = stream.streamlets[static_cast<std::size_t>(asked->streamlet.value())];
    const Offset start = shared.streamlet->raise_start(asked->offset);
    entry->state = StreamState::changing;
    const std::int64_t id =
        begin({Kind::start, requester, entry->stream, 0, stream.settings, start.value()});
    save(id, *entry, stream.settings);
}

void Catalog::on_set_term(const Requester& requester, const FrameView& frame) {
    const Result<SetTerm> asked = SetTerm::decode(frame);
    if (!asked.ok()) {
        parts_.answers.refuse(requester, asked.error());
        return;
    }
    const CatalogEntry* entry = turn_of(asked->stream, &Catalog::on_set_term, requester, frame);
    if (entry == nullptr) {
        return;
    }
    Stream& stream = *entry->stream;
    const Result<void> checked = within("streamlet_id", asked->streamlet.value(), 0,
                                        static_cast<std::int64_t>(stream.streamlets.size()) - 1);
    if (checked.ok()) {
        const auto at = static_cast<std::size_t>(asked->streamlet.value());
        stream.streamlets[at].streamlet->raise_term(asked->term);
        stream.streamlets[at].leads.store(asked->leader);
    }
    parts_.answers.send(requester, CommandDone::of(checked));
}

void Catalog::on_list(const Requester& requester, const FrameView& frame) {
    const Result<ListStreams> asked = ListStreams::decode(frame);
    if (!asked.ok()) {
        parts_.answers.refuse(requester, asked.error());
        return;
    }
    StreamListAnswer list;
    std::size_t left_bytes = kStreamListBytesMax;
    entries_.for_each_after(asked->after, [&list, &left_bytes](const CatalogEntry& entry) {
        const bool aside = entry.state == StreamState::set_aside && !entry.stream->name.empty();
        if (!entry.is_there() && !aside) {
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
    parts_.answers.send(requester, list);
}

void Catalog::on_describe(const Requester& requester, const FrameView& frame) {
    const Result<DescribeStream> asked = DescribeStream::decode(frame);
    if (!asked.ok()) {
        parts_.answers.refuse(requester, asked.error());
        return;
    }
    const CatalogEntry* entry =
        asked->name.empty() ? entries_.find(asked->stream) : entries_.find(asked->name);
    if (entry == nullptr && !asked->name.empty()) {
        parts_.answers.refuse(requester, fail(ErrorCode::unknown_stream, "stream_name"));
        return;
    }
    const StreamId id = entry == nullptr ? asked->stream : entry->stream->id;
    // Whoever only looks need not wait for what changes nothing for clients.
    const bool look_only =
        entry != nullptr &&
        (entry->state == StreamState::open || entry->state == StreamState::saving) &&
        !entries_.anything_waits_for(id);
    if (!look_only) {
        entry = turn_of(id, &Catalog::on_describe, requester, frame);
    }
    if (entry != nullptr) {
        parts_.answers.send(requester, describe(*entry->stream));
    }
}

StreamAnswer Catalog::describe(const Stream& stream) {
    StreamAnswer answer;
    answer.stream = stream.id;
    answer.term = stream.streamlets.front().streamlet->term();
    answer.settings = stream.settings;
    answer.name = stream.name;
    return answer;
}

}  // namespace kera
