package io.kera.bench.micro;

import io.kera.node.KeraNode;
import io.kera.node.config.NodeConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A node in this process that keeps its data in memory and leaves nothing behind. */
final class EmbeddedNode implements AutoCloseable {
    private final Path folder;
    private final KeraNode node;

    EmbeddedNode() throws IOException {
        folder = Files.createTempDirectory("kera-micro-");
        node = KeraNode.start(
                NodeConfig.parse(
                        List.of(
                                "--data-keep=false",
                                "--listen=shm:" + folder.resolve("node.sock"),
                                "--http-listen=off",
                                "--memory-arena=256m"),
                        Map.of()),
                (level, line) -> {});
    }

    String uri() {
        return node.uri("shm");
    }

    @Override
    public void close() throws IOException {
        node.close();
        Files.deleteIfExists(folder.resolve("node.sock"));
        Files.delete(folder);
    }
}
