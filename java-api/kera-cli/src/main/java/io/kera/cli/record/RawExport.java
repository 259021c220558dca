package io.kera.cli.record;

import io.kera.cli.console.ByteText;
import io.kera.client.RecordView;
import io.kera.client.StreamInfo;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;

/** Records as bytes behind their lengths (sbe-schemas/export-files.md), with a checksum of the whole file. */
final class RawExport implements ExportForm {
    static final byte[] MAGIC = "KERAEXP1".getBytes(StandardCharsets.US_ASCII);
    /** Streamlet, offset, time, keys, headers, and the value's length. */
    static final int ENTRY_HEAD_BYTES = 28;
    /** What stands for a length where there is no value. */
    static final int NO_VALUE = -1;

    private final CRC32C crc = new CRC32C();

    /** Through which everything has to be written, so that the checksum is of everything. */
    OutputStream over(OutputStream out) {
        return new CheckedOutputStream(out, crc);
    }

    @Override
    public void begin(StreamInfo stream, OutputStream out) throws IOException {
        final byte[] head = ExportHead.line(stream).getBytes(StandardCharsets.UTF_8);
        out.write(MAGIC);
        out.write(bytes(Integer.BYTES).putInt(head.length).array());
        out.write(head);
    }

    @Override
    public void write(RecordView record, ByteText text) {
        long length = ENTRY_HEAD_BYTES;
        for (int key = 0; key < record.keyCount(); key++) {
            length += Integer.BYTES + record.keyLength(key);
        }
        for (int header = 0; header < record.headerCount(); header++) {
            length += 2 * Integer.BYTES + record.headerNameLength(header);
            length += record.headerIsNull(header) ? 0 : record.headerValueLength(header);
        }
        length += record.isNull() ? 0 : record.valueLength();
        text.putInt((int) length);
        text.putInt(record.streamlet());
        text.putLong(record.offset());
        text.putLong(record.timestampMs());
        text.putInt(record.keyCount() | record.headerCount() << Short.SIZE);
        text.putInt(record.isNull() ? NO_VALUE : record.valueLength());
        for (int key = 0; key < record.keyCount(); key++) {
            text.putInt(record.keyLength(key));
            text.put(record.buffer(), record.keyOffset(key), record.keyLength(key));
        }
        for (int header = 0; header < record.headerCount(); header++) {
            text.putInt(record.headerNameLength(header));
            text.put(record.buffer(), record.headerNameOffset(header), record.headerNameLength(header));
            if (record.headerIsNull(header)) {
                text.putInt(NO_VALUE);
            } else {
                text.putInt(record.headerValueLength(header));
                text.put(record.buffer(), record.headerValueOffset(header), record.headerValueLength(header));
            }
        }
        if (!record.isNull()) {
            text.put(record.buffer(), record.valueOffset(), record.valueLength());
        }
    }

    @Override
    public void end(long records, OutputStream out) throws IOException {
        out.write(bytes(Integer.BYTES + Long.BYTES).putInt(0).putLong(records).array());
        out.write(bytes(Integer.BYTES).putInt((int) crc.getValue()).array());
    }

    static ByteBuffer bytes(int count) {
        return ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    }
}
