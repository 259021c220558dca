package io.kera.cli.quickstart;

import io.kera.node.KeraNode;
import io.kera.node.config.NodeConfig;
import io.kera.node.config.NodeKeys;
import io.kera.node.log.CoreLog;
import io.kera.node.log.NodeLog;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** A node in this process, with a folder of its own that goes with it, also on Ctrl-C. One thread. */
final class ShortLivedNode implements AutoCloseable {
    private static final String DATA = "data";
    private static final int LOOKS_MOST = 5;

    private final KeraNode node;
    private final Path folder;
    private final CutOff cutOff;

    private ShortLivedNode(KeraNode node, Path folder, CutOff cutOff) {
        this.node = node;
        this.folder = folder;
        this.cutOff = cutOff;
    }

    /**
     * Its warnings go to {@code err}; what it says in between is not for newcomers.
     *
     * @param keepsData whether in files; otherwise it keeps nothing but what is in its memory
     */
    static ShortLivedNode start(Extent extent, boolean keepsData, PrintStream err) throws IOException {
        final Path folder = Files.createTempDirectory(extent.folder().path(), "kera-quickstart-");
        final CutOff cutOff = new CutOff(folder, err);
        boolean started = false;
        try {
            Runtime.getRuntime().addShutdownHook(cutOff);
            // A warning is that it waits for the disk while the memory is full, which is meant here.
            (keepsData ? CoreLog.ERRORS : CoreLog.WARNINGS).choose();
            final NodeConfig config = NodeConfig.builder()
                    .set(NodeKeys.NODE_NAME, "quickstart")
                    .set(NodeKeys.DATA_KEEP, Boolean.toString(keepsData))
                    .set(NodeKeys.DATA_FOLDER, folder.resolve(DATA).toString())
                    .set(NodeKeys.LISTEN, "tcp:127.0.0.1:0,shm:" + folder.resolve("node.sock"))
                    .set(NodeKeys.HTTP_LISTEN, "off")
                    .set(NodeKeys.MEMORY_ARENA, Long.toString(extent.arenaBytes()))
                    .build();
            final KeraNode node = KeraNode.start(config, (level, line) -> {
                if (level != NodeLog.Level.INFO && !cutOff.begun) {
                    err.println(line);
                }
            });
            started = true;
            return new ShortLivedNode(node, folder, cutOff);
        } finally {
            if (!started && cutOff.isCancelled()) {
                delete(folder);
            }
        }
    }

    /** Whether the process is ending, and the node's files with it: nothing that fails from now on means anything. */
    boolean isCutOff() {
        return cutOff.begun;
    }

    String uri(String transport) {
        return node.uri(transport);
    }

    /** Goes with the node. */
    Path folder() {
        return folder;
    }

    @Override
    public void close() {
        node.close();
        CoreLog.USUAL.choose();
        if (cutOff.isCancelled()) {
            delete(folder);
        }
    }

    /** On Ctrl-C; a shutdown hook. In a folder of another name the node makes no new files that nobody would find. */
    private static final class CutOff extends Thread {
        private final Path folder;
        private final PrintStream err;
        private volatile boolean begun;

        CutOff(Path folder, PrintStream err) {
            super("kera-quickstart-end");
            this.folder = folder;
            this.err = err;
        }

        /** Not needed any more. False: the process is ending, and this removes the folder. */
        boolean isCancelled() {
            try {
                return Runtime.getRuntime().removeShutdownHook(this);
            } catch (IllegalStateException e) {
                return false;
            }
        }

        @Override
        public void run() {
            begun = true;
            // That its files are gone is what the node would complain about.
            CoreLog.NOTHING.choose();
            err.println("Interrupted; what it wrote is removed.");
            try {
                Files.move(folder.resolve(DATA), folder.resolve("ended"));
            } catch (NoSuchFileException e) {
                // It had not got that far, or has just been closed.
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            delete(folder);
        }
    }

    /** Others may make or remove a file meanwhile, so it looks again. */
    private static void delete(Path folder) {
        UncheckedIOException failure = null;
        for (int look = 0; look < LOOKS_MOST && Files.exists(folder); look++) {
            try (Stream<Path> all = Files.walk(folder)) {
                for (final Path one : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(one);
                }
            } catch (UncheckedIOException e) {
                failure = e;
            } catch (IOException e) {
                failure = new UncheckedIOException(e);
            }
        }
        if (failure != null && Files.exists(folder)) {
            throw failure;
        }
    }
}
