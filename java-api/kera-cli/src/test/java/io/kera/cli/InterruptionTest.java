package io.kera.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.cli.console.ExitCode;
import io.kera.cli.testing.CommandNode;
import io.kera.cli.testing.CommandRun;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands in processes of their own, which are ended. */
class InterruptionTest {
    private static final int TERMINATED = 128 + 15;

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

    private static Process kera(String... arguments) throws IOException {
        final List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-opens",
                "java.base/jdk.internal.misc=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path")));
        final String path = System.getProperty("kera.native.path");
        if (path != null) {
            command.add(1, "-Dkera.native.path=" + path);
        }
        command.add(Kera.class.getName());
        command.addAll(List.of(arguments));
        final ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("KERA_URI", node.uri("tcp"));
        return builder.start();
    }

    private static String rest(BufferedReader reader) throws IOException {
        final StringBuilder text = new StringBuilder();
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            text.append(line).append('\n');
        }
        return text.toString();
    }

    @Test
    void endsWhatFollowsWithItsSummary() throws Exception {
        node.run("stream", "create", "followed").expect(ExitCode.OK);
        node.runWith("one\ntwo\n", "produce", "followed").expect(ExitCode.OK);
        final Process process = kera("consume", "followed", "--follow");
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
                BufferedReader err = process.errorReader(StandardCharsets.UTF_8)) {
            assertEquals("one", out.readLine());
            assertEquals("two", out.readLine());
            process.toHandle().destroy();
            assertEquals("", rest(out));
            final String told = rest(err);
            assertTrue(told.contains("read 2 records"), told);
            assertEquals(TERMINATED, process.waitFor());
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void sendsWhatItHasReadWhenItIsEndedWhileItWaitsForMore() throws Exception {
        node.run("stream", "create", "typed").expect(ExitCode.OK);
        final Process process = kera("produce", "typed");
        try (OutputStream in = process.getOutputStream();
                BufferedReader err =
                        new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8))) {
            in.write("one\ntwo\nhalf".getBytes(StandardCharsets.UTF_8));
            in.flush();
            // It has read the lines when they can be read back.
            assertEquals(
                    "one\ntwo\n",
                    node.run("consume", "typed", "--follow", "--count=2")
                            .expect(ExitCode.OK)
                            .out());
            process.toHandle().destroy();
            final String told = rest(err);
            assertTrue(told.contains("sent 2 records"), told);
            assertEquals(TERMINATED, process.waitFor());
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void runsANodeThatStopsInOrder() throws Exception {
        final Process process = kera(
                "node",
                "--data-folder=" + folder.resolve("other"),
                "--listen=tcp:127.0.0.1:0",
                "--http-listen=off",
                "--memory-arena=64m");
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            String line = out.readLine();
            while (line != null && !line.contains("clients   tcp:")) {
                line = out.readLine();
            }
            assertTrue(line != null, "the node has said where it listens");
            final String uri = line.substring(line.indexOf("tcp:"));
            CommandRun.of("stream", "create", "there", "--uri=" + uri).expect(ExitCode.OK);
            process.toHandle().destroy();
            assertEquals(0, process.waitFor());
        } finally {
            process.destroyForcibly();
        }
    }
}
