package io.kera.bench;

import io.kera.node.KeraNode;
import io.kera.node.NodeConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
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

    private TargetNode(String uri, @Nullable KeraNode node, @Nullable Path folder) {
        this.uri = uri;
        this.node = node;
        this.folder = folder;
    }

    /** That one, or an embedded one that keeps its data in memory, over {@code tcp} or {@code shm}. */
    static TargetNode of(@Nullable String uri, String transport, String arena) throws IOException {
        if (uri != null) {
            return new TargetNode(uri, null, null);
        }
        final Path folder = Files.createTempDirectory("kera-bench-");
        boolean started = false;
        try {
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
            return new TargetNode(node.uri(transport), node, folder);
        } finally {
            if (!started) {
                delete(folder);
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
        if (node != null && folder != null) {
            node.close();
            delete(folder);
        }
    }

    /** With everything in it. */
    static void delete(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            for (final Path one : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(one);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
