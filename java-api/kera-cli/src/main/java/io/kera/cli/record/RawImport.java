package io.kera.cli.record;

import io.kera.client.Record;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import org.jspecify.annotations.Nullable;

/** A file of {@link RawExport}. No length in it is believed beyond what a record can have. */
final class RawImport implements ImportSource {
    private static final int HEAD_BYTES_MAX = 64 << 10;
    /** A record with all the keys and headers that it may have. */
    private static final int ENTRY_BYTES_MAX = Record.BYTES_MAX + (64 << 20);

    private final CRC32C crc = new CRC32C();
    private final InputStream in;
    private @Nullable ExportHead head;
    private byte[] bytes = new byte[64 << 10];
    private int streamlet = ANY_STREAMLET;
    private long records;
    private String defect = "";

    RawImport(InputStream in) {
        this.in = new CheckedInputStream(in, crc);
    }

    @Override
    public @Nullable ExportHead head() throws IOException {
        if (head == null) {
            if (!Arrays.equals(
                    take(RawExport.MAGIC.length).array(), 0, RawExport.MAGIC.length, RawExport.MAGIC, 0, 8)) {
                throw new IllegalArgumentException("it does not begin as a raw export does");
            }
            final int length = within("head_bytes", take(Integer.BYTES).getInt(), HEAD_BYTES_MAX);
            head = ExportHead.parse(new String(take(length).array(), 0, length, StandardCharsets.UTF_8));
        }
        return head;
    }

    @Override
    public boolean next(Record record) throws IOException {
        head();
        try {
            final int length = within("record_bytes", take(Integer.BYTES).getInt(), ENTRY_BYTES_MAX);
            if (length == 0) {
                end();
                return false;
            }
            records++;
            fill(record, take(length));
            return true;
        } catch (EOFException e) {
            defect = "it has no end: it was cut off, or its export was ended";
            return false;
        }
    }

    @Override
    public int streamlet() {
        return streamlet;
    }

    @Override
    public String place() {
        return "record=" + Math.max(1, records);
    }

    @Override
    public String defect() {
        return defect;
    }

    private void end() throws IOException {
        final long said = take(Long.BYTES).getLong();
        final int actual = (int) crc.getValue();
        final int stored = take(Integer.BYTES).getInt();
        if (stored != actual) {
            defect = String.format("its checksum is %08x, not %08x", actual, stored);
        } else if (said != records) {
            defect = "it says records=" + said + ", and it has " + records;
        } else if (in.read() >= 0) {
            defect = "it has more behind its end";
        }
    }

    private void fill(Record record, ByteBuffer entry) {
        if (entry.remaining() < RawExport.ENTRY_HEAD_BYTES) {
            throw new IllegalArgumentException(
                    "record_bytes=" + entry.remaining() + " limit=" + RawExport.ENTRY_HEAD_BYTES);
        }
        streamlet = entry.getInt();
        if (streamlet < 0) {
            throw new IllegalArgumentException("streamlet=" + streamlet + " limit=0");
        }
        entry.getLong(); // its offset, which a new record cannot keep
        record.timestampMs(entry.getLong());
        final int keys = entry.getShort() & 0xFFFF;
        final int headers = entry.getShort() & 0xFFFF;
        final int valueLength = entry.getInt();
        for (int key = 0; key < keys; key++) {
            record.key(part(entry, length(entry)));
        }
        for (int header = 0; header < headers; header++) {
            final byte[] letters = part(entry, length(entry));
            final String name = new String(letters, StandardCharsets.UTF_8);
            if (!Arrays.equals(name.getBytes(StandardCharsets.UTF_8), letters)) {
                throw new IllegalArgumentException("header_name_bytes=" + letters.length + "; it is not UTF-8");
            }
            final int length = length(entry);
            if (length == RawExport.NO_VALUE) {
                record.header(name);
            } else {
                record.header(name, part(entry, length));
            }
        }
        if (valueLength != RawExport.NO_VALUE) {
            record.value(part(entry, valueLength));
        }
        if (entry.hasRemaining()) {
            throw new IllegalArgumentException("bytes_left=" + entry.remaining() + " limit=0");
        }
    }

    private static int length(ByteBuffer entry) {
        if (entry.remaining() < Integer.BYTES) {
            throw new IllegalArgumentException("bytes_left=" + entry.remaining() + " limit=" + Integer.BYTES);
        }
        return entry.getInt();
    }

    private static byte[] part(ByteBuffer entry, int length) {
        final byte[] part = new byte[within("part_bytes", length, entry.remaining())];
        entry.get(part);
        return part;
    }

    private static int within(String what, int value, int most) {
        if (value < 0 || value > most) {
            throw new IllegalArgumentException(what + "=" + Integer.toUnsignedString(value) + " limit=" + most);
        }
        return value;
    }

    /** The next bytes; valid until the next call. */
    private ByteBuffer take(int count) throws IOException {
        // What a damaged length claims is not allocated before it has come.
        int filled = 0;
        while (filled < count) {
            if (filled == bytes.length) {
                bytes = Arrays.copyOf(bytes, (int) Math.min(2L * bytes.length, ENTRY_BYTES_MAX));
            }
            final int got = in.read(bytes, filled, Math.min(count, bytes.length) - filled);
            if (got < 0) {
                throw new EOFException("file_end");
            }
            filled += got;
        }
        return ByteBuffer.wrap(bytes, 0, count).slice().order(java.nio.ByteOrder.LITTLE_ENDIAN);
    }
}
