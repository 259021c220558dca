package io.kera.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StreamCommandsTest {
    @TempDir
    static Path folder;

    private static CommandNode node;

    @BeforeAll
    static void start() {
        node = CommandNode.start(folder);
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @Test
    void saysThatThereAreNone(@TempDir Path empty) {
        try (CommandNode fresh = CommandNode.start(empty)) {
            final CommandRun run = fresh.run("stream", "list").expect(ExitCode.OK);
            assertEquals("", run.out());
            assertTrue(run.err().contains("kera stream create"), run.err());
            assertEquals(
                    0,
                    fresh.run("stream", "list", "--json")
                            .expect(ExitCode.OK)
                            .json()
                            .size());
        }
    }

    @Test
    void findsTheNodeOfThisMachineOverSharedMemory() {
        final Map<String, String> environment =
                Map.of("KERA_LISTEN", "tcp:127.0.0.1:1," + node.uri("shm"), "HOME", folder.toString());
        CommandRun.of(environment, "", "stream", "list").expect(ExitCode.OK);
    }

    @Test
    void saysTheTokenByFlagOrEnvironment(@TempDir Path other) {
        try (CommandNode guarded = CommandNode.start(other, "sesame")) {
            guarded.run("stream", "list", "--token=sesame").expect(ExitCode.OK);
            CommandRun.of(Map.of("KERA_URI", guarded.uri("tcp"), "KERA_TOKEN", "sesame"), "", "stream", "list")
                    .expect(ExitCode.OK);
            final CommandRun refused = guarded.run("stream", "list").expect(ExitCode.UNAUTHORIZED);
            assertTrue(refused.err().contains("--token"), refused.err());
        }
    }
}
