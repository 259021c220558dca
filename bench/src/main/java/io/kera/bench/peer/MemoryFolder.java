package io.kera.bench.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A temporary folder in memory where there is such a file system; removed when closed, and with this process. */
final class MemoryFolder implements AutoCloseable {
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");

    private final Path path;
    private final Thread atExit = new Thread(this::delete, "folder-end");

    MemoryFolder(String prefix) throws IOException {
        path = Files.isWritable(SHARED_MEMORY)
                ? Files.createTempDirectory(SHARED_MEMORY, prefix)
                : Files.createTempDirectory(prefix);
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    Path path() {
        return path;
    }

    /** Whoever uses it must have ended. */
    @Override
    public void close() {
        delete();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            // The virtual machine ends already, and the hook with it.
            return;
        }
    }

    private void delete() {
        // A dying server may still write: what came meanwhile is taken at the second try.
        for (int attempt = 0; attempt < 3 && Files.exists(path); attempt++) {
            try (Stream<Path> all = Files.walk(path)) {
                final List<Path> deepestFirst =
                        all.sorted(Comparator.reverseOrder()).toList();
                for (final Path one : deepestFirst) {
                    Files.deleteIfExists(one);
                }
            } catch (IOException | java.io.UncheckedIOException e) {
                System.getLogger(MemoryFolder.class.getName())
                        .log(System.Logger.Level.DEBUG, "folder not removed yet", e);
            }
        }
    }
}
