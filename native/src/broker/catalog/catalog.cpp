#include "broker/catalog/catalog.hpp"

#include "base/check.hpp"
#include "broker/config/range.hpp"
#include "wire/frame/templates.hpp"

namespace kera {

namespace {

Result<void> check_streamlet(const Stream& stream, StreamletId streamlet) {
    return check_range("streamlet_id", streamlet.value(), 0,
                       static_cast<std::int64_t>(stream.streamlets.size()) - 1);
}

// A term has one leader, so whoever takes over begins a new one.
Result<void> check_new_term(const SharedStreamlet& shared, const SetTerm& asked) {
    const Term now = shared.streamlet->term();
    const bool takes_over = asked.leader && !shared.leads;
    if (asked.term < now || (takes_over && asked.term == now)) {
        return fail(ErrorCode::stale_term, "term", now.value(), asked.term.value());
    }
    return {};
}

StreamSettings altered(const StreamSettings& before, const AlterStream& asked) {
    StreamSettings settings = before;
    settings.streamlets = asked.streamlets == 0 ? settings.streamlets : asked.streamlets;
    settings.lanes = asked.lanes == 0 ? settings.lanes : asked.lanes;
    if (asked.ack_level_min != AlterStream::kAckUnchanged) {
        settings.ack_level_min = static_cast<AckLevel>(asked.ack_level_min);
    }
    if (asked.retention_ms != kUnchanged) {
        settings.retention_ms = asked.retention_ms;
    }
    if (asked.retention_bytes != kUnchanged) {
        settings.retention_bytes = asked.retention_bytes;
    }
    return settings;
}

}  // namespace

void Catalog::handle(const Requester& requester, const FrameView& frame) {
    const FrameHeader& header = frame.header();
    if (header.schema_id != kClientSchemaId) {
        const auto command = static_cast<ControlTemplate>(header.template_id);
        KERA_ASSERT(command == ControlTemplate::open_stream || command == ControlTemplate::set_term,
                    header.template_id);
        if (command == ControlTemplate::open_stream) {
            on_open(requester, frame);
        } else {
            on_set_term(requester, frame);
        }
        return;
    }
    switch (static_cast<Template>(header.template_id)) {
        case Template::create_stream:
            on_create(requester, frame);
            return;
        case Template::alter_stream:
            on_alter(requester, frame);
            return;
        case Template::delete_stream:
            on_delete(requester, frame);
            return;
        case Template::delete_before:
            on_delete_before(requester, frame);
            return;
        case Template::list_streams:
            listing_.on_list(requester, frame);
            return;
        case Template::describe_stream:
            listing_.on_describe(requester, frame);
            return;
        case Template::end_of_term:
            listing_.on_end_of_term(requester, frame);
            return;
        default:
            KERA_ASSERT(false, header.template_id);
    }
}

void Catalog::on_create(const Requester& requester, const FrameView& frame) {
    const Result<CreateStream> asked = CreateStream::decode(frame);
    if (!asked.ok()) {
        answers_.refuse(requester, asked.error());
    } else if (asked->stream.value() > kStreamIdMax) {
        answers_.refuse(requester, fail(ErrorCode::invalid_argument, "stream_id", kStreamIdMax,
                                        asked->stream.value()));
    } else if (!queue_.postpone(asked->stream, asked->name, requester, frame)) {
        create(requester, asked->stream, asked->name, asked->settings, Term(1));
    }
}

void Catalog::on_open(const Requester& requester, const FrameView& frame) {
    const Result<OpenStream> asked = OpenStream::decode(frame);
    if (!asked.ok()) {
        answers_.refuse(requester, asked.error());
    } else if (!queue_.postpone(asked->stream, asked->name, requester, frame)) {
        CatalogEntry* entry = directory_.find(asked->stream);
        if (entry != nullptr && entry->state == StreamState::set_aside) {
            // Now requests by name are answered that it is set aside, too.
            directory_.set_name(*entry, asked->name);
        }
        if (entry != nullptr && entry->state == StreamState::open &&
            entry->stream->name == asked->name) {
            take_up(requester, *entry, asked->term);
            return;
        }
        create(requester, asked->stream, asked->name, asked->settings, asked->term);
    }
}

// The stream is there: from now on this node leads it.
void Catalog::take_up(const Requester& requester, CatalogEntry& entry, Term term) {
    const auto streamlets = static_cast<std::int32_t>(entry.stream->streamlets.size());
    leadership_.begin(requester, entry, {StreamletId(0), StreamletId(streamlets), term, true},
                      fail(ErrorCode::stream_exists, "stream_id", 0, entry.stream->id.value()));
}

void Catalog::create(const Requester& requester, StreamId wanted, const std::string& name,
                     const StreamSettings& settings, Term term) {
    if (!queue_.admit(requester)) {
        return;
    }
    const Result<std::shared_ptr<Stream>> stream =
        directory_.add(wanted, name, settings, term, StreamState::making);
    if (!stream.ok()) {
        answers_.refuse(requester, stream.error());
        return;
    }
    for (SharedStreamlet& shared : (*stream)->streamlets) {
        shared.leads = true;
    }
    changes_.create(requester, *directory_.find((*stream)->id));
}

void Catalog::on_alter(const Requester& requester, const FrameView& frame) {
    const Result<AlterStream> asked = AlterStream::decode(frame);
    if (!asked.ok()) {
        answers_.refuse(requester, asked.error());
        return;
    }
    CatalogEntry* entry = queue_.begin(asked->stream, requester, frame);
    if (entry == nullptr) {
        return;
    }
    const StreamSettings& before = entry->stream->settings;
    const StreamSettings after = altered(before, *asked);
    if (const Result<void> checked = rules_.check_change(before, after); !checked.ok()) {
        answers_.refuse(requester, checked.error());
        return;
    }
    changes_.alter(requester, *entry, after);
}

void Catalog::on_delete(const Requester& requester, const FrameView& frame) {
    const Result<DeleteStream> asked = DeleteStream::decode(frame);
    if (!asked.ok()) {
        answers_.refuse(requester, asked.error());
        return;
    }
    CatalogEntry* entry = directory_.find(asked->stream);
    if (entry != nullptr && entry->state == StreamState::left_over) {
        if (queue_.admit(requester)) {
            changes_.drop_files(requester, *entry);
        }
        return;
    }
    if (entry != nullptr && entry->state == StreamState::set_aside) {
        if (!queue_.admit(requester)) {
            return;
        }
    } else {
        entry = queue_.begin(asked->stream, requester, frame);
    }
    if (entry != nullptr) {
        changes_.drop(requester, *entry);
    }
}

void Catalog::on_delete_before(const Requester& requester, const FrameView& frame) {
    const Result<DeleteBefore> asked = DeleteBefore::decode(frame);
    if (!asked.ok()) {
        answers_.refuse(requester, asked.error());
        return;
    }
    CatalogEntry* entry = queue_.begin(asked->stream, requester, frame);
    if (entry == nullptr) {
        return;
    }
    Stream& stream = *entry->stream;
    Result<void> checked = check_streamlet(stream, asked->streamlet);
    if (checked.ok()) {
        checked = check_range("offset", asked->offset.value(), 0, INT64_MAX);
    }
    if (!checked.ok()) {
        answers_.refuse(requester, checked.error());
        return;
    }
    SharedStreamlet& shared = stream.streamlets[static_cast<std::size_t>(asked->streamlet.value())];
    if (!shared.leads) {
        answers_.refuse(requester, not_leader_error(*shared.streamlet));
        return;
    }
    const Offset start = shared.streamlet->raise_start(asked->offset);
    changes_.save_start(requester, *entry, start);
}

void Catalog::on_set_term(const Requester& requester, const FrameView& frame) {
    const Result<SetTerm> asked = SetTerm::decode(frame);
    if (!asked.ok()) {
        answers_.refuse(requester, asked.error());
        return;
    }
    CatalogEntry* entry = queue_.begin(asked->stream, requester, frame);
    if (entry == nullptr) {
        return;
    }
    Stream& stream = *entry->stream;
    Result<void> checked = check_streamlet(stream, asked->streamlet);
    if (checked.ok()) {
        checked = check_new_term(
            stream.streamlets[static_cast<std::size_t>(asked->streamlet.value())], *asked);
    }
    if (!checked.ok()) {
        answers_.send(requester, CommandDone::of(checked));
        return;
    }
    leadership_.begin(requester, *entry,
                      {asked->streamlet, asked->streamlet.next(), asked->term, asked->leader}, {});
}

}  // namespace kera
