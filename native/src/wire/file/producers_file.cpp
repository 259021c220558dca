#include "wire/file/producers_file.hpp"

#include "base/crc/crc32c.hpp"
#include "kera_codec_disk/ProducersFileEntry.h"
#include "kera_codec_disk/ProducersFileHeader.h"
#include "wire/chunk/chunk.hpp"
#include "wire/chunk/sealed.hpp"
#include "wire/frame/codecs.hpp"

namespace kera {

namespace disk_codec = codec::disk;

static_assert(disk_codec::ProducersFileHeader::encodedLength() == kProducersFileHeaderBytes);
static_assert(disk_codec::ProducersFileEntry::encodedLength() == kProducersFileEntryBytes);

namespace {

void write_entry(MutableBytes room, const ProducerState& producer) {
    disk_codec::ProducersFileEntry raw(as_codec_bytes(room), room.size());
    raw.producerId(producer.id.value())
        .lastAppendMs(producer.last_append_ms)
        .baseOffset(producer.base_offset.value())
        .baseSequence(producer.base_sequence.value())
        .recordCount(producer.record_count)
        .producerEpoch(producer.epoch.value())
        .reserved0(0)
        .reserved1(0);
}

Result<ProducerState> read_entry(Bytes bytes) {
    const disk_codec::ProducersFileEntry raw(as_codec_bytes(bytes), bytes.size());
    ProducerState producer;
    producer.id = ProducerId(raw.producerId());
    producer.last_append_ms = raw.lastAppendMs();
    producer.base_offset = Offset(raw.baseOffset());
    producer.base_sequence = Sequence(raw.baseSequence());
    producer.record_count = raw.recordCount();
    producer.epoch = ProducerEpoch(raw.producerEpoch());
    // The checksum is right, so a lane wrote it. Still, these values would break the calculations
    // that follow.
    if (producer.id < ProducerId(0) || producer.base_sequence < Sequence(0) ||
        producer.base_offset < Offset(0) || producer.base_offset > kOffsetMax ||
        producer.epoch < ProducerEpoch(0)) {
        return fail(ErrorCode::malformed, "producer_id", 0, producer.id.value());
    }
    return producer;
}

}  // namespace

std::vector<std::byte> ProducersFile::encode() const {
    std::vector<std::byte> file(kProducersFileHeaderBytes +
                                producers.size() * kProducersFileEntryBytes);
    const MutableBytes whole(file);
    MutableBytes rest = whole.subspan(kProducersFileHeaderBytes);
    for (const ProducerState& producer : producers) {
        write_entry(rest.first(kProducersFileEntryBytes), producer);
        rest = rest.subspan(kProducersFileEntryBytes);
    }
    const Bytes entries = Bytes(file).subspan(kProducersFileHeaderBytes);
    const MutableBytes head = whole.first(kProducersFileHeaderBytes);
    disk_codec::ProducersFileHeader raw(as_codec_bytes(head), head.size());
    raw.magic(kProducersFileMagic)
        .version(kProducersFileVersion)
        .lane(lane.value())
        .streamletId(streamlet.value())
        .streamId(stream.value())
        .producers(static_cast<std::uint32_t>(producers.size()))
        .entriesCrc32c(crc32c(0, entries.data(), entries.size()))
        .reserved0(0)
        .reserved1(0);
    seal(head);
    return file;
}

Result<ProducersFile> ProducersFile::decode(Bytes file, StreamId stream, StreamletId streamlet,
                                            LaneId lane) {
    KERA_TRY(check_seal(file, kProducersFileHeaderBytes, "producers_header_crc32c"));
    const disk_codec::ProducersFileHeader raw(as_codec_bytes(file), file.size());
    if (raw.magic() != kProducersFileMagic) {
        return fail(ErrorCode::malformed, "producers_magic", kProducersFileMagic, raw.magic());
    }
    if (raw.version() != kProducersFileVersion) {
        return fail(ErrorCode::unsupported, "producers_version", kProducersFileVersion,
                    raw.version());
    }
    if (raw.streamId() != stream.value() || raw.streamletId() != streamlet.value() ||
        raw.lane() != lane.value()) {
        return fail(ErrorCode::corrupt, "producers_stream_id", stream.value(), raw.streamId());
    }
    Bytes entries = file.subspan(kProducersFileHeaderBytes);
    const std::uint64_t expected = std::uint64_t{raw.producers()} * kProducersFileEntryBytes;
    if (entries.size() != expected) {
        return fail(ErrorCode::malformed, "producers_bytes", static_cast<std::int64_t>(expected),
                    static_cast<std::int64_t>(entries.size()));
    }
    const std::uint32_t actual = crc32c(0, entries.data(), entries.size());
    if (raw.entriesCrc32c() != actual) {
        return fail(ErrorCode::bad_checksum, "producers_entries_crc32c", raw.entriesCrc32c(),
                    actual);
    }
    ProducersFile found{stream, streamlet, lane, {}};
    found.producers.reserve(raw.producers());
    for (; !entries.empty(); entries = entries.subspan(kProducersFileEntryBytes)) {
        KERA_TRY_ASSIGN(const ProducerState producer,
                        read_entry(entries.first(kProducersFileEntryBytes)));
        found.producers.push_back(producer);
    }
    return found;
}

}  // namespace kera
