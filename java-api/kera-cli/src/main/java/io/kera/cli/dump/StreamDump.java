package io.kera.cli.dump;

import io.kera.cli.console.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import kera.codec.chunk.ChunkHeaderDecoder;
import org.jspecify.annotations.Nullable;

/** Shows what journals have of streams, by streamlets, and what is missing, as a start concludes it. One thread. */
final class StreamDump {
    private final DataFolder data;
    private final Findings findings;
    private final Map<Long, NavigableMap<Integer, FoundStreamlet>> streams = new TreeMap<>();

    StreamDump(DataFolder data, Findings findings) {
        this.data = data;
        this.findings = findings;
    }

    /** The journal's files stay mapped until everything is shown. */
    void add(Journal journal) {
        final ChunkHeaderDecoder header = new ChunkHeaderDecoder();
        for (final JournalEntry entry : journal.entries()) {
            if (!entry.isChunk()) {
                continue;
            }
            header.wrap(entry.file().bytes.buffer(), entry.at());
            if (data.has(header.streamId())) {
                streams.computeIfAbsent(header.streamId(), stream -> new TreeMap<>())
                        .computeIfAbsent(header.streamletId(), streamlet -> new FoundStreamlet())
                        .add(entry, header);
            }
        }
    }

    /** {@code withChunks}: they were not shown yet. */
    void show(boolean withChunks) throws IOException {
        final Set<Long> ids = new TreeSet<>(streams.keySet());
        ids.addAll(data.streamsWithFiles());
        for (final long id : ids) {
            if (data.has(id)) {
                show(id, withChunks);
            }
        }
    }

    private void show(long id, boolean withChunks) throws IOException {
        final NavigableMap<Integer, FoundStreamlet> found = streams.getOrDefault(id, new TreeMap<>());
        final boolean isDeleted = Files.exists(data.catalogFile(id, ".deleted"));
        final List<Long> starts = starts(id);
        if (isDeleted || starts == null || (!found.isEmpty() && found.lastKey() >= starts.size())) {
            showWithout(id, isDeleted, starts, found);
        }
        for (final Map.Entry<Integer, FoundStreamlet> streamlet : found.entrySet()) {
            if (data.streamlet() < 0 || data.streamlet() == streamlet.getKey()) {
                final int number = streamlet.getKey();
                final long start = starts == null || number >= starts.size() ? 0 : starts.get(number);
                streamlet.getValue().settle(isDeleted ? Long.MAX_VALUE : start);
                show(id, number, streamlet.getValue(), withChunks);
            }
        }
    }

    /** A stream that is deleted, or that a start sets aside, or whose creation was interrupted. */
    private void showWithout(
            long id, boolean isDeleted, @Nullable List<Long> starts, NavigableMap<Integer, FoundStreamlet> found) {
        final List<Problem> problems = new ArrayList<>();
        String text = "stream " + id + ", deleted; chunks of it are in journals until their files are needed no more";
        if (!isDeleted && starts != null) {
            final String what = "journal_streamlet_id=" + found.lastKey() + " limit=" + (starts.size() - 1);
            problems.add(new Problem(0, 0, what));
            text = "stream " + id;
        } else if (!isDeleted && found.isEmpty() && !Files.exists(data.catalogFile(id, ".lost"))) {
            text = "stream " + id + ", without settings and without chunks";
        } else if (!isDeleted) {
            problems.add(new Problem(
                    0,
                    0,
                    "stream_file_missing=" + id + "; a start sets the stream aside until its settings are put back"));
            text = "stream " + id;
        }
        final JsonObject facts =
                new JsonObject().put("stream", id).put("deleted", isDeleted).put("streamlets", found.size());
        findings.addWhole(data.streamFolder(id), "stream", problems, text, facts);
    }

    private void show(long id, int number, FoundStreamlet streamlet, boolean withChunks) {
        final Shown shown = findings.shown();
        if (withChunks && shown.wantsChunks()) {
            final ChunkHeaderDecoder header = new ChunkHeaderDecoder();
            for (final FoundChunk chunk : streamlet.chunks()) {
                final FileBytes bytes = chunk.file().bytes;
                final ChunkCheck check = new ChunkCheck(bytes);
                final boolean readable = check.problemWithRecords(chunk.at(), chunk.at() + chunk.bytes())
                        .isEmpty();
                header.wrap(bytes.buffer(), chunk.at());
                shown.chunk(chunk.file().path, bytes, chunk.at(), header, readable && check.hasRecords());
            }
        }
        final JsonObject facts = new JsonObject()
                .put("stream", id)
                .put("streamlet", number)
                .put("groups", streamlet.groups())
                .put("segments", streamlet.segments())
                .put("chunks", streamlet.chunks().size())
                .put("copies", streamlet.copies())
                .put("records", streamlet.records())
                .put("firstOffset", streamlet.firstOffset())
                .put("endOffset", streamlet.endOffset());
        final String text = "stream " + id + ", streamlet " + number + "; groups " + streamlet.groups()
                + ", segments " + streamlet.segments() + ", "
                + streamlet.chunks().size() + " chunks, " + streamlet.records() + " records, offsets "
                + streamlet.firstOffset() + ".." + (streamlet.endOffset() - 1)
                + (streamlet.copies() == 0 ? "" : ", " + streamlet.copies() + " copies besides");
        findings.addWhole(
                data.streamFolder(id).resolve(Integer.toString(number)),
                "streamlet",
                streamlet.problems(),
                text,
                facts);
    }

    /** Of each streamlet the later one of both copies of the settings; null: neither can be read. */
    private @Nullable List<Long> starts(long id) throws IOException {
        final List<Long> own = startsIn(data.streamFolder(id).resolve(NodeFile.STREAM_NAME), id);
        final List<Long> copy = startsIn(data.catalogFile(id, ".kera"), id);
        if (own == null || copy == null) {
            return own == null ? copy : own;
        }
        final List<Long> later = new ArrayList<>(own);
        for (int at = 0; at < Math.min(own.size(), copy.size()); at++) {
            later.set(at, Math.max(own.get(at), copy.get(at)));
        }
        return later;
    }

    private static @Nullable List<Long> startsIn(Path path, long id) throws IOException {
        if (!Files.exists(path)) {
            return null;
        }
        try (FileBytes bytes = FileBytes.map(path)) {
            final NodeFile file = NodeFile.read(bytes);
            return file.stream() == id ? file.starts() : null;
        }
    }
}
