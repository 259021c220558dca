// Walks the keys and headers of records, and checks payloads from a peer. Any thread. The check
// reads each length once, from memory that no peer can change any more.
#include "wire/chunk/record.hpp"

#include "base/units.hpp"
#include "kera_codec_chunk/FieldHeader.h"
#include "kera_codec_chunk/KeyHeader.h"

namespace kera {

static_assert(codec::chunk::RecordHeader::encodedLength() == kRecordHeaderBytes);
static_assert(codec::chunk::KeyHeader::encodedLength() == kKeyHeaderBytes);
static_assert(codec::chunk::FieldHeader::encodedLength() == kFieldHeaderBytes);

namespace {

template <class Header>
Header header_at(const std::byte* at) noexcept {
    return {const_cast<char*>(reinterpret_cast<const char*>(at)), Header::encodedLength(),
            Header::sbeSchemaVersion()};
}

std::uint64_t key_bytes(const std::byte* at) noexcept {
    return align_up(
        kKeyHeaderBytes + std::uint64_t{header_at<codec::chunk::KeyHeader>(at).length()},
        std::uint64_t{kFieldAlignment});
}

std::uint64_t field_bytes(const std::byte* at) noexcept {
    const auto raw = header_at<codec::chunk::FieldHeader>(at);
    return align_up(kFieldHeaderBytes + std::uint64_t{raw.nameLength()} + raw.valueLength(),
                    std::uint64_t{kFieldAlignment});
}

// Where the value starts, counted from the record's start. Beyond `bytes` when keys or headers
// exceed the record.
std::uint64_t value_at(const std::byte* record, std::uint64_t bytes) noexcept {
    const auto raw = header_at<codec::chunk::RecordHeader>(record);
    std::uint64_t at = kRecordHeaderBytes;
    for (std::uint32_t key = 0; key < raw.keyCount(); ++key) {
        if (at + kKeyHeaderBytes > bytes) {
            return bytes + 1;
        }
        at += key_bytes(record + at);
    }
    for (std::uint32_t field = 0; field < raw.headerCount(); ++field) {
        if (at + kFieldHeaderBytes > bytes) {
            return bytes + 1;
        }
        at += field_bytes(record + at);
    }
    return at;
}

}  // namespace

Result<std::uint32_t> check_record(Bytes rest) {
    if (rest.size() < kRecordHeaderBytes) {
        return fail(ErrorCode::bad_record_count, "payload_bytes_left", kRecordHeaderBytes,
                    static_cast<std::int64_t>(rest.size()));
    }
    const auto raw = header_at<codec::chunk::RecordHeader>(rest.data());
    const std::uint32_t bytes = raw.recordLength();
    if (bytes < kRecordHeaderBytes || bytes % kRecordAlignment != 0 || bytes > rest.size()) {
        return fail(ErrorCode::malformed, "record_length", static_cast<std::int64_t>(rest.size()),
                    bytes);
    }
    const std::uint64_t end = value_at(rest.data(), bytes) + raw.valueLength();
    if (end > bytes || bytes - end >= kRecordAlignment) {
        return fail(ErrorCode::malformed, "value_length", bytes, raw.valueLength());
    }
    return bytes;
}

const std::byte* RecordView::after_keys() const noexcept {
    const std::byte* at = record_ + kRecordHeaderBytes;
    for (std::uint32_t key = 0; key < key_count(); ++key) {
        at += key_bytes(at);
    }
    return at;
}

const std::byte* RecordView::after_fields() const noexcept {
    const std::byte* at = after_keys();
    for (std::uint32_t field = 0; field < field_count(); ++field) {
        at += field_bytes(at);
    }
    return at;
}

Bytes RecordView::key(std::uint32_t index) const noexcept {
    KERA_ASSERT(index < key_count());
    const std::byte* at = record_ + kRecordHeaderBytes;
    for (std::uint32_t key = 0; key < index; ++key) {
        at += key_bytes(at);
    }
    return {at + kKeyHeaderBytes, header_at<codec::chunk::KeyHeader>(at).length()};
}

FieldView RecordView::field(std::uint32_t index) const noexcept {
    KERA_ASSERT(index < field_count());
    const std::byte* at = after_keys();
    for (std::uint32_t field = 0; field < index; ++field) {
        at += field_bytes(at);
    }
    const auto raw = header_at<codec::chunk::FieldHeader>(at);
    const std::byte* name = at + kFieldHeaderBytes;
    FieldView view;
    view.name = {reinterpret_cast<const char*>(name), raw.nameLength()};
    if ((raw.attributes() & kNullFieldValue) == 0) {
        view.value = Bytes(name + raw.nameLength(), raw.valueLength());
    }
    return view;
}

Result<void> check_records(Bytes payload, std::uint32_t record_count) {
    std::size_t at = 0;
    for (std::uint32_t record = 0; record < record_count; ++record) {
        const std::uint32_t bytes = sound_record_bytes(payload.subspan(at));
        if (bytes == 0) [[unlikely]] {
            return check_record(payload.subspan(at)).error();
        }
        at += bytes;
    }
    if (at != payload.size()) {
        return fail(ErrorCode::bad_record_count, "payload_bytes_read",
                    static_cast<std::int64_t>(payload.size()), static_cast<std::int64_t>(at));
    }
    return {};
}

}  // namespace kera
