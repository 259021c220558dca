#include "wire/file/node_files.hpp"

#include "base/bytes.hpp"
#include "base/crc/crc32c.hpp"
#include "kera_codec_disk/ProducerIdFile.h"
#include "kera_codec_disk/RunFile.h"
#include "kera_codec_disk/StreamFile.h"
#include "wire/frame/codecs.hpp"
#include "wire/message/settings_codec.hpp"

namespace kera {

namespace disk_codec = codec::disk;

template <>
constexpr std::uint64_t block_bytes_in<disk_codec::StreamFile>(std::uint16_t version) noexcept {
    using File = disk_codec::StreamFile;
    return version < 3 ? File::restartsEncodingOffset() : File::sbeBlockLength();
}

namespace {

constexpr std::size_t kChecksumBytes = sizeof(std::uint32_t);
// A stream with kStreamletsMax streamlets, all starts and ends, and the longest name needs much
// less.
constexpr std::uint32_t kFileBytesMax = 4U << 20U;
constexpr std::size_t kGroupHeaderBytes = 4;

std::vector<std::byte> end_with_checksum(Bytes frame) {
    std::vector<std::byte> file(frame.begin(), frame.end());
    file.resize(file.size() + kChecksumBytes);
    store_le(file.data() + frame.size(), crc32c(0, frame.data(), frame.size()));
    return file;
}

Result<FrameView> check_file(Bytes file) {
    if (file.size() < kChecksumBytes) {
        return fail(ErrorCode::malformed, "file_bytes", kChecksumBytes,
                    static_cast<std::int64_t>(file.size()));
    }
    const Bytes frame = file.first(file.size() - kChecksumBytes);
    const auto stored = load_le<std::uint32_t>(file.data() + frame.size());
    const std::uint32_t actual = crc32c(0, frame.data(), frame.size());
    if (stored != actual) {
        return fail(ErrorCode::bad_checksum, "file_crc32c", stored, actual);
    }
    return FrameView::over(frame, kFileBytesMax);
}

}  // namespace

Result<std::vector<std::byte>> StreamFile::encode() const {
    KERA_TRY(check_group("streamlets", starts.size()));
    KERA_TRY(check_group("streamlets", ends.size()));
    KERA_TRY(check_group("terms", terms.size()));
    KERA_TRY(check_text("stream_name_bytes", name.size()));
    FrameBuffer buffer;
    const std::size_t groups_bytes =
        3 * kGroupHeaderBytes + starts.size() * disk_codec::StreamFile::Starts::sbeBlockLength() +
        ends.size() * disk_codec::StreamFile::Ends::sbeBlockLength() +
        terms.size() * disk_codec::StreamFile::Terms::sbeBlockLength();
    encode_frame<disk_codec::StreamFile>(
        buffer, kNoCorrelation, groups_bytes + text_bytes(name), [this](auto& out) {
            out.streamId(stream.value()).term(term.value()).restarts(restarts);
            write_settings<disk_codec::AckLevel::Value>(out, settings);
            auto& group = out.startsCount(static_cast<std::uint16_t>(starts.size()));
            for (const Offset start : starts) {
                group.next().recordOffset(start.value());
            }
            auto& lost = out.endsCount(static_cast<std::uint16_t>(ends.size()));
            for (const Offset end : ends) {
                lost.next().recordOffset(end.value());
            }
            auto& began = out.termsCount(static_cast<std::uint16_t>(terms.size()));
            for (const TermStart& one : terms) {
                began.next()
                    .streamletId(one.streamlet.value())
                    .term(one.term.value())
                    .recordOffset(one.start.value());
            }
            out.putName(name);
        });
    return end_with_checksum(buffer.frame());
}

Result<StreamFile> StreamFile::decode(Bytes file) {
    KERA_TRY_ASSIGN(const FrameView frame, check_file(file));
    const bool has_ends = frame.header().version >= 2;
    const bool has_terms = frame.header().version >= 3;
    return decode_checked<disk_codec::StreamFile>(frame, [=](auto& in) -> Result<StreamFile> {
        StreamFile stream_file;
        stream_file.stream = StreamId(in.streamId());
        stream_file.term = Term(in.term());
        KERA_TRY_ASSIGN(stream_file.settings, known_settings(in));
        auto& group = in.starts();
        while (group.hasNext()) {
            stream_file.starts.emplace_back(next_entry(group).recordOffset());
        }
        if (has_ends) {
            auto& ends = in.ends();
            while (ends.hasNext()) {
                stream_file.ends.emplace_back(next_entry(ends).recordOffset());
            }
        }
        if (has_terms) {
            stream_file.restarts = in.restarts();
            auto& terms = in.terms();
            while (terms.hasNext()) {
                next_entry(terms);
                stream_file.terms.push_back({StreamletId(terms.streamletId()), Term(terms.term()),
                                             Offset(terms.recordOffset())});
            }
        }
        stream_file.name = std::string(in.getNameAsStringView());
        return stream_file;
    });
}

std::vector<std::byte> ProducerIdFile::encode() const {
    FrameBuffer buffer;
    encode_frame<disk_codec::ProducerIdFile>(buffer, kNoCorrelation, 0,
                                             [this](auto& out) { out.nextId(next_id.value()); });
    return end_with_checksum(buffer.frame());
}

std::vector<std::byte> RunFile::encode() const {
    FrameBuffer buffer;
    encode_frame<disk_codec::RunFile>(buffer, kNoCorrelation, 0, [this](auto& out) {
        out.restarts(restarts).clean(clean ? 1 : 0);
    });
    return end_with_checksum(buffer.frame());
}

Result<RunFile> RunFile::decode(Bytes file) {
    KERA_TRY_ASSIGN(const FrameView frame, check_file(file));
    return decode_checked<disk_codec::RunFile>(
        frame, [](auto& in) { return RunFile{in.restarts(), in.clean() == 1}; });
}

Result<ProducerIdFile> ProducerIdFile::decode(Bytes file) {
    KERA_TRY_ASSIGN(const FrameView frame, check_file(file));
    return decode_checked<disk_codec::ProducerIdFile>(
        frame, [](auto& in) -> Result<ProducerIdFile> {
            if (in.nextId() < 0 || in.nextId() > kProducerIdMax) {
                return fail(ErrorCode::malformed, "next_producer_id", kProducerIdMax, in.nextId());
            }
            return ProducerIdFile{ProducerId(in.nextId())};
        });
}

}  // namespace kera
