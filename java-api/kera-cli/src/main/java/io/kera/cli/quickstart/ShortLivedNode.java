package io.kera.cli.quickstart;

import io.kera.node.KeraNode;
import io.kera.node.NodeConfig;
import io.kera.node.NodeKeys;
import io.kera.node.NodeLog;
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

    private final KeraNode node;
    private final Path folder;
    private final Thread hook;

    private ShortLivedNode(KeraNode node, Path folder, Thread hook) {
        this.node = node;
        this.folder = folder;
        this.hook = hook;
    }

    /** Its warnings go to {@code err}; what it says in between is not for newcomers. */
    static ShortLivedNode start(Extent extent, PrintStream err) throws IOException {
        final Path folder = Files.createTempDirectory(extent.folder(), "kera-quickstart-");
        final Thread hook = new Thread(() -> cutOff(folder, err), "kera-quickstart-end");
        boolean started = false;
        try {
            Runtime.getRuntime().addShutdownHook(hook);
            final NodeConfig config = NodeConfig.builder()
                    .set(NodeKeys.NODE_NAME, "quickstart")
                    .set(NodeKeys.DATA_FOLDER, folder.resolve(DATA).toString())
                    .set(NodeKeys.LISTEN, "tcp:127.0.0.1:0,shm:" + folder.resolve("node.sock"))
                    .set(NodeKeys.HTTP_LISTEN, "off")
                    .set(NodeKeys.MEMORY_ARENA, Long.toString(extent.arenaBytes()))
                    .build();
            final KeraNode node = KeraNode.start(config, (level, line) -> {
                if (level != NodeLog.Level.INFO) {
                    err.println(line);
                }
            });
            started = true;
            return new ShortLivedNode(node, folder, hook);
        } finally {
            if (!started) {
                Runtime.getRuntime().removeShutdownHook(hook);
                delete(folder);
            }
        }
    }

    String uri(String transport) {
        return node.uri(transport);
    }

    @Override
    public void close() {
        node.close();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process is ending, and the hook does the same.
        }
        delete(folder);
    }

    /** While the node may still be writing: in a folder of another name it makes no new files that nobody would find. */
    private static void cutOff(Path folder, PrintStream err) {
        err.println("Interrupted: its files are taken away from under it, about which it may complain.");
        try {
            Files.move(folder.resolve(DATA), folder.resolve("ended"));
        } catch (NoSuchFileException e) {
            // It had not got that far, or has just been closed.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        delete(folder);
    }

    private static void delete(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            for (final Path one : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(one);
            }
        } catch (NoSuchFileException e) {
            // Somebody was faster.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
