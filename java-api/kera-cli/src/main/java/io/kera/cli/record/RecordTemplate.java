package io.kera.cli.record;

import io.kera.cli.console.ByteText;
import io.kera.cli.console.CommandFailure;
import io.kera.cli.console.ExitCode;
import io.kera.client.RecordView;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Shows records by a template such as {@code %k %v %o\n}. Immutable; allocates nothing for a record but for %T. */
final class RecordTemplate implements RecordText {
    static final String FORMS = "%k %v %o %t %T %s %S %K %V %h %% \\n \\t \\r \\0 \\\\ \\xHH";

    private final List<RecordText> parts;

    private RecordTemplate(List<RecordText> parts) {
        this.parts = parts;
    }

    /** {@code hex}: keys and values in hexadecimal digits. */
    static RecordTemplate parse(String template, boolean hex) {
        final List<RecordText> parts = new ArrayList<>();
        final ByteArrayOutputStream literal = new ByteArrayOutputStream();
        int at = 0;
        while (at < template.length()) {
            final int point = template.codePointAt(at);
            if (point != '%' && point != '\\') {
                literal.writeBytes(Character.toString(point).getBytes(StandardCharsets.UTF_8));
                at += Character.charCount(point);
                continue;
            }
            final char what = at + 1 < template.length() ? template.charAt(at + 1) : ' ';
            if (point == '\\') {
                at += escape(template, at + 1, what, literal);
            } else if (what == '%') {
                literal.write('%');
            } else {
                flush(literal, parts);
                parts.add(field(template, what, hex));
            }
            at += 2;
        }
        flush(literal, parts);
        return new RecordTemplate(List.copyOf(parts));
    }

    @Override
    public void write(RecordView record, ByteText text) {
        for (int at = 0; at < parts.size(); at++) {
            parts.get(at).write(record, text);
        }
    }

    private static void flush(ByteArrayOutputStream literal, List<RecordText> parts) {
        if (literal.size() > 0) {
            final byte[] bytes = literal.toByteArray();
            parts.add((record, text) -> text.put(bytes));
            literal.reset();
        }
    }

    /** Returns how many characters it takes besides the one after the backslash. */
    private static int escape(String template, int at, char what, ByteArrayOutputStream literal) {
        switch (what) {
            case 'n' -> literal.write('\n');
            case 't' -> literal.write('\t');
            case 'r' -> literal.write('\r');
            case '0' -> literal.write(0);
            case '\\' -> literal.write('\\');
            case 'x' -> {
                final String digits = template.substring(at + 1, Math.min(at + 3, template.length()));
                if (!digits.matches("[0-9a-fA-F]{2}")) {
                    throw refused(template, "\\x" + digits);
                }
                literal.write(Integer.parseInt(digits, 16));
                return 2;
            }
            default -> throw refused(template, "\\" + what);
        }
        return 0;
    }

    private static RecordText field(String template, char what, boolean hex) {
        return switch (what) {
            case 'k' ->
                (record, text) -> {
                    if (record.keyCount() > 0) {
                        putBytes(record, record.keyOffset(0), record.keyLength(0), hex, text);
                    }
                };
            case 'v' -> (record, text) -> putBytes(record, record.valueOffset(), record.valueLength(), hex, text);
            case 'o' -> (record, text) -> text.putNumber(record.offset());
            case 't' -> (record, text) -> text.putNumber(record.timestampMs());
            case 'T' ->
                (record, text) ->
                        text.put(Instant.ofEpochMilli(record.timestampMs()).toString());
            case 's' -> (record, text) -> text.putNumber(record.streamlet());
            case 'S' -> (record, text) -> text.put(record.stream());
            case 'K' -> (record, text) -> text.putNumber(record.keyCount() > 0 ? record.keyLength(0) : -1);
            case 'V' -> (record, text) -> text.putNumber(record.isNull() ? -1 : record.valueLength());
            case 'h' -> (record, text) -> putHeaders(record, hex, text);
            default -> throw refused(template, "%" + what);
        };
    }

    private static void putBytes(RecordView record, int at, int length, boolean hex, ByteText text) {
        if (hex) {
            text.putHex(record.buffer(), at, length);
        } else {
            text.put(record.buffer(), at, length);
        }
    }

    private static void putHeaders(RecordView record, boolean hex, ByteText text) {
        for (int header = 0; header < record.headerCount(); header++) {
            if (header > 0) {
                text.put(',');
            }
            text.put(record.buffer(), record.headerNameOffset(header), record.headerNameLength(header));
            if (!record.headerIsNull(header)) {
                text.put('=');
                putBytes(record, record.headerValueOffset(header), record.headerValueLength(header), hex, text);
            }
        }
    }

    private static CommandFailure refused(String template, String part) {
        return new CommandFailure(
                ExitCode.MISUSED,
                "--format=" + template + " part=" + part + " limit=" + FORMS + "; see 'kera consume --help'");
    }
}
