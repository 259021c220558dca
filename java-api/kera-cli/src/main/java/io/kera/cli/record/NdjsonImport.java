package io.kera.cli.record;

import io.kera.cli.json.Json;
import io.kera.client.Record;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Lines as {@link NdjsonExport} writes them; also without its first and its last one. */
final class NdjsonImport implements ImportSource {
    /** Base64, and letters that are escaped, make a line longer than its record. */
    private static final int LINE_BYTES_MAX = 1 << 29;

    private static final Pattern KEY = Pattern.compile("key\\d*(Base64|Hex)?");
    private static final List<String> TOLD = List.of("stream", "offset", "streamlet", "timestampMs", "headers");

    private final LineReader lines;
    private @Nullable ExportHead head;
    private @Nullable Map<?, ?> pending;
    private boolean begun;
    private boolean ended;
    private int streamlet = ANY_STREAMLET;
    private long records;
    private String defect = "";

    NdjsonImport(InputStream in) {
        lines = new LineReader(in, LINE_BYTES_MAX);
    }

    @Override
    public @Nullable ExportHead head() throws IOException {
        if (!begun) {
            begun = true;
            final @Nullable Map<?, ?> first = line();
            if (first != null && first.containsKey(ExportHead.MARK)) {
                head = ExportHead.of(first);
            } else {
                pending = first;
            }
        }
        return head;
    }

    @Override
    public boolean next(Record record) throws IOException {
        head();
        final @Nullable Map<?, ?> members = pending == null ? line() : pending;
        pending = null;
        if (members == null) {
            defect = head == null || ended ? defect : "it has no last line: it was cut off, or its export was ended";
            return false;
        }
        if (members.containsKey(NdjsonExport.END)) {
            ended = true;
            if (!(members.get("records") instanceof Number said) || said.longValue() != records) {
                defect = "its last line says records=" + members.get("records") + ", and it has " + records;
            } else if (line() != null) {
                defect = "it has more behind its last line";
            }
            return false;
        }
        fill(record, members);
        records++;
        return true;
    }

    @Override
    public int streamlet() {
        return streamlet;
    }

    @Override
    public String place() {
        return "line=" + lines.lineNumber();
    }

    @Override
    public String defect() {
        return defect;
    }

    /** Null: there is none. Empty ones are passed over. */
    private @Nullable Map<?, ?> line() throws IOException {
        while (lines.next()) {
            final String text =
                    new String(lines.bytes(), lines.start(), lines.length(), StandardCharsets.UTF_8).strip();
            if (!text.isEmpty()) {
                if (Json.parse(text) instanceof Map<?, ?> members) {
                    return members;
                }
                throw new IllegalArgumentException("it is no object of JSON");
            }
        }
        return null;
    }

    private void fill(Record record, Map<?, ?> members) {
        boolean hasValue = false;
        streamlet = ANY_STREAMLET;
        for (final Map.Entry<?, ?> member : members.entrySet()) {
            final String name = String.valueOf(member.getKey());
            if (KEY.matcher(name).matches()) {
                record.key(bytes(name, member.getValue()));
            } else if (name.startsWith("value") && bytesIn(name, "value")) {
                hasValue = true;
                if (member.getValue() != null) {
                    record.value(bytes(name, member.getValue()));
                }
            } else if (!TOLD.contains(name)) {
                throw new IllegalArgumentException("member=" + name
                        + "; a record has key, value, headers, timestampMs and streamlet, keys and values perhaps as"
                        + " keyBase64 or valueHex");
            }
        }
        if (!hasValue) {
            throw new IllegalArgumentException("member=value; it is missing: null stands for a record without one");
        }
        if (members.get("timestampMs") != null) {
            record.timestampMs(number("timestampMs", members.get("timestampMs")));
        }
        if (members.get("streamlet") != null) {
            final long number = number("streamlet", members.get("streamlet"));
            if (number < 0) {
                throw new IllegalArgumentException("streamlet=" + number + " limit=0");
            }
            streamlet = (int) Math.min(Integer.MAX_VALUE, number);
        }
        if (members.get("headers") != null) {
            headers(record, members.get("headers"));
        }
    }

    private static void headers(Record record, @Nullable Object list) {
        if (!(list instanceof List<?> headers)) {
            throw new IllegalArgumentException("member=headers; it is no list");
        }
        for (final Object header : headers) {
            if (!(header instanceof Map<?, ?> members) || !(members.get("name") instanceof String name)) {
                throw new IllegalArgumentException("member=headers; each has a name and a value");
            }
            byte[] value = null;
            for (final Map.Entry<?, ?> member : members.entrySet()) {
                final String what = String.valueOf(member.getKey());
                if (bytesIn(what, "value") && member.getValue() != null) {
                    value = bytes(what, member.getValue());
                }
            }
            if (value == null) {
                record.header(name);
            } else {
                record.header(name, value);
            }
        }
    }

    private static boolean bytesIn(String name, String of) {
        return name.equals(of) || name.equals(of + "Base64") || name.equals(of + "Hex");
    }

    private static byte[] bytes(String name, @Nullable Object value) {
        if (!(value instanceof String text)) {
            throw new IllegalArgumentException("member=" + name + "; it is no text");
        }
        try {
            if (name.endsWith("Base64")) {
                return Base64.getDecoder().decode(text);
            }
            return name.endsWith("Hex") ? HexFormat.of().parseHex(text) : text.getBytes(StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("member=" + name + "; " + e.getMessage(), e);
        }
    }

    private static long number(String name, @Nullable Object value) {
        if (value instanceof Number number && number.doubleValue() == Math.rint(number.doubleValue())) {
            return number.longValue();
        }
        throw new IllegalArgumentException("member=" + name + "; it is no whole number");
    }
}
