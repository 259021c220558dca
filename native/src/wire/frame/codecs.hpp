// The generated SBE codecs. Their exceptions become errors only here. Any thread. Included by
// wire's sources and by readers of composites; nobody else includes generated headers. Invariant: a
// codec that runs past its buffer throws inside decode_checked() and nowhere else.
#pragma once

#include <exception>
#include <stdexcept>
#include <string_view>
#include <type_traits>

#include "base/result.hpp"
#include "kera_codec_client/AlterStream.h"
#include "kera_codec_client/FrameHeader.h"
#include "kera_codec_client/GroupSizeEncoding.h"
#include "kera_codec_client/ListStreams.h"
#include "kera_codec_client/StreamListAnswer.h"
#include "kera_codec_client/VarString.h"
#include "wire/frame/frame.hpp"
#include "wire/frame/message_limits.hpp"

namespace kera {

static_assert(codec::client::GroupSizeEncoding::numInGroupMaxValue() == kGroupEntriesMax);
static_assert(codec::client::VarString::lengthMaxValue() == kTextBytesMax);

// SBE's flyweights take char*, also for reading. These functions cast.
inline char* as_codec_bytes(Bytes bytes) noexcept {
    return const_cast<char*>(reinterpret_cast<const char*>(bytes.data()));
}
inline char* as_codec_bytes(MutableBytes bytes) noexcept {
    return reinterpret_cast<char*>(bytes.data());
}

// The bytes of a text in a frame; see check_text.
inline std::size_t text_bytes(std::string_view text) noexcept {
    return sizeof(std::uint16_t) + text.size();
}

template <class CodecEnum, class Enum>
CodecEnum as_codec_enum(Enum value) noexcept {
    return static_cast<CodecEnum>(value);
}

// The length of a block in each version of its schema. Messages and group entries that grew are
// listed below, or beside their messages. All others have the length of version 1. Bytes beyond the
// known fields are skipped.
template <class Codec>
constexpr std::uint64_t block_bytes_in(std::uint16_t version) noexcept {
    static_cast<void>(version);
    return Codec::sbeBlockLength();
}
template <>
constexpr std::uint64_t block_bytes_in<codec::client::AlterStream>(std::uint16_t version) noexcept {
    constexpr std::uint64_t kBytesBefore = codec::client::AlterStream::streamletsEncodingOffset();
    return version < 3 ? kBytesBefore : codec::client::AlterStream::sbeBlockLength();
}
template <>
constexpr std::uint64_t block_bytes_in<codec::client::ListStreams>(std::uint16_t version) noexcept {
    return version < 2 ? 0 : codec::client::ListStreams::sbeBlockLength();
}
template <>
constexpr std::uint64_t block_bytes_in<codec::client::StreamListAnswer>(
    std::uint16_t version) noexcept {
    return version < 2 ? 0 : codec::client::StreamListAnswer::sbeBlockLength();
}

// Steps to the next entry of a group while decoding. SBE checks an entry only against the length
// that the peer wrote, not against the length of its fields. A shorter entry would be read past its
// end. A group that has grown needs the version of its frame.
template <class Group>
Group& next_entry(Group& group, std::uint16_t version = 1) {
    if (group.sbeActingBlockLength() < block_bytes_in<Group>(version)) {
        throw std::runtime_error("group entry shorter than its fields");
    }
    return group.next();
}

// The return type of `read` as a Result, whether or not it is one.
template <class Read>
struct Decoded {
    using Type = Result<Read>;
};
template <class Value>
struct Decoded<Result<Value>> {
    using Type = Result<Value>;
};

// The number of an enumeration as a peer wrote it, where only known numbers are valid. Codecs would
// throw for an unknown number, and read "null" as the greatest number.
template <class Enum>
Result<Enum> known_enum(const char* what, std::uint8_t number, std::uint8_t number_max) noexcept {
    if (number > number_max) [[unlikely]] {
        return fail(ErrorCode::invalid_argument, what, number_max, number);
    }
    return static_cast<Enum>(number);
}

// Wraps a frame's block in its codec and passes it to `read`, which returns the message as a value,
// or a Result of it.
template <class Codec, class Read>
auto decode_checked(const FrameView& frame, Read&& read) ->
    typename Decoded<std::invoke_result_t<Read, Codec&>>::Type {
    const FrameHeader& header = frame.header();
    if (header.template_id != Codec::sbeTemplateId() || header.schema_id != Codec::sbeSchemaId()) {
        return fail(ErrorCode::unsupported, "template_id", Codec::sbeTemplateId(),
                    header.template_id);
    }
    const std::uint64_t block_bytes = block_bytes_in<Codec>(header.version);
    if (header.version == 0 || header.block_length < block_bytes) {
        return fail(ErrorCode::malformed, "block_length", static_cast<std::int64_t>(block_bytes),
                    header.block_length);
    }
    try {
        Codec codec;
        codec.wrapForDecode(as_codec_bytes(frame.head()), kFrameHeaderBytes, header.block_length,
                            header.version, frame.head().size());
        return read(codec);
    } catch (const std::exception&) {
        return fail(ErrorCode::malformed, "message_bytes",
                    static_cast<std::int64_t>(frame.head().size()), header.length);
    }
}

// Encodes one message: `write` fills the codec, and `buffer` then holds the frame.
template <class Codec, class Write>
void encode_frame(FrameBuffer& buffer, std::int64_t correlation_id, std::size_t variable_bytes,
                  Write&& write, std::uint32_t data_bytes = 0) {
    const MutableBytes room =
        buffer.reserve(kFrameHeaderBytes + Codec::sbeBlockLength() + variable_bytes);
    Codec codec;
    codec.wrapAndApplyHeader(as_codec_bytes(room), 0, room.size());
    write(codec);
    buffer.finish(codec.sbePosition(), correlation_id, data_bytes);
}

}  // namespace kera
