package io.kera.cli.testing;

import io.kera.node.KeraNode;
import io.kera.node.config.NodeConfig;
import io.kera.node.config.NodeKeys;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Map;

/** A node for one test class, and commands that are told of it by their environment. Keeps its files in the folder. */
public final class CommandNode implements AutoCloseable {
    private final KeraNode node;

    private CommandNode(KeraNode node) {
        this.node = node;
    }

    public static CommandNode start(Path folder) {
        return start(folder, "");
    }

    public static CommandNode start(Path folder, String token) {
        final NodeConfig config = NodeConfig.builder()
                .set(NodeKeys.DATA_FOLDER, folder.resolve("data").toString())
                .set(NodeKeys.LISTEN, "tcp:127.0.0.1:0,shm:" + folder.resolve("run/node.sock"))
                .set(NodeKeys.HTTP_LISTEN, "off")
                .set(NodeKeys.MEMORY_ARENA, "64m")
                .set(NodeKeys.MEMORY_TOUCH, "false")
                .set(NodeKeys.AUTH_TOKEN, token)
                .build();
        return new CommandNode(KeraNode.start(config, (level, line) -> {}));
    }

    public String uri(String transport) {
        return node.uri(transport);
    }

    public CommandRun run(String... arguments) {
        return CommandRun.of(Map.of("KERA_URI", uri("tcp")), "", arguments);
    }

    public CommandRun runWith(String in, String... arguments) {
        return CommandRun.of(Map.of("KERA_URI", uri("tcp")), in, arguments);
    }

    public CommandRun runWith(InputStream in, String... arguments) {
        return CommandRun.of(Map.of("KERA_URI", uri("tcp")), in, arguments);
    }

    @Override
    public void close() {
        node.close();
    }
}
