package io.kera.cli.dump;

import io.kera.wire.ChunkLayout;
import io.kera.wire.RecordLayout;
import kera.codec.chunk.ChunkHeaderDecoder;
import org.agrona.DirectBuffer;

/** Whether a whole, well-formed chunk lies somewhere; as strict as a node's recovery, and about records as an append is. One thread. */
final class ChunkCheck {
    static final int MAGIC = 0x4152454B;
    static final int ALIGNMENT = 8;
    static final int MAGIC_AT = ChunkHeaderDecoder.magicEncodingOffset();
    private static final int VERSION = 1;
    private static final int CLIENT_CRC_AT = ChunkHeaderDecoder.clientCrc32cEncodingOffset();
    private static final int ATTRIBUTES_KNOWN = 0x37;
    private static final int CODEC_MAX = 2;
    private static final int FORMAT_MAX = 2;
    private static final long NUMBER_MAX = 1L << 61;

    private final FileBytes file;
    private final ChunkHeaderDecoder header = new ChunkHeaderDecoder();

    ChunkCheck(FileBytes file) {
        this.file = file;
    }

    /** Of the chunk that was checked last. */
    ChunkHeaderDecoder header() {
        return header;
    }

    /** What is wrong with the chunk there; empty: nothing. {@code end}: of the place where chunks may lie. */
    String problem(int at, int end) {
        if (end - at < ChunkLayout.HEADER_BYTES) {
            return "chunk_bytes=" + (end - at) + " limit=" + ChunkLayout.HEADER_BYTES;
        }
        header.wrap(file.buffer(), at);
        final String form = form(end - at);
        return form.isEmpty() ? checksums(at) : form;
    }

    /** As {@link #problem}, and whether its records are well-formed too. */
    String problemWithRecords(int at, int end) {
        final String problem = problem(at, end);
        return problem.isEmpty() && isPlain() ? records(at + ChunkLayout.HEADER_BYTES) : problem;
    }

    /** Whether its payload is KerA's records, perhaps compressed. */
    boolean hasRecords() {
        return header.payloadFormat() == ChunkLayout.FORMAT_RECORDS;
    }

    /** Whether records can be read without decompressing. */
    private boolean isPlain() {
        return hasRecords() && (header.attributes() & ChunkLayout.CODEC_MASK) == 0;
    }

    private String form(int available) {
        if ((int) header.magic() != MAGIC) {
            return String.format("chunk_magic=%08x limit=%08x", header.magic(), MAGIC);
        }
        if (header.version() != VERSION) {
            return "chunk_version=" + header.version() + " limit=" + VERSION;
        }
        if (header.clientReserved0() != 0) {
            return "chunk_reserved=" + header.clientReserved0() + " limit=0";
        }
        final long length = header.chunkLength();
        if (length < ChunkLayout.HEADER_BYTES || length % ALIGNMENT != 0 || length > available) {
            return "chunk_length=" + length + " limit=" + available;
        }
        final long room = length - ChunkLayout.HEADER_BYTES;
        final long payload = header.payloadLength();
        if (payload > room || room - payload >= ALIGNMENT) {
            return "payload_length=" + payload + " limit=" + room;
        }
        return meaning(payload);
    }

    private String meaning(long payload) {
        final long records = header.recordCount();
        if (records == 0 || (isPlain() && records > payload / RecordLayout.HEADER_BYTES)) {
            return "record_count=" + records + " limit=" + payload / RecordLayout.HEADER_BYTES;
        }
        if ((header.attributes() & ~ATTRIBUTES_KNOWN) != 0
                || (header.attributes() & ChunkLayout.CODEC_MASK) > CODEC_MAX) {
            return "chunk_attributes=" + header.attributes() + " limit=" + ATTRIBUTES_KNOWN;
        }
        if (header.payloadFormat() < 1 || header.payloadFormat() > FORMAT_MAX) {
            return "payload_format=" + header.payloadFormat() + " limit=" + FORMAT_MAX;
        }
        if ((header.attributes() & ChunkLayout.CODEC_MASK) == 0 && header.plainLength() != 0) {
            return "plain_length=" + header.plainLength() + " limit=0";
        }
        if (header.producerId() < -1
                || (header.producerId() >= 0 && (header.baseSequence() < 0 || header.producerEpoch() < 0))) {
            return "producer_id=" + header.producerId() + " base_sequence=" + header.baseSequence() + " limit=0";
        }
        for (final long time : new long[] {header.firstTimestampMs(), header.maxTimestampMs(), header.appendTimeMs()}) {
            if (time > NUMBER_MAX || time < -NUMBER_MAX) {
                return "timestamp_ms=" + time + " limit=" + NUMBER_MAX;
            }
        }
        return header.baseOffset() < 0 || header.baseOffset() > NUMBER_MAX
                ? "base_offset=" + header.baseOffset() + " limit=" + NUMBER_MAX
                : "";
    }

    private String checksums(int at) {
        final long leader = file.crc32c(at + Integer.BYTES, at + MAGIC_AT);
        if (leader != header.leaderCrc32c()) {
            return FileBytes.crcText("leader_crc32c", header.leaderCrc32c(), leader);
        }
        final long client = file.crc32c(at + MAGIC_AT, at + (int) header.chunkLength());
        return client == file.uint32(at + CLIENT_CRC_AT)
                ? ""
                : FileBytes.crcText("client_crc32c", header.clientCrc32c(), client);
    }

    private String records(int first) {
        final DirectBuffer buffer = file.buffer();
        final int end = first + (int) header.payloadLength();
        int at = first;
        for (long record = 0; record < header.recordCount(); record++) {
            final int left = end - at;
            final long length = left < RecordLayout.HEADER_BYTES ? -1 : file.uint32(at);
            if (length < RecordLayout.HEADER_BYTES || length % RecordLayout.ALIGNMENT != 0 || length > left) {
                return "record=" + record + " record_length=" + length + " limit=" + left;
            }
            final long value = valueAt(buffer, at, (int) length) + file.uint32(at + RecordLayout.VALUE_LENGTH_AT);
            if (value > length || length - value >= RecordLayout.ALIGNMENT) {
                return "record=" + record + " value_end=" + value + " limit=" + length;
            }
            at += (int) length;
        }
        return at == end ? "" : "payload_bytes_read=" + (at - first) + " limit=" + (end - first);
    }

    /** From the record's start; beyond its end where keys or headers do not fit. */
    private long valueAt(DirectBuffer buffer, int record, int length) {
        long at = RecordLayout.HEADER_BYTES;
        for (int left = buffer.getByte(record + RecordLayout.KEY_COUNT_AT) & 0xFF; left > 0; left--) {
            if (at + RecordLayout.KEY_HEADER_BYTES > length) {
                return length + 1L;
            }
            at = padded(at + RecordLayout.KEY_HEADER_BYTES + file.uint32(record + (int) at));
        }
        for (int left = buffer.getShort(record + RecordLayout.FIELD_COUNT_AT) & 0xFFFF; left > 0; left--) {
            if (at + RecordLayout.FIELD_HEADER_BYTES > length) {
                return length + 1L;
            }
            final int field = record + (int) at;
            at = padded(at
                    + RecordLayout.FIELD_HEADER_BYTES
                    + (buffer.getShort(field + RecordLayout.FIELD_NAME_LENGTH_AT) & 0xFFFF)
                    + file.uint32(field + RecordLayout.FIELD_VALUE_LENGTH_AT));
        }
        return at;
    }

    private static long padded(long bytes) {
        return (bytes + RecordLayout.FIELD_ALIGNMENT - 1) & -RecordLayout.FIELD_ALIGNMENT;
    }
}
