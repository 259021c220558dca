package io.kera.bench;

import io.kera.node.KeraNode;
import io.kera.node.config.NodeConfig;
import io.kera.node.log.CoreLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The node that is put under load: somebody's, or one in this process, which then leaves nothing behind. */
final class TargetNode implements AutoCloseable {
    private final String uri;
    private final @Nullable KeraNode node;
    private final @Nullable Path folder;
    private final @Nullable ExitHook atExit;

    private TargetNode(String uri, @Nullable KeraNode node, @Nullable Path folder, @Nullable ExitHook atExit) {
        this.uri = uri;
        this.node = node;
        this.folder = folder;
        this.atExit = atExit;
    }

    /** That one, or an embedded one that keeps its data in memory, over {@code tcp} or {@code shm}. */
    static TargetNode of(@Nullable String uri, String transport, String arena) throws IOException {
        if (uri != null) {
            return new TargetNode(uri, null, null, null);
        }
        final Path folder = Files.createTempDirectory("kera-bench-");
        final ExitHook atExit = ExitHook.of("bench-folder-end", () -> delete(folder));
        boolean started = false;
        try {
            CoreLog.WARNINGS.choose();
            final KeraNode node = KeraNode.start(
                    NodeConfig.parse(
                            List.of(
                                    "--data-keep=false",
                                    "--listen=tcp:127.0.0.1:0,shm:" + folder.resolve("node.sock"),
                                    "--http-listen=off",
                                    "--memory-arena=" + arena),
                            Map.of()),
                    (level, line) -> {});
            started = true;
            return new TargetNode(node.uri(transport), node, folder, atExit);
        } finally {
            if (!started) {
                delete(folder);
                atExit.forget();
            }
        }
    }

    String uri() {
        return uri;
    }

    boolean isEmbedded() {
        return node != null;
    }

    @Override
    public void close() {
        if (node != null && folder != null && atExit != null) {
            node.close();
            CoreLog.USUAL.choose();
            delete(folder);
            atExit.forget();
        }
    }

    /** With everything in it. */
    static void delete(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> all = Files.walk(folder)) {
            for (final Path one : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(one);
            }
        } catch (NoSuchFileException e) {
            // On Ctrl-C somebody else may be at it.
            return;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
