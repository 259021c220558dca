package io.kera.cli.dump;

import io.kera.cli.console.Amounts;
import io.kera.cli.console.CommandFailure;
import io.kera.cli.console.ExitCode;
import io.kera.cli.console.JsonObject;
import io.kera.cli.console.OutputFlags;
import io.kera.coordinator.MetadataDamagedException;
import io.kera.coordinator.MetadataFile;
import io.kera.coordinator.MetadataFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import kera.codec.chunk.ChunkHeaderDecoder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows and verifies files of a node. */
@Command(
        name = "dump",
        description = {
            "Show what files of a node hold, and verify every checksum and length: segments, journals, stream files, "
                    + "the metadata log and its snapshots.",
            "In a folder, all files below it are read. All files of a journal are judged together, as a node does when "
                    + "it starts; what the node was writing when it stopped is no damage. Stop the node first, because "
                    + "files change while it runs. Exit code 6: something is damaged. With --json, print one"
                    + " object per "
                    + "line, also for each entry of the metadata.",
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  kera dump ~/.local/share/kera",
            "  kera dump ~/.local/share/kera/streams/1/0/0-0-0.seg --chunks",
            "  kera dump ~/.local/share/kera/journal/0 --records --json",
            "  kera dump ~/.local/share/kera/metadata",
        })
public final class DumpCommand implements Callable<Integer> {
    @Parameters(
            arity = "1..*",
            paramLabel = "PATH",
            description = "Files, or folders of them, such as a node's data folder.")
    private List<Path> paths = List.of();

    @Option(names = "--chunks", description = "Show each chunk.")
    private boolean chunks;

    @Option(names = "--records", description = "Show each record.")
    private boolean records;

    @Option(names = "--damaged", description = "Only what is damaged.")
    private boolean damaged;

    @Mixin
    private OutputFlags output = new OutputFlags();

    private final Set<Path> metadataFolders = new LinkedHashSet<>();
    private long files;
    private long damagedFiles;

    @Override
    public Integer call() throws IOException {
        final Shown shown = new Shown(output.console(), output.isJson(), chunks && !damaged, records && !damaged);
        final Map<Path, List<Path>> journals = new LinkedHashMap<>();
        for (final Path path : paths) {
            if (Files.isDirectory(path)) {
                for (final Path file : filesBelow(path)) {
                    dump(file, shown, journals);
                    final Path folder = file.getParent();
                    if (folder != null && MetadataFile.isNamedLikeOne(file)) {
                        metadataFolders.add(folder);
                    }
                }
            } else if (!Files.exists(path)) {
                throw new NoSuchFileException(path.toString());
            } else if (!dump(path, shown, journals)) {
                throw new CommandFailure(
                        ExitCode.MISUSED,
                        "file=" + path
                                + " limit=*.seg|*.journal|stream.kera|producers.kera|run.kera|log-*.kml|snapshot-*.kms; its name"
                                + " is not one of these");
            }
        }
        for (final Map.Entry<Path, List<Path>> journal : journals.entrySet()) {
            dumpJournal(journal.getKey(), journal.getValue(), shown);
        }
        for (final Path folder : metadataFolders) {
            dumpMetadataFolder(folder, shown);
        }
        if (files == 0) {
            throw new CommandFailure(
                    ExitCode.NOT_FOUND,
                    "paths=" + paths + "; there are no segments, journals, stream files or metadata there");
        }
        if (!output.isJson()) {
            output.console().err().println(files + (files == 1 ? " file" : " files") + ", damaged: " + damagedFiles);
        }
        return damagedFiles == 0 ? ExitCode.OK : ExitCode.DAMAGED;
    }

    private static List<Path> filesBelow(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile).sorted().toList();
        }
    }

    /** False: it is none that we know. */
    private boolean dump(Path path, Shown shown, Map<Path, List<Path>> journals) throws IOException {
        if (SegmentFile.isNamedLikeOne(path)) {
            dumpSegment(path, shown);
        } else if (NodeFile.isNamedLikeOne(path)) {
            dumpNodeFile(path, shown);
        } else if (MetadataFile.isNamedLikeOne(path)) {
            dumpMetadata(path, shown);
        } else if (JournalFile.isNamedLikeOne(path)) {
            final Path folder = path.toAbsolutePath().getParent();
            journals.computeIfAbsent(folder == null ? path : folder, key -> new ArrayList<>())
                    .add(path);
        } else {
            return false;
        }
        return true;
    }

    private void dumpNodeFile(Path path, Shown shown) throws IOException {
        final NodeFile file;
        try (FileBytes bytes = FileBytes.map(path)) {
            file = NodeFile.read(bytes);
        }
        tell(
                shown,
                path,
                "stream file",
                file.problem().isEmpty() ? List.of() : List.of(new Problem(0, 0, file.problem())),
                file.text(),
                file.facts());
    }

    private void dumpMetadata(Path path, Shown shown) {
        final MetadataFile file = MetadataFile.read(path);
        final boolean torn = file.damage() == null && file.bytesBehind() > 0;
        final JsonObject facts = new JsonObject()
                .put(file.isSnapshot() ? "nextIndex" : "firstIndex", file.index())
                .put("entries", file.entries())
                .put("endPosition", file.endPosition())
                .put("torn", torn)
                .put("tornBytes", torn ? file.bytesBehind() : 0);
        final String text = (file.isSnapshot()
                        ? "of what is before index " + file.index() + "; "
                        : "from index " + file.index() + "; ")
                + file.entries()
                + (file.entries() == 1 ? " entry" : " entries")
                + (torn
                        ? "; torn at " + file.endPosition() + " by the last stop, " + file.bytesBehind()
                                + " bytes do not count"
                        : "");
        tell(
                shown,
                path,
                file.isSnapshot() ? "metadata snapshot" : "metadata log",
                problems(file.damage(), file.bytesBehind()),
                text,
                facts);
        if (!damaged) {
            file.forEach((at, index, timestampMs, frame, offset, length) ->
                    shown.entry(path, at, index, timestampMs, MetadataMessage.of(frame, offset, length)));
        }
    }

    private void dumpMetadataFolder(Path folder, Shown shown) {
        final MetadataFolder found = MetadataFolder.read(folder);
        final Path snapshot = found.snapshot();
        final Path log = found.log();
        final JsonObject facts = new JsonObject().put("firstIndex", found.firstIndex());
        name(facts, "snapshot", snapshot);
        name(facts, "log", log);
        final String text = "a start reads "
                + (snapshot == null ? "no snapshot" : snapshot.getFileName().toString())
                + (log == null ? "; no log follows" : ", then " + log.getFileName());
        tell(shown, folder, "metadata", problems(found.damage(), 0), text, facts);
        files--; // its files are counted one by one
    }

    private static void name(JsonObject facts, String name, @Nullable Path file) {
        if (file == null) {
            facts.putNull(name);
        } else {
            facts.put(name, file.getFileName().toString());
        }
    }

    private static List<Problem> problems(@Nullable MetadataDamagedException damage, long bytes) {
        return damage == null
                ? List.of()
                : List.of(new Problem(damage.position(), bytes, String.valueOf(damage.getMessage())));
    }

    private void dumpSegment(Path path, Shown shown) throws IOException {
        final SegmentFile segment;
        try (FileBytes bytes = FileBytes.map(path)) {
            segment = SegmentFile.read(
                    path, bytes, (file, at, header, hasRecords) -> shown.chunk(path, file, at, header, hasRecords));
        }
        final long[] place = segment.place();
        final JsonObject facts = new JsonObject()
                .put("stream", place[0])
                .put("streamlet", place[1])
                .put("lane", place[2])
                .put("group", place[3])
                .put("segment", place[4])
                .put("closed", segment.isClosed())
                .put("chunks", segment.chunks())
                .put("records", segment.records())
                .put("firstOffset", segment.firstOffset())
                .put("endOffset", segment.endOffset());
        final String text = "stream " + place[0] + ", streamlet " + place[1] + ", lane " + place[2] + ", group "
                + place[3]
                + ", segment " + place[4] + (segment.isClosed() ? ", closed" : ", open") + "; " + segment.chunks()
                + " chunks, " + segment.records() + " records"
                + (segment.chunks() == 0
                        ? ""
                        : ", offsets " + segment.firstOffset() + ".." + (segment.endOffset() - 1) + ", until "
                                + Instant.ofEpochMilli(segment.maxTimestampMs()));
        tell(shown, path, "segment", segment.problems(), text, facts);
    }

    private void dumpJournal(Path folder, List<Path> paths, Shown shown) throws IOException {
        final List<JournalFile> found = new ArrayList<>();
        try {
            for (final Path path : paths) {
                found.add(new JournalFile(path, FileBytes.map(path)));
            }
            found.sort(Comparator.comparingLong(file -> file.number));
            dumpJournal(folder, Journal.read(found, paths.size() == filesOf(folder)), shown);
        } finally {
            found.forEach(file -> file.bytes.close());
        }
    }

    private void dumpJournal(Path folder, Journal journal, Shown shown) {
        if (chunks || records) {
            showEntries(journal, shown);
        }
        for (final JournalFile file : journal.files()) {
            final List<Problem> problems = file.headerProblem.isEmpty()
                    ? List.of()
                    : List.of(new Problem(0, JournalFile.HEADER_BYTES, file.headerProblem));
            tell(
                    shown,
                    file.path,
                    "journal file",
                    problems,
                    text(file),
                    new JsonObject()
                            .put("begun", file.begun)
                            .put("firstPosition", file.firstPosition)
                            .put("endPosition", file.end)
                            .put("bytes", file.bytes.size()));
        }
        dumpWhole(folder, journal, shown);
    }

    private void dumpWhole(Path folder, Journal journal, Shown shown) {
        final List<Problem> problems = journal.rotten().stream()
                .map(gap -> new Problem(
                        gap.first(), gap.end() - gap.first(), "file=" + gap.fileNumber() + " " + gap.what()))
                .toList();
        final JournalGap torn = journal.torn();
        final long chunkEntries =
                journal.entries().stream().filter(JournalEntry::isChunk).count();
        final JsonObject facts = new JsonObject()
                .put("cutPosition", journal.cut())
                .put("endPosition", journal.end())
                .put("chunks", chunkEntries)
                .put("torn", torn != null)
                .put("droppedEntries", journal.droppedEntries());
        final String text = "positions " + journal.cut() + ".." + journal.end() + " count, " + chunkEntries + " chunks"
                + (torn == null
                        ? ""
                        : "; torn at " + torn.first() + " by the last stop (" + torn.what() + "), "
                                + journal.droppedEntries() + " entries behind it do not count");
        tell(shown, folder, "journal", problems, text, facts);
        files--; // its files are counted one by one
    }

    private static void showEntries(Journal journal, Shown shown) {
        final ChunkHeaderDecoder header = new ChunkHeaderDecoder();
        for (final JournalEntry entry : journal.entries()) {
            if (entry.isChunk()) {
                header.wrap(entry.file().bytes.buffer(), entry.at());
                final ChunkCheck check = new ChunkCheck(entry.file().bytes);
                final boolean readable = check.problemWithRecords(entry.at(), entry.at() + (int) header.chunkLength())
                        .isEmpty();
                shown.chunk(entry.file().path, entry.file().bytes, entry.at(), header, readable && check.hasRecords());
            }
        }
    }

    private static String text(JournalFile file) {
        return file.begun
                ? "positions " + file.firstPosition + ".." + file.end + " of " + Amounts.bytes(file.bytes.size())
                        + (file.cutBack ? ", cut back" : "")
                : "prepared, " + Amounts.bytes(file.bytes.size())
                        + (file.fileNumber < 0 ? "" : "; its header is of number " + file.fileNumber);
    }

    private void tell(Shown shown, Path path, String kind, List<Problem> problems, String text, JsonObject facts) {
        files++;
        if (!problems.isEmpty()) {
            damagedFiles++;
        }
        if (!damaged || !problems.isEmpty()) {
            shown.thing(path, kind, problems, text, facts);
        }
    }

    private static long filesOf(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(JournalFile::isNamedLikeOne).count();
        }
    }
}
