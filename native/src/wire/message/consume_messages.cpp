// Codecs of the consumers' messages.
// Any thread; stateless.
#include "wire/message/consume_messages.hpp"

#include "base/units.hpp"
#include "kera_codec_client/AcquireGroup.h"
#include "kera_codec_client/AcquireGroupAnswer.h"
#include "kera_codec_client/Credit.h"
#include "kera_codec_client/EndOfTerm.h"
#include "kera_codec_client/EndOfTermAnswer.h"
#include "kera_codec_client/Fetch.h"
#include "kera_codec_client/FetchAnswer.h"
#include "kera_codec_client/ListOffsets.h"
#include "kera_codec_client/ListOffsetsAnswer.h"
#include "kera_codec_client/Push.h"
#include "kera_codec_client/ReleaseGroup.h"
#include "kera_codec_client/Subscribe.h"
#include "kera_codec_client/Unsubscribe.h"
#include "wire/frame/codecs.hpp"

namespace kera {

static_assert(align_up(kFrameHeaderBytes + codec::client::Push::sbeBlockLength(),
                       std::uint64_t{kFrameAlignment}) == Push::kHeadBytes);

template <>
constexpr std::uint64_t block_bytes_in<codec::client::Fetch::Streamlets>(
    std::uint16_t version) noexcept {
    using Entry = codec::client::Fetch::Streamlets;
    return version < 4 ? Entry::termEncodingOffset() : Entry::sbeBlockLength();
}
template <>
constexpr std::uint64_t block_bytes_in<codec::client::FetchAnswer::Streamlets>(
    std::uint16_t version) noexcept {
    using Entry = codec::client::FetchAnswer::Streamlets;
    return version < 4 ? Entry::termEncodingOffset() : Entry::sbeBlockLength();
}
template <>
constexpr std::uint64_t block_bytes_in<codec::client::Subscribe>(std::uint16_t version) noexcept {
    using Message = codec::client::Subscribe;
    return version < 4 ? Message::termEncodingOffset() : Message::sbeBlockLength();
}

namespace {

void write_cursor(codec::client::Cursor& out, const WireCursor& cursor) {
    out.lane(cursor.lane).group(cursor.group).segment(cursor.segment).position(cursor.position);
}

WireCursor read_cursor(codec::client::Cursor& in) {
    return {in.lane(), in.group(), in.segment(), in.position()};
}

}  // namespace

Result<void> Fetch::encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
    KERA_TRY(check_group("fetch_entries", entries.size()));
    using Out = codec::client::Fetch;
    const std::size_t bytes =
        Out::Streamlets::sbeHeaderSize() + entries.size() * Out::Streamlets::sbeBlockLength();
    encode_frame<Out>(buffer, correlation_id, bytes, [this](auto& out) {
        out.waitMsMax(wait_ms_max).bytesMin(bytes_min).bytesMax(bytes_max);
        auto& group = out.streamletsCount(static_cast<std::uint16_t>(entries.size()));
        for (const Entry& entry : entries) {
            group.next()
                .streamId(entry.stream.value())
                .recordOffset(entry.offset.value())
                .streamletId(entry.streamlet.value())
                .bytesMax(entry.bytes_max)
                .order(as_codec_enum<codec::client::ReadOrder::Value>(entry.order))
                .term(entry.term.value());
            write_cursor(group.cursor(), entry.cursor);
        }
    });
    return {};
}

Result<Fetch> Fetch::decode(const FrameView& frame) {
    const std::uint16_t version = frame.header().version;
    return decode_checked<codec::client::Fetch>(frame, [version](auto& in) -> Result<Fetch> {
        Fetch fetch;
        fetch.wait_ms_max = in.waitMsMax();
        fetch.bytes_min = in.bytesMin();
        fetch.bytes_max = in.bytesMax();
        auto& group = in.streamlets();
        while (group.hasNext()) {
            next_entry(group, version);
            Entry entry;
            entry.stream = StreamId(group.streamId());
            entry.streamlet = StreamletId(group.streamletId());
            entry.offset = Offset(group.recordOffset());
            entry.cursor = read_cursor(group.cursor());
            entry.bytes_max = group.bytesMax();
            KERA_TRY_ASSIGN(entry.order,
                            known_enum<ReadOrder>("read_order", group.orderRaw(), kReadOrderMax));
            entry.term = group.termInActingVersion() ? Term(group.term()) : kAnyTerm;
            fetch.entries.push_back(entry);
        }
        return fetch;
    });
}

std::uint32_t FetchAnswer::head_bytes(std::size_t entries) noexcept {
    using Out = codec::client::FetchAnswer;
    return static_cast<std::uint32_t>(align_up(kFrameHeaderBytes + Out::sbeBlockLength() +
                                                   Out::Streamlets::sbeHeaderSize() +
                                                   entries * Out::Streamlets::sbeBlockLength(),
                                               std::uint64_t{kFrameAlignment}));
}

Result<void> FetchAnswer::encode(FrameBuffer& buffer, std::int64_t correlation_id,
                                 std::span<const Entry> entries) {
    KERA_TRY(check_group("fetch_entries", entries.size()));
    using Out = codec::client::FetchAnswer;
    const std::size_t bytes =
        Out::Streamlets::sbeHeaderSize() + entries.size() * Out::Streamlets::sbeBlockLength();
    std::uint32_t data_bytes = 0;
    for (const Entry& entry : entries) {
        data_bytes += entry.data_bytes;
    }
    encode_frame<Out>(
        buffer, correlation_id, bytes,
        [entries](auto& out) {
            auto& group = out.streamletsCount(static_cast<std::uint16_t>(entries.size()));
            for (const Entry& entry : entries) {
                group.next()
                    .streamId(entry.stream.value())
                    .recordOffset(entry.offset.value())
                    .nextOffset(entry.next_offset.value())
                    .startOffset(entry.start_offset.value())
                    .readableHead(entry.readable_head.value())
                    .limitValue(entry.limit)
                    .value(entry.value)
                    .streamletId(entry.streamlet.value())
                    .dataBytes(entry.data_bytes)
                    .code(as_codec_enum<codec::client::ErrorCode::Value>(entry.code))
                    .endOfGroup(entry.end_of_group ? 1 : 0)
                    .reserved(0)
                    .term(entry.term.value());
                write_cursor(group.cursor(), entry.cursor);
            }
        },
        data_bytes);
    return {};
}

Result<std::uint32_t> FetchAnswer::decode(const FrameView& frame, std::vector<Entry>& entries) {
    entries.clear();
    const std::uint16_t version = frame.header().version;
    return decode_checked<codec::client::FetchAnswer>(frame, [&entries, version](auto& in) {
        auto& group = in.streamlets();
        while (group.hasNext()) {
            next_entry(group, version);
            Entry entry;
            entry.stream = StreamId(group.streamId());
            entry.streamlet = StreamletId(group.streamletId());
            entry.offset = Offset(group.recordOffset());
            entry.next_offset = Offset(group.nextOffset());
            entry.start_offset = Offset(group.startOffset());
            entry.readable_head = Offset(group.readableHead());
            entry.limit = group.limitValue();
            entry.value = group.value();
            entry.cursor = read_cursor(group.cursor());
            entry.data_bytes = group.dataBytes();
            entry.code = static_cast<ErrorCode>(group.codeRaw());
            entry.end_of_group = group.endOfGroup() != 0;
            entry.term = group.termInActingVersion() ? Term(group.term()) : kAnyTerm;
            entries.push_back(entry);
        }
        return static_cast<std::uint32_t>(
            align_up(in.sbePosition(), std::uint64_t{kFrameAlignment}));
    });
}

void Subscribe::encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
    encode_frame<codec::client::Subscribe>(buffer, correlation_id, 0, [this](auto& out) {
        out.subscriptionId(subscription)
            .streamId(stream.value())
            .recordOffset(offset.value())
            .creditBytes(credit_bytes)
            .streamletId(streamlet.value())
            .term(term.value());
    });
}

Result<Subscribe> Subscribe::decode(const FrameView& frame) {
    return decode_checked<codec::client::Subscribe>(frame, [](auto& in) {
        return Subscribe{in.subscriptionId(),
                         StreamId(in.streamId()),
                         StreamletId(in.streamletId()),
                         Offset(in.recordOffset()),
                         in.creditBytes(),
                         in.termInActingVersion() ? Term(in.term()) : kAnyTerm};
    });
}

void EndOfTerm::encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
    encode_frame<codec::client::EndOfTerm>(buffer, correlation_id, 0, [this](auto& out) {
        out.streamId(stream.value()).streamletId(streamlet.value()).term(term.value());
    });
}

Result<EndOfTerm> EndOfTerm::decode(const FrameView& frame) {
    return decode_checked<codec::client::EndOfTerm>(frame, [](auto& in) {
        return EndOfTerm{StreamId(in.streamId()), StreamletId(in.streamletId()), Term(in.term())};
    });
}

void EndOfTermAnswer::encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
    encode_frame<codec::client::EndOfTermAnswer>(buffer, correlation_id, 0, [this](auto& out) {
        out.term(term.value()).endOffset(end.value()).termNow(now.value());
    });
}

Result<EndOfTermAnswer> EndOfTermAnswer::decode(const FrameView& frame) {
    return decode_checked<codec::client::EndOfTermAnswer>(frame, [](auto& in) {
        return EndOfTermAnswer{Term(in.term()), Offset(in.endOffset()), Term(in.termNow())};
    });
}

void Credit::encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
    encode_frame<codec::client::Credit>(buffer, correlation_id, 0, [this](auto& out) {
        out.subscriptionId(subscription).creditBytes(credit_bytes);
    });
}

Result<Credit> Credit::decode(const FrameView& frame) {
    return decode_checked<codec::client::Credit>(
        frame, [](auto& in) { return Credit{in.subscriptionId(), in.creditBytes()}; });
}

void Unsubscribe::encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
    encode_frame<codec::client::Unsubscribe>(
        buffer, correlation_id, 0, [this](auto& out) { out.subscriptionId(subscription); });
}

Result<Unsubscribe> Unsubscribe::decode(const FrameView& frame) {
    return decode_checked<codec::client::Unsubscribe>(
        frame, [](auto& in) { return Unsubscribe{in.subscriptionId()}; });
}

void Push::encode(FrameBuffer& buffer) const {
    encode_frame<codec::client::Push>(
        buffer, kNoCorrelation, 0,
        [this](auto& out) {
            out.subscriptionId(subscription)
                .nextOffset(next_offset.value())
                .startOffset(start_offset.value())
                .readableHead(readable_head.value())
                .dataBytes(data_bytes)
                .code(as_codec_enum<codec::client::ErrorCode::Value>(code))
                .reserved(0);
        },
        data_bytes);
}

Result<Push> Push::decode(const FrameView& frame) {
    return decode_checked<codec::client::Push>(frame, [](auto& in) {
        Push push;
        push.subscription = in.subscriptionId();
        push.next_offset = Offset(in.nextOffset());
        push.start_offset = Offset(in.startOffset());
        push.readable_head = Offset(in.readableHead());
        push.data_bytes = in.dataBytes();
        push.code = static_cast<ErrorCode>(in.codeRaw());
        return push;
    });
}

void ListOffsets::encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
    encode_frame<codec::client::ListOffsets>(buffer, correlation_id, 0, [this](auto& out) {
        out.streamId(stream.value()).timestampMs(timestamp_ms).streamletId(streamlet.value());
    });
}

Result<ListOffsets> ListOffsets::decode(const FrameView& frame) {
    return decode_checked<codec::client::ListOffsets>(frame, [](auto& in) {
        return ListOffsets{StreamId(in.streamId()), StreamletId(in.streamletId()),
                           in.timestampMs()};
    });
}

void ListOffsetsAnswer::encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
    encode_frame<codec::client::ListOffsetsAnswer>(buffer, correlation_id, 0, [this](auto& out) {
        out.recordOffset(offset.value()).timestampMs(timestamp_ms);
    });
}

Result<ListOffsetsAnswer> ListOffsetsAnswer::decode(const FrameView& frame) {
    return decode_checked<codec::client::ListOffsetsAnswer>(frame, [](auto& in) {
        return ListOffsetsAnswer{Offset(in.recordOffset()), in.timestampMs()};
    });
}

Result<void> AcquireGroup::encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
    KERA_TRY(check_text("reader_name_bytes", reader_name.size()));
    encode_frame<codec::client::AcquireGroup>(
        buffer, correlation_id, text_bytes(reader_name), [this](auto& out) {
            out.streamId(stream.value()).streamletId(streamlet.value());
            out.putReaderName(reader_name);
        });
    return {};
}

Result<AcquireGroup> AcquireGroup::decode(const FrameView& frame) {
    return decode_checked<codec::client::AcquireGroup>(frame, [](auto& in) {
        return AcquireGroup{StreamId(in.streamId()), StreamletId(in.streamletId()),
                            std::string(in.getReaderNameAsStringView())};
    });
}

void AcquireGroupAnswer::encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
    encode_frame<codec::client::AcquireGroupAnswer>(buffer, correlation_id, 0, [this](auto& out) {
        write_cursor(out.cursor(), cursor);
        out.leaseId(lease);
    });
}

Result<AcquireGroupAnswer> AcquireGroupAnswer::decode(const FrameView& frame) {
    return decode_checked<codec::client::AcquireGroupAnswer>(
        frame, [](auto& in) { return AcquireGroupAnswer{read_cursor(in.cursor()), in.leaseId()}; });
}

void ReleaseGroup::encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
    encode_frame<codec::client::ReleaseGroup>(buffer, correlation_id, 0, [this](auto& out) {
        out.leaseId(lease).done(done ? 1 : 0);
        write_cursor(out.cursor(), cursor);
    });
}

Result<ReleaseGroup> ReleaseGroup::decode(const FrameView& frame) {
    return decode_checked<codec::client::ReleaseGroup>(frame, [](auto& in) {
        return ReleaseGroup{in.leaseId(), read_cursor(in.cursor()), in.done() != 0};
    });
}

}  // namespace kera
