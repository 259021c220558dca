package io.kera.cli.dump;

import io.kera.cli.console.ByteText;
import io.kera.cli.console.Console;
import io.kera.cli.console.JsonObject;
import io.kera.ffi.NativeChunks;
import io.kera.ffi.NativeException;
import io.kera.wire.ChunkLayout;
import io.kera.wire.RecordLayout;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import kera.codec.chunk.ChunkHeaderDecoder;
import kera.codec.chunk.Codec;
import org.agrona.DirectBuffer;

/** What a dump prints, for people and in JSON. One thread. */
final class Shown {
    private static final int VALUE_CHARS_MAX = 80;
    private static final long PLAIN_BYTES_MAX = (64 << 20) + (64 << 10);

    private final Console console;
    private final PrintStream out;
    private final boolean json;
    private final boolean chunks;
    private final boolean records;

    Shown(Console console, boolean json, boolean chunks, boolean records) {
        this.console = console;
        this.json = json;
        this.chunks = chunks;
        this.records = records;
        out = console.out();
    }

    boolean wantsChunks() {
        return chunks || records;
    }

    /** One file, one journal, or one streamlet. */
    void thing(Path path, String kind, List<Problem> problems, String text, JsonObject facts) {
        if (json) {
            out.println(new JsonObject()
                    .put("file", path.toString())
                    .put("kind", kind)
                    .put("ok", problems.isEmpty())
                    .put("facts", facts)
                    .put(
                            "problems",
                            problems.stream()
                                    .map(problem -> new JsonObject()
                                            .put("at", problem.at())
                                            .put("bytes", problem.bytes())
                                            .put("what", problem.what()))
                                    .toList()));
            return;
        }
        out.println(console.styled(problems.isEmpty() ? "@|green ok |@" : "@|bold,red BAD|@") + "  " + path + "  "
                + kind + (text.isEmpty() ? "" : ": " + text));
        for (final Problem problem : problems) {
            out.println("       at " + problem.at()
                    + (problem.bytes() == 0 ? "" : ", " + problem.bytes() + " bytes not usable") + ": "
                    + problem.what());
        }
    }

    /** An entry of the metadata's files. */
    void entry(Path path, int at, long index, long timestampMs, MetadataMessage message) {
        if (json) {
            out.println(new JsonObject()
                    .put("file", path.toString())
                    .put("entryAt", at)
                    .put("entry", index)
                    .put("timestampMs", timestampMs)
                    .put("message", message.name())
                    .put("fields", message.facts()));
        } else {
            out.println("       entry " + index + " at " + at + ", " + Instant.ofEpochMilli(timestampMs) + ", "
                    + message.text());
        }
    }

    /** {@code hasRecords}: which can be shown, perhaps after decompressing. */
    void chunk(Path path, FileBytes file, int at, ChunkHeaderDecoder chunk, boolean hasRecords) {
        if (!chunks && !records) {
            return;
        }
        final long base = chunk.baseOffset();
        final int codec = chunk.attributes() & ChunkLayout.CODEC_MASK;
        if (json && chunks) {
            out.println(new JsonObject()
                    .put("file", path.toString())
                    .put("chunkAt", at)
                    .put("bytes", chunk.chunkLength())
                    .put("stream", chunk.streamId())
                    .put("streamlet", chunk.streamletId())
                    .put("offset", base)
                    .put("records", chunk.recordCount())
                    .put("firstTimestampMs", chunk.firstTimestampMs())
                    .put("producer", chunk.producerId())
                    .put("sequence", chunk.baseSequence())
                    .put("codec", Codec.get((byte) codec).name().toLowerCase(Locale.ROOT))
                    .put("plainBytes", chunk.plainLength()));
        } else if (!json) {
            out.println("       chunk at " + at + ", " + chunk.chunkLength() + " bytes: stream " + chunk.streamId()
                    + ", streamlet " + chunk.streamletId() + ", offsets " + base + ".."
                    + (base + chunk.recordCount() - 1) + ", " + Instant.ofEpochMilli(chunk.firstTimestampMs())
                    + ", producer " + chunk.producerId() + ", sequence " + chunk.baseSequence()
                    + (codec == 0
                            ? ""
                            : ", " + Codec.get((byte) codec) + " of " + chunk.plainLength() + " bytes of records"));
        }
        if (records && hasRecords && codec == 0) {
            records(path, file.buffer(), at + ChunkLayout.HEADER_BYTES, chunk);
        } else if (records && hasRecords) {
            compressedRecords(path, file.buffer(), at, chunk);
        }
    }

    private void compressedRecords(Path path, DirectBuffer buffer, int at, ChunkHeaderDecoder chunk) {
        final int capacity = ChunkLayout.HEADER_BYTES + (int) Math.min(chunk.plainLength(), PLAIN_BYTES_MAX);
        final DirectBuffer plain;
        try {
            plain = NativeChunks.decompressed(buffer, at, (int) chunk.chunkLength(), capacity);
        } catch (NativeException e) {
            if (json) {
                out.println(new JsonObject()
                        .put("file", path.toString())
                        .put("chunkAt", at)
                        .put("problem", String.valueOf(e.getMessage())));
            } else {
                out.println("         records cannot be shown: " + e.getMessage());
            }
            return;
        }
        records(path, plain, ChunkLayout.HEADER_BYTES, chunk);
    }

    private void records(Path path, DirectBuffer buffer, int first, ChunkHeaderDecoder chunk) {
        int at = first;
        for (long index = 0; index < chunk.recordCount(); index++) {
            final long time = (chunk.leaderFlags() & ChunkLayout.APPEND_TIMES) != 0
                    ? chunk.appendTimeMs()
                    : chunk.firstTimestampMs() + buffer.getInt(at + RecordLayout.TIMESTAMP_DELTA_AT);
            final JsonObject line = new JsonObject()
                    .put("file", path.toString())
                    .put("offset", chunk.baseOffset() + index)
                    .put("timestampMs", time);
            final StringBuilder text = new StringBuilder("         offset " + (chunk.baseOffset() + index));
            int field = at + RecordLayout.HEADER_BYTES;
            for (int key = buffer.getByte(at + RecordLayout.KEY_COUNT_AT) & 0xFF; key > 0; key--) {
                show(buffer, field + RecordLayout.KEY_HEADER_BYTES, buffer.getInt(field), "key", line, text);
                field = RecordLayout.afterKey(buffer, field);
            }
            for (int left = buffer.getShort(at + RecordLayout.FIELD_COUNT_AT) & 0xFFFF; left > 0; left--) {
                field = RecordLayout.afterField(buffer, field);
            }
            if ((buffer.getByte(at + RecordLayout.ATTRIBUTES_AT) & RecordLayout.NULL_VALUE) != 0) {
                line.putNull("value");
                text.append(", no value");
            } else {
                show(buffer, field, buffer.getInt(at + RecordLayout.VALUE_LENGTH_AT), "value", line, text);
            }
            out.println(json ? line : text);
            at += buffer.getInt(at);
        }
    }

    private static void show(
            DirectBuffer buffer, int at, int length, String name, JsonObject line, StringBuilder text) {
        final byte[] bytes = new byte[length];
        buffer.getBytes(at, bytes);
        if (ByteText.isUtf8(buffer, at, length)) {
            final String value = new String(bytes, StandardCharsets.UTF_8);
            line.put(name, value);
            final String shown = value.length() > VALUE_CHARS_MAX ? value.substring(0, VALUE_CHARS_MAX) + "..." : value;
            text.append(", ")
                    .append(name)
                    .append(" \"")
                    .append(shown.replaceAll("\\p{Cntrl}", "?"))
                    .append('"');
        } else {
            line.put(name + "Base64", Base64.getEncoder().encodeToString(bytes));
            text.append(", ").append(name).append(" of ").append(length).append(" bytes");
        }
    }
}
