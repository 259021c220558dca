package io.kera.cli.dump;

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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows and verifies files of a node. */
@Command(
        name = "dump",
        description = {
            "Show what files of a node hold, and verify every checksum and length: journals with their chunks, stream "
                    + "files, the metadata log and its snapshots.",
            "In a folder, all files below it are read. All files of a journal are judged together, as a node does when "
                    + "it starts; what the node was writing when it stopped is no damage. In a data folder, and in the "
                    + "folder of a stream in one, the chunks of each streamlet are judged together too, whichever "
                    + "journals have them. Stop the node first, because "
                    + "files change while it runs. Exit code 6: something is damaged. With --json, print one"
                    + " object per "
                    + "line, also for each entry of the metadata.",
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  kera dump ~/.local/share/kera",
            "  kera dump ~/.local/share/kera/streams/1 --chunks",
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

    @Override
    public Integer call() throws IOException {
        final Shown shown = new Shown(output.console(), output.isJson(), chunks && !damaged, records && !damaged);
        final Findings findings = new Findings(shown, damaged);
        final Map<Path, List<Path>> journals = new LinkedHashMap<>();
        final Set<Path> metadataFolders = new LinkedHashSet<>();
        final List<DataFolder> dataFolders = dataFolders();
        for (final Path path : paths) {
            if (Files.isDirectory(path)) {
                for (final Path file : filesBelow(path)) {
                    dump(file, findings, journals);
                    final Path folder = file.getParent();
                    if (folder != null && MetadataFile.isNamedLikeOne(file)) {
                        metadataFolders.add(folder);
                    }
                }
            } else if (!Files.exists(path)) {
                throw new NoSuchFileException(path.toString());
            } else if (!dump(path, findings, journals)) {
                throw new CommandFailure(
                        ExitCode.MISUSED,
                        "file=" + path
                                + " limit=*.journal|stream.kera|producers.kera|run.kera|log-*.kml|snapshot-*.kms; its name"
                                + " is not one of these");
            }
        }
        for (final Map.Entry<Path, List<Path>> journal : journals.entrySet()) {
            try (JournalFolder folder = JournalFolder.open(journal.getKey(), journal.getValue())) {
                folder.show(findings);
            }
        }
        for (final DataFolder data : dataFolders) {
            dumpStreams(data, findings);
        }
        for (final Path folder : metadataFolders) {
            dumpMetadataFolder(folder, findings);
        }
        if (findings.isEmpty()) {
            throw new CommandFailure(
                    ExitCode.NOT_FOUND, "paths=" + paths + "; there are no journals, stream files or metadata there");
        }
        if (!output.isJson()) {
            output.console()
                    .err()
                    .println(findings.files() + (findings.files() == 1 ? " file" : " files") + ", damaged: "
                            + findings.damaged());
        }
        return findings.damaged() == 0 ? ExitCode.OK : ExitCode.DAMAGED;
    }

    /** The folders among the paths whose streams are shown. Refuses files of an older version before anything is shown. */
    private List<DataFolder> dataFolders() throws IOException {
        final List<DataFolder> found = new ArrayList<>();
        final Set<Path> all = new LinkedHashSet<>();
        for (final Path path : paths) {
            all.addAll(Files.exists(path) ? filesBelow(path) : List.of());
            final DataFolder data = Files.isDirectory(path) ? DataFolder.of(path) : null;
            if (data != null) {
                found.add(data);
                for (final Path journal : data.journals()) {
                    all.addAll(filesBelow(journal));
                }
            }
        }
        for (final Path path : all) {
            OldFormat.refuse(path);
        }
        return found;
    }

    private static List<Path> filesBelow(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile).sorted().toList();
        }
    }

    /** False: it is none that we know. */
    private boolean dump(Path path, Findings findings, Map<Path, List<Path>> journals) throws IOException {
        if (NodeFile.isNamedLikeOne(path)) {
            dumpNodeFile(path, findings);
        } else if (MetadataFile.isNamedLikeOne(path)) {
            dumpMetadata(path, findings);
        } else if (JournalFile.isNamedLikeOne(path)) {
            final Path folder = path.toAbsolutePath().getParent();
            journals.computeIfAbsent(folder == null ? path : folder, key -> new ArrayList<>())
                    .add(path);
        } else {
            return false;
        }
        return true;
    }

    private static void dumpStreams(DataFolder data, Findings findings) throws IOException {
        final StreamDump streams = new StreamDump(data, findings);
        final List<JournalFolder> journals = new ArrayList<>();
        try {
            for (final Path path : data.journals()) {
                final JournalFolder journal = JournalFolder.open(path);
                journals.add(journal);
                streams.add(journal.journal());
            }
            // A whole folder's chunks were shown with its journals.
            streams.show(data.isPart());
        } finally {
            journals.forEach(JournalFolder::close);
        }
    }

    private static void dumpNodeFile(Path path, Findings findings) throws IOException {
        final NodeFile file;
        try (FileBytes bytes = FileBytes.map(path)) {
            file = NodeFile.read(bytes);
        }
        findings.addFile(
                path,
                "stream file",
                file.problem().isEmpty() ? List.of() : List.of(new Problem(0, 0, file.problem())),
                file.text(),
                file.facts());
    }

    private void dumpMetadata(Path path, Findings findings) {
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
        findings.addFile(
                path,
                file.isSnapshot() ? "metadata snapshot" : "metadata log",
                problems(file.damage(), file.bytesBehind()),
                text,
                facts);
        if (!damaged) {
            file.forEach((at, index, timestampMs, frame, offset, length) ->
                    findings.shown().entry(path, at, index, timestampMs, MetadataMessage.of(frame, offset, length)));
        }
    }

    private static void dumpMetadataFolder(Path folder, Findings findings) {
        final MetadataFolder found = MetadataFolder.read(folder);
        final Path snapshot = found.snapshot();
        final Path log = found.log();
        final JsonObject facts = new JsonObject().put("firstIndex", found.firstIndex());
        name(facts, "snapshot", snapshot);
        name(facts, "log", log);
        final String text = "a start reads "
                + (snapshot == null ? "no snapshot" : snapshot.getFileName().toString())
                + (log == null ? "; no log follows" : ", then " + log.getFileName());
        findings.addWhole(folder, "metadata", problems(found.damage(), 0), text, facts);
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
}
