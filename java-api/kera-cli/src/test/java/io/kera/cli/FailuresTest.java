package io.kera.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.cli.console.ExitCode;
import io.kera.cli.testing.CommandRun;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FailuresTest {
    @TempDir
    Path folder;

    @Test
    void saysThatAFileIsNotThere() {
        final String missing = folder.resolve("none").toString();
        final String said =
                CommandRun.of("dump", missing).expect(ExitCode.NOT_FOUND).err();
        assertTrue(said.endsWith("file=" + missing + "; there is no such file\n"), said);
    }

    @Test
    void printsErrorsAsJsonWhereJsonIsAFlag() {
        assertTrue(CommandRun.of("dump", "--json", folder.resolve("none").toString())
                .expect(ExitCode.NOT_FOUND)
                .err()
                .startsWith("{\"error\":"));
    }

    @Test
    void tellsAnotherProtocolFromANode() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            final Thread web = new Thread(() -> answer(server));
            web.start();
            final String said = CommandRun.of(
                            "stream", "list", "--timeout", "2s", "--uri", "tcp:127.0.0.1:" + server.getLocalPort())
                    .expect(ExitCode.UNREACHABLE)
                    .err();
            assertTrue(said.contains("speaks another protocol, and is no node: check --uri"), said);
            server.close();
            web.join();
        }
    }

    /** As a web server that is asked nothing that it understands, until nobody asks any more. */
    private static void answer(ServerSocket server) {
        while (!server.isClosed()) {
            try (Socket client = server.accept()) {
                client.getOutputStream().write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                client.shutdownOutput();
                client.getInputStream().readAllBytes();
            } catch (IOException e) {
                // The knock before the session, or the end.
                Thread.yield();
            }
        }
    }

    @Test
    void refusesLanesThatCannotBe() {
        assertTrue(CommandRun.of("stream", "alter", "clicks", "--lanes", "0")
                .expect(ExitCode.MISUSED)
                .err()
                .contains("--lanes=0 limit=1..64"));
    }
}
