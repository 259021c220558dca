package io.kera.wire;

import kera.codec.chunk.FieldHeaderEncoder;
import kera.codec.chunk.KeyHeaderEncoder;
import kera.codec.chunk.RecordHeaderEncoder;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Where the parts of a record lie (sbe-schemas/chunk.md), and how to write them in place.
 *
 * <p>Constants out of the schema; stateless. Little-endian machines, as all that KerA runs on. Nothing is allocated.
 */
public final class RecordLayout {
    public static final int HEADER_BYTES = RecordHeaderEncoder.ENCODED_LENGTH;
    public static final int ALIGNMENT = 8;
    public static final int KEY_HEADER_BYTES = KeyHeaderEncoder.ENCODED_LENGTH;
    public static final int FIELD_HEADER_BYTES = FieldHeaderEncoder.ENCODED_LENGTH;
    public static final int FIELD_ALIGNMENT = 4;

    public static final int LENGTH_AT = RecordHeaderEncoder.recordLengthEncodingOffset();
    public static final int ATTRIBUTES_AT = RecordHeaderEncoder.attributesEncodingOffset();
    public static final int KEY_COUNT_AT = RecordHeaderEncoder.keyCountEncodingOffset();
    public static final int FIELD_COUNT_AT = RecordHeaderEncoder.headerCountEncodingOffset();
    public static final int TIMESTAMP_DELTA_AT = RecordHeaderEncoder.timestampDeltaMsEncodingOffset();
    public static final int VALUE_LENGTH_AT = RecordHeaderEncoder.valueLengthEncodingOffset();
    public static final int FIELD_NAME_LENGTH_AT = FieldHeaderEncoder.nameLengthEncodingOffset();
    public static final int FIELD_ATTRIBUTES_AT = FieldHeaderEncoder.attributesEncodingOffset();
    public static final int FIELD_VALUE_LENGTH_AT = FieldHeaderEncoder.valueLengthEncodingOffset();

    /** Attribute of a record, and of a header, that has no value. */
    public static final int NULL_VALUE = 1;

    public static final int KEYS_MAX = 255;
    public static final int FIELDS_MAX = 65_535;
    public static final int FIELD_NAME_BYTES_MAX = 65_535;
    public static final int VALUE_BYTES_MAX = 64 << 20;

    private RecordLayout() {}

    /** Bytes of a record in a chunk, of which {@code bytesBeforeValue} come before the value. */
    public static int recordBytes(int bytesBeforeValue, int valueBytes) {
        return (bytesBeforeValue + valueBytes + ALIGNMENT - 1) & -ALIGNMENT;
    }

    /** Bytes of a key. */
    public static int keyBytes(int length) {
        return padded(KEY_HEADER_BYTES + length);
    }

    /** Bytes of a header. */
    public static int fieldBytes(int nameLength, int valueLength) {
        return padded(FIELD_HEADER_BYTES + nameLength + valueLength);
    }

    private static int padded(int bytes) {
        return (bytes + FIELD_ALIGNMENT - 1) & -FIELD_ALIGNMENT;
    }

    /**
     * Writes a record's header, and zeros into its last word, where the padding is: keys, headers and value come next.
     */
    public static void writeHeader(
            MutableDirectBuffer chunk,
            int at,
            int recordBytes,
            int attributes,
            int keyCount,
            int fieldCount,
            int timestampDeltaMs,
            int valueLength) {
        chunk.putLong(at + recordBytes - ALIGNMENT, 0);
        chunk.putLong(
                at,
                recordBytes
                        | (long) attributes << (ATTRIBUTES_AT * Byte.SIZE)
                        | (long) keyCount << (KEY_COUNT_AT * Byte.SIZE)
                        | (long) fieldCount << (FIELD_COUNT_AT * Byte.SIZE));
        chunk.putLong(at + TIMESTAMP_DELTA_AT, (timestampDeltaMs & 0xFFFF_FFFFL) | (long) valueLength << Integer.SIZE);
    }

    /** Writes a key; returns where the next thing goes. */
    public static int writeKey(MutableDirectBuffer chunk, int at, DirectBuffer key, int index, int length) {
        final int end = at + keyBytes(length);
        chunk.putInt(end - FIELD_ALIGNMENT, 0);
        chunk.putInt(at, length);
        chunk.putBytes(at + KEY_HEADER_BYTES, key, index, length);
        return end;
    }

    /** Writes a header's lengths; name and value are the caller's to write. Returns where the next thing goes. */
    public static int writeField(MutableDirectBuffer chunk, int at, int nameLength, int attributes, int valueLength) {
        final int end = at + fieldBytes(nameLength, valueLength);
        chunk.putInt(end - FIELD_ALIGNMENT, 0);
        chunk.putShort(at + FIELD_NAME_LENGTH_AT, (short) nameLength);
        chunk.putShort(at + FIELD_ATTRIBUTES_AT, (short) attributes);
        chunk.putInt(at + FIELD_VALUE_LENGTH_AT, valueLength);
        return end;
    }

    /** What follows a key. */
    public static int afterKey(DirectBuffer chunk, int key) {
        return key + keyBytes(chunk.getInt(key));
    }

    /** What follows a header. */
    public static int afterField(DirectBuffer chunk, int field) {
        return field + fieldBytes(chunk.getShort(field) & 0xFFFF, chunk.getInt(field + FIELD_VALUE_LENGTH_AT));
    }
}
