package io.kera.cli.record;

import io.kera.cli.console.ByteText;
import io.kera.client.RecordView;
import java.nio.charset.StandardCharsets;

/**
 * Shows a record as one line of JSON. Keys and values that are UTF-8 are strings; others stand in base64, under names
 * that end with {@code Base64}; in hexadecimal digits, where that is asked for, under names that end with {@code Hex}.
 * Immutable.
 */
final class RecordJson implements RecordText {
    private static final byte[] STREAM = bytes("{\"stream\":\"");
    private static final byte[] STREAMLET = bytes("\",\"streamlet\":");
    private static final byte[] OFFSET = bytes(",\"offset\":");
    private static final byte[] TIME = bytes(",\"timestampMs\":");
    private static final byte[] HEADERS = bytes(",\"headers\":[");
    private static final byte[] END = bytes("}\n");
    private static final byte[] NULL = bytes("null");

    private final boolean hex;

    RecordJson(boolean hex) {
        this.hex = hex;
    }

    @Override
    public void write(RecordView record, ByteText text) {
        text.put(STREAM);
        // Its letters need no escape: nodes allow no others.
        text.put(record.stream());
        text.put(STREAMLET);
        text.putNumber(record.streamlet());
        text.put(OFFSET);
        text.putNumber(record.offset());
        text.put(TIME);
        text.putNumber(record.timestampMs());
        for (int key = 0; key < record.keyCount(); key++) {
            text.put(',');
            putMember(key == 0 ? "key" : "key" + (key + 1), record, record.keyOffset(key), record.keyLength(key), text);
        }
        text.put(',');
        if (record.isNull()) {
            text.put("\"value\":");
            text.put(NULL);
        } else {
            putMember("value", record, record.valueOffset(), record.valueLength(), text);
        }
        if (record.headerCount() > 0) {
            putHeaders(record, text);
        }
        text.put(END);
    }

    private void putHeaders(RecordView record, ByteText text) {
        text.put(HEADERS);
        for (int header = 0; header < record.headerCount(); header++) {
            if (header > 0) {
                text.put(',');
            }
            text.put('{');
            putMember("name", record, record.headerNameOffset(header), record.headerNameLength(header), text);
            text.put(',');
            if (record.headerIsNull(header)) {
                text.put("\"value\":");
                text.put(NULL);
            } else {
                putMember("value", record, record.headerValueOffset(header), record.headerValueLength(header), text);
            }
            text.put('}');
        }
        text.put(']');
    }

    private void putMember(String name, RecordView record, int at, int length, ByteText text) {
        final boolean isText = !hex && ByteText.isUtf8(record.buffer(), at, length);
        text.put('"');
        text.put(name);
        if (!isText) {
            text.put(hex ? "Hex" : "Base64");
        }
        text.put("\":\"");
        if (hex) {
            text.putHex(record.buffer(), at, length);
        } else if (isText) {
            text.putJson(record.buffer(), at, length);
        } else {
            text.putBase64(record.buffer(), at, length);
        }
        text.put('"');
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
