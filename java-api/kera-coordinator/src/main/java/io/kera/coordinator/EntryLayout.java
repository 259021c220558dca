package io.kera.coordinator;

import java.util.zip.CRC32C;
import kera.codec.metadata.MetadataEntryHeaderDecoder;
import kera.codec.metadata.MetadataEntryHeaderEncoder;
import kera.codec.metadata.MetadataFileHeaderDecoder;
import kera.codec.metadata.MetadataFileHeaderEncoder;
import org.agrona.BitUtil;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * File headers and entries as bytes, as sbe-schemas/metadata.md lays them out. One thread; works on the buffers it is
 * given. What it reads is hostile until its checksum has been compared.
 */
final class EntryLayout {
    static final int FILE_HEADER_BYTES = MetadataFileHeaderDecoder.ENCODED_LENGTH;
    static final int ENTRY_HEADER_BYTES = MetadataEntryHeaderDecoder.ENCODED_LENGTH;
    static final int ALIGNMENT = 8;
    static final int FILE_VERSION = 1;
    static final long LOG_MAGIC = 0x474C4D4BL;
    static final long SNAPSHOT_MAGIC = 0x4E534D4BL;

    private static final int CRC_BYTES = Integer.BYTES;
    private static final long UNSIGNED = 0xFFFF_FFFFL;

    private final CRC32C crc = new CRC32C();
    private final MetadataFileHeaderEncoder fileEncoder = new MetadataFileHeaderEncoder();
    private final MetadataFileHeaderDecoder fileDecoder = new MetadataFileHeaderDecoder();
    private final MetadataEntryHeaderEncoder entryEncoder = new MetadataEntryHeaderEncoder();
    private final MetadataEntryHeaderDecoder entryDecoder = new MetadataEntryHeaderDecoder();

    /** What an entry's header says besides its length. */
    record Stamp(long index, long timestampMs, long syncedIndex) {}

    static int entryBytes(int bodyLength) {
        return BitUtil.align(ENTRY_HEADER_BYTES + bodyLength, ALIGNMENT);
    }

    void writeFileHeader(UnsafeBuffer buffer, long magic, long firstIndex, long createdMs) {
        fileEncoder
                .wrap(buffer, 0)
                .magic(magic)
                .fileVersion(FILE_VERSION)
                .reserved0(0)
                .reserved1(0)
                .firstIndex(firstIndex)
                .createdMs(createdMs);
        fileEncoder.crc32c(sum(buffer, CRC_BYTES, FILE_HEADER_BYTES));
    }

    /** The first index; or the reason why this is no header, in an exception. */
    long readFileHeader(UnsafeBuffer bytes, long magic, String file) {
        if (bytes.capacity() < FILE_HEADER_BYTES) {
            throw new MetadataDamagedException(
                    "file=" + file + " bytes=" + bytes.capacity() + " limit=" + FILE_HEADER_BYTES + "; too short");
        }
        fileDecoder.wrap(bytes, 0);
        if (fileDecoder.crc32c() != sum(bytes, CRC_BYTES, FILE_HEADER_BYTES) || fileDecoder.magic() != magic) {
            throw new MetadataDamagedException("file=" + file + " position=0; its header is damaged: restore the"
                    + " metadata folder from a backup");
        }
        if (fileDecoder.fileVersion() != FILE_VERSION) {
            throw new MetadataDamagedException("file=" + file + " version=" + fileDecoder.fileVersion() + " limit="
                    + FILE_VERSION + "; start the KerA that wrote it, or a newer one");
        }
        return fileDecoder.firstIndex();
    }

    /** Writes an entry; returns how many bytes it took. */
    int writeEntry(UnsafeBuffer to, int at, Stamp stamp, DirectBuffer body, int offset, int length) {
        final int bytes = entryBytes(length);
        entryEncoder
                .wrap(to, at)
                .bodyLength(length)
                .entryIndex(stamp.index())
                .timestampMs(stamp.timestampMs())
                .syncedIndex(stamp.syncedIndex());
        to.putBytes(at + ENTRY_HEADER_BYTES, body, offset, length);
        final int end = ENTRY_HEADER_BYTES + length;
        to.setMemory(at + end, bytes - end, (byte) 0);
        entryEncoder.crc32c(sum(to, at + CRC_BYTES, at + end));
        return bytes;
    }

    /** Bytes of the entry at a position, or 0 if there is none that verifies. */
    int verifyEntry(UnsafeBuffer bytes, int at) {
        if (bytes.capacity() - at < ENTRY_HEADER_BYTES) {
            return 0;
        }
        entryDecoder.wrap(bytes, at);
        final long length = entryDecoder.bodyLength();
        if (length > ConsensusLog.COMMAND_BYTES_MAX || entryBytes((int) length) > bytes.capacity() - at) {
            return 0;
        }
        final int end = at + ENTRY_HEADER_BYTES + (int) length;
        return entryDecoder.crc32c() == sum(bytes, at + CRC_BYTES, end) ? entryBytes((int) length) : 0;
    }

    /** REQUIRES: the entry verified. */
    int bodyLength(UnsafeBuffer bytes, int at) {
        return (int) entryDecoder.wrap(bytes, at).bodyLength();
    }

    /** REQUIRES: the entry verified. */
    long index(UnsafeBuffer bytes, int at) {
        return entryDecoder.wrap(bytes, at).entryIndex();
    }

    /** REQUIRES: the entry verified. */
    long timestampMs(UnsafeBuffer bytes, int at) {
        return entryDecoder.wrap(bytes, at).timestampMs();
    }

    /** REQUIRES: the entry verified. */
    long syncedIndex(UnsafeBuffer bytes, int at) {
        return entryDecoder.wrap(bytes, at).syncedIndex();
    }

    private long sum(UnsafeBuffer bytes, int from, int to) {
        crc.reset();
        crc.update(bytes.byteArray(), bytes.wrapAdjustment() + from, to - from);
        return crc.getValue() & UNSIGNED;
    }
}
