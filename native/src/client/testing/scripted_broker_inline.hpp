// Bodies of the scripted broker. Part of client/testing/scripted_broker.hpp, never included by
// itself.
#pragma once

#include "client/testing/scripted_broker.hpp"

namespace kera {

inline void ScriptedBroker::receive(std::vector<std::byte> frame) {
    const Result<FrameView> view = FrameView::over(frame, 80U << 20U);
    KERA_ASSERT(view.ok());
    const auto type = static_cast<Template>(view->header().template_id);
    ++requests[type];
    if (on_request && on_request(*view)) {
        return;
    }
    if (type == Template::append && holds_appends) {
        held_appends.push_back(std::move(frame));
        return;
    }
    dispatch(*view, frame);
}

inline void ScriptedBroker::dispatch(const FrameView& view, std::vector<std::byte>& frame) {
    const std::int64_t correlation = view.header().correlation_id;
    switch (static_cast<Template>(view.header().template_id)) {
        case Template::hello:
            if (refuses_hello) {
                refuse(view, *refuses_hello);
            } else {
                answer(greeting, correlation);
            }
            break;
        case Template::ping:
            answer(PingAnswer{}, correlation);
            break;
        case Template::open_producer: {
            const OpenProducer asked = OpenProducer::decode(view).value();
            OpenProducerAnswer given;
            given.producer =
                asked.producer.value() < 0 ? ProducerId(next_producer++) : asked.producer;
            given.epoch = asked.producer.value() < 0 ? ProducerEpoch(0) : asked.epoch.next();
            newest_epoch = given.epoch.value();
            answer(given, correlation);
            break;
        }
        case Template::append:
            append(frame);
            break;
        case Template::fetch:
        case Template::subscribe:
        case Template::credit:
        case Template::unsubscribe:
        case Template::list_offsets:
            serve_consumer(view);
            break;
        case Template::create_stream: {
            const CreateStream asked = CreateStream::decode(view).value();
            StreamAnswer& made = streams[asked.name];
            made.stream = StreamId(static_cast<std::int64_t>(streams.size()));
            made.settings = asked.settings;
            made.name = asked.name;
            answer(made, correlation);
            break;
        }
        case Template::describe_stream: {
            const DescribeStream asked = DescribeStream::decode(view).value();
            for (const auto& [name, stream] : streams) {
                if (name == asked.name || (asked.name.empty() && stream.stream == asked.stream)) {
                    answer(stream, correlation);
                    return;
                }
            }
            refuse(view, {ErrorCode::unknown_stream, "stream", 0, asked.stream.value()});
            break;
        }
        default:
            refuse(view, {ErrorCode::unsupported, "template_id", 0, view.header().template_id});
            break;
    }
}

inline void ScriptedBroker::serve_consumer(const FrameView& view) {
    const std::int64_t correlation = view.header().correlation_id;
    switch (static_cast<Template>(view.header().template_id)) {
        case Template::fetch: {
            fetches.push_back(Fetch::decode(view).value());
            const Fetch& asked = fetches.back();
            if (!fetch(asked, correlation, false)) {
                held_fetches_.push_back(
                    {asked, correlation,
                     clock_.now_ns() + std::int64_t{asked.wait_ms_max} * kNanosPerMilli});
            }
            break;
        }
        case Template::subscribe: {
            const Subscribe asked = Subscribe::decode(view).value();
            subscriptions[asked.subscription] = asked;
            answer(DoneAnswer{}, correlation);
            push(asked.subscription);
            break;
        }
        case Template::credit: {
            const Credit more = Credit::decode(view).value();
            credit_given += more.credit_bytes;
            if (subscriptions.contains(more.subscription)) {
                subscriptions[more.subscription].credit_bytes += more.credit_bytes;
                push(more.subscription);
            }
            break;
        }
        case Template::unsubscribe:
            subscriptions.erase(Unsubscribe::decode(view).value().subscription);
            answer(DoneAnswer{}, correlation);
            break;
        case Template::list_offsets: {
            const ListOffsets asked = ListOffsets::decode(view).value();
            const Kept& place = kept[{asked.stream.value(), asked.streamlet.value()}];
            ListOffsetsAnswer given;
            given.offset = asked.timestamp_ms == ListOffsets::kEarliest ? place.start : place.next;
            for (const KeptChunk& chunk : place.chunks) {
                if (asked.timestamp_ms >= 0 &&
                    ChunkView(chunk.bytes.data()).max_timestamp_ms() >= asked.timestamp_ms) {
                    given.offset = chunk.base;
                    break;
                }
            }
            answer(given, correlation);
            break;
        }
        default:
            break;
    }
}

inline void ScriptedBroker::append(const std::vector<std::byte>& frame) {
    const Result<FrameView> view = FrameView::over(frame, 80U << 20U);
    const Append message = Append::decode(*view).value();
    std::vector<AppendResult> results;
    std::vector<std::byte> chunks(frame.begin() + Append::kHeadBytes, frame.end());
    std::size_t at = 0;
    for (std::uint32_t index = 0; index < message.chunk_count; ++index) {
        const std::span<std::byte> rest = std::span(chunks).subspan(at);
        const std::uint32_t bytes =
            check_chunk_header(rest.first(kChunkHeaderBytes), rest.size()).value().chunk_bytes;
        results.push_back(append_chunk(rest.first(bytes)));
        at += bytes;
    }
    KERA_ASSERT(at == chunks.size());
    if (message.ack_level != AckLevel::none) {
        static_cast<void>(AppendAnswer::encode(buffer_, view->header().correlation_id, results));
        transport_.answer(endpoint_, buffer_.frame());
    }
    serve_waiting();
}

inline AppendResult ScriptedBroker::append_chunk(std::span<std::byte> chunk) {
    const ChunkInfo info = check_chunk_header(chunk.first(kChunkHeaderBytes), chunk.size()).value();
    seen.push_back(info);
    AppendResult result;
    if (!check_client_crc(chunk).ok()) {
        result.code = ErrorCode::bad_checksum;
        return result;
    }
    if (on_chunk) {
        if (const std::optional<AppendResult> scripted = on_chunk(info)) {
            return *scripted;
        }
    }
    Kept& place = kept[{info.stream.value(), info.streamlet.value()}];
    bool known_already = false;
    if (info.producer != kNoProducer) {
        result = check_sequence(place, info, known_already);
        if (result.code != ErrorCode::ok || known_already) {
            return result;
        }
    }
    result.base_offset = place.next;
    result.append_time_ms = clock_.epoch_ms();
    place_chunk(place, chunk);
    place.chunks.push_back({place.next, {chunk.begin(), chunk.end()}});
    place.next += static_cast<std::int64_t>(info.record_count);
    if (info.producer != kNoProducer) {
        Kept::Known& known = place.producers[info.producer.value()];
        known.next = advance(info.base_sequence, static_cast<std::int32_t>(info.record_count));
        known.last.emplace_back(info.base_sequence, result.base_offset);
        if (known.last.size() > Window::kInFlightMax) {
            known.last.pop_front();
        }
    }
    return result;
}

inline void ScriptedBroker::forget_after(std::int64_t stream, std::int32_t streamlet,
                                         std::size_t chunks) {
    Kept& place = kept[{stream, streamlet}];
    place.producers.clear();
    place.next = Offset(0);
    for (KeptChunk& chunk : std::exchange(place.chunks, {})) {
        if (place.chunks.size() < chunks) {
            append_chunk(chunk.bytes);
        }
    }
}

inline AppendResult ScriptedBroker::check_sequence(Kept& place, const ChunkInfo& info,
                                                   bool& known_already) {
    AppendResult result;
    auto found = place.producers.find(info.producer.value());
    if (found == place.producers.end()) {
        if (info.base_sequence != Sequence(0)) {
            result.code = ErrorCode::unknown_producer;
            return result;
        }
        found = place.producers.emplace(info.producer.value(), Kept::Known{}).first;
        found->second.epoch = info.producer_epoch;
    }
    Kept::Known& known = found->second;
    if (info.producer_epoch < known.epoch) {
        result.code = ErrorCode::stale_producer_epoch;
        return result;
    }
    if (info.producer_epoch > known.epoch) {
        known = Kept::Known{};
        known.epoch = info.producer_epoch;
    }
    for (const auto& [sequence, offset] : known.last) {
        if (sequence == info.base_sequence) {
            known_already = true;
            result.duplicate = true;
            result.base_offset = offset;
            return result;
        }
    }
    if (info.base_sequence != known.next) {
        result.code = ErrorCode::sequence_gap;
        result.limit = known.next.value();
        result.value = info.base_sequence.value();
    }
    return result;
}

inline bool ScriptedBroker::fetch(const Fetch& asked, std::int64_t correlation, bool last_chance) {
    std::vector<FetchAnswer::Entry> entries;
    std::vector<std::byte> data;
    bool has_news = false;
    for (const Fetch::Entry& want : asked.entries) {
        const Kept& place = kept[{want.stream.value(), want.streamlet.value()}];
        FetchAnswer::Entry entry;
        entry.stream = want.stream;
        entry.streamlet = want.streamlet;
        entry.offset = entry.next_offset = want.offset;
        entry.start_offset = place.start;
        entry.readable_head = place.next;
        if (want.offset < place.start || want.offset > place.next) {
            entry.code = ErrorCode::offset_out_of_range;
            has_news = true;
        }
        for (const KeptChunk& chunk : place.chunks) {
            const ChunkView view(chunk.bytes.data());
            const bool fits =
                entry.data_bytes == 0 || entry.data_bytes + chunk.bytes.size() <= want.bytes_max;
            if (entry.code == ErrorCode::ok && view.end_offset() > want.offset && fits) {
                data.insert(data.end(), chunk.bytes.begin(), chunk.bytes.end());
                entry.data_bytes += static_cast<std::uint32_t>(chunk.bytes.size());
                entry.next_offset = view.end_offset();
                entry.cursor = {0, 0, 0, static_cast<std::int32_t>(entry.next_offset.value())};
                has_news = true;
            }
        }
        entry.end_of_group = want.order == ReadOrder::group && entry.next_offset == place.next;
        has_news = has_news || entry.end_of_group;
        entries.push_back(entry);
    }
    if (!has_news && !last_chance) {
        return false;
    }
    static_cast<void>(FetchAnswer::encode(buffer_, correlation, entries));
    std::vector<std::byte> frame(buffer_.frame().begin(), buffer_.frame().end());
    frame.insert(frame.end(), data.begin(), data.end());
    transport_.answer(endpoint_, frame);
    return true;
}

inline void ScriptedBroker::serve_waiting() {
    std::erase_if(held_fetches_, [this](const HeldFetch& held) {
        return fetch(held.fetch, held.correlation, clock_.now_ns() >= held.until_ns);
    });
    for (const auto& [id, subscription] : std::map(subscriptions)) {
        push(id);
    }
}

inline void ScriptedBroker::push(std::int64_t subscription) {
    Subscribe& state = subscriptions[subscription];
    const Kept& place = kept[{state.stream.value(), state.streamlet.value()}];
    for (const KeptChunk& chunk : place.chunks) {
        const ChunkView view(chunk.bytes.data());
        const auto bytes = static_cast<std::int64_t>(chunk.bytes.size());
        if (view.end_offset() <= state.offset || state.credit_bytes < bytes) {
            continue;
        }
        Push pushed;
        pushed.subscription = subscription;
        pushed.next_offset = view.end_offset();
        pushed.start_offset = place.start;
        pushed.readable_head = place.next;
        pushed.data_bytes = static_cast<std::uint32_t>(bytes);
        pushed.encode(buffer_);
        std::vector<std::byte> frame(buffer_.frame().begin(), buffer_.frame().end());
        frame.insert(frame.end(), chunk.bytes.begin(), chunk.bytes.end());
        transport_.answer(endpoint_, frame);
        state.offset = view.end_offset();
        state.credit_bytes -= bytes;
    }
}

}  // namespace kera
