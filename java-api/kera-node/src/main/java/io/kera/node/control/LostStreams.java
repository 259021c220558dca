package io.kera.node.control;

import io.kera.coordinator.Coordinator;
import io.kera.coordinator.LogUnwritableException;
import io.kera.coordinator.StreamMetadata;
import io.kera.node.log.NodeLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Finds streams that were opened once, and that have neither a folder nor a file in the catalog's folder any more. It puts
 * a mark for each into the catalog's folder before the core starts. So the core sets the stream aside instead of opening
 * it empty. Journals may have chunks of the stream: the core keeps them, and opens the stream again once one copy of its
 * settings is back, whatever the mark says. Used once, by the thread that starts the node.
 */
public final class LostStreams {
    private static final String CATALOG = "catalog";
    private static final String LOST = ".lost";
    private static final Pattern IN_CATALOG = Pattern.compile("(\\d+)\\.(kera|deleted|lost|set_aside)");

    private final Path data;
    private final NodeLog log;

    public LostStreams(Path data, NodeLog log) {
        this.data = data;
        this.log = log;
    }

    /** Reads the metadata first. */
    public void mark(Coordinator coordinator) {
        try {
            coordinator.doWork();
        } catch (LogUnwritableException e) {
            // Everything committed has been read. The control agent logs the error, and tries again.
            log.log(NodeLog.Level.WARN, "metadata_log_not_written", "folder", e.folder(), "reason", e.reason());
        }
        try {
            final Set<String> inCatalog = inCatalog();
            for (final StreamMetadata stream : coordinator.state().streams()) {
                final String id = Long.toString(stream.id());
                if (stream.isOpened()
                        && !stream.isDeleted()
                        && !inCatalog.contains(id)
                        && in(data.resolve("streams").resolve(id)).isEmpty()) {
                    mark(stream);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The ids of all streams that have a file in the catalog's folder. */
    private Set<String> inCatalog() throws IOException {
        final Set<String> ids = new HashSet<>();
        for (final Path file : in(data.resolve(CATALOG))) {
            final Matcher named = IN_CATALOG.matcher(file.getFileName().toString());
            if (named.matches()) {
                ids.add(named.group(1));
            }
        }
        return ids;
    }

    private static List<Path> in(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    private void mark(StreamMetadata stream) throws IOException {
        final Path catalog = Files.createDirectories(data.resolve(CATALOG));
        Files.write(catalog.resolve(stream.id() + LOST), new byte[0]);
        try (FileChannel folder = FileChannel.open(catalog, StandardOpenOption.READ)) {
            folder.force(true);
        }
        log.log(
                NodeLog.Level.ERROR,
                "stream_lost",
                "stream",
                stream.definition().name(),
                "stream_id",
                stream.id(),
                "because",
                "it was opened once, and the data folder has no settings of it",
                "what_to_do",
                "put streams/" + stream.id() + "/stream.kera back and start the node again, or delete the stream");
    }
}
