package io.kera.node.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What clients do to one another: nothing. Polled by hand, with a clock that moves by hand. */
class HttpPortTest {
    private static final long PATIENCE_NANOS = 60_000_000_000L;

    private final List<Socket> sockets = new ArrayList<>();
    private final List<HttpConnection> waiting = new ArrayList<>();
    private long nowNs = 1;
    private HttpPort port;

    @BeforeEach
    void open() throws IOException {
        port = new HttpPort(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), () -> nowNs, (path, connection) -> {
                    if ("/later".equals(path)) {
                        waiting.add(connection);
                    } else if ("/large".equals(path)) {
                        port.answer(connection, HttpAnswer.plain(HttpAnswer.OK, "x".repeat(64 << 20)));
                    } else {
                        port.answer(connection, HttpAnswer.plain(HttpAnswer.OK, "path " + path));
                    }
                });
    }

    @AfterEach
    void close() throws IOException {
        port.close();
        for (final Socket socket : sockets) {
            socket.close();
        }
    }

    private Socket client(String request) throws IOException {
        final Socket socket = new Socket(InetAddress.getLoopbackAddress(), port.port());
        sockets.add(socket);
        send(socket, request);
        return socket;
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private interface Condition {
        boolean holds() throws IOException;
    }

    private void pollUntil(Condition condition) throws IOException {
        final long giveUpNs = System.nanoTime() + PATIENCE_NANOS;
        while (!condition.holds()) {
            port.poll(1);
            assertTrue(System.nanoTime() - giveUpNs < 0, "connections=" + port.connections());
        }
    }

    private String answer(Socket socket) throws IOException {
        final StringBuilder heard = new StringBuilder();
        final byte[] bytes = new byte[64 << 10];
        socket.setSoTimeout(1);
        pollUntil(() -> {
            try {
                final int count = socket.getInputStream().read(bytes);
                heard.append(new String(bytes, 0, Math.max(0, count), StandardCharsets.ISO_8859_1));
                return count < 0;
            } catch (java.net.SocketTimeoutException e) {
                return false;
            }
        });
        return heard.toString();
    }

    private String ask(String request) throws IOException {
        return answer(client(request));
    }

    @Test
    void answersARequestInWhateverPiecesItComes() throws IOException {
        assertTrue(ask("GET /a HTTP/1.1\r\nHost: x\r\n\r\n").endsWith("\r\n\r\npath /a"));
        assertTrue(ask("GET /b?c=d HTTP/1.0\n\n").endsWith("path /b"));
        final Socket slow = client("");
        for (final char letter : "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n".toCharArray()) {
            send(slow, String.valueOf(letter));
            port.poll(0);
        }
        assertTrue(answer(slow).endsWith("path /slow"));
    }

    @Test
    void answersTheHeadAloneToWhoAsksForIt() throws IOException {
        final String answer = ask("HEAD /a HTTP/1.1\r\n\r\n");
        assertTrue(answer.contains("Content-Length: 7\r\n") && answer.endsWith("\r\n\r\n"), answer);
    }

    @Test
    void answersWhileAnyNumberOfOthersHaveSentHalfOfTheirs() throws IOException {
        for (int half = 0; half < 3 * HttpPort.CONNECTIONS_MAX; half++) {
            client("GET /half HTTP/1.1\r\nHost:");
            port.poll(0);
        }
        pollUntil(() -> port.connections() == HttpPort.CONNECTIONS_MAX);
        assertTrue(ask("GET /healthz HTTP/1.1\r\n\r\n").endsWith("path /healthz"));
        assertTrue(port.connections() <= HttpPort.CONNECTIONS_MAX);
    }

    @Test
    void endsWhoeverSendsNoWholeRequestInTime() throws IOException {
        client("");
        client("GET /half");
        pollUntil(() -> port.connections() == 2);
        nowNs += HttpConnection.REQUEST_NANOS;
        pollUntil(() -> port.connections() == 0);
    }

    @Test
    void endsWhoeverDoesNotReadItsAnswerInTime() throws IOException {
        client("GET /large HTTP/1.1\r\n\r\n");
        pollUntil(() -> port.connections() == 1);
        for (int count = 0; count < 100; count++) {
            port.poll(0);
        }
        assertEquals(1, port.connections());
        nowNs += HttpConnection.ANSWER_NANOS;
        pollUntil(() -> port.connections() == 0);
    }

    @Test
    void endsWhoeverGoesOnSendingBehindItsRequest() throws IOException {
        client("GET /a HTTP/1.1\r\n\r\n" + "x".repeat(4 * HttpConnection.HEAD_BYTES_MAX));
        pollUntil(() -> port.connections() == 1);
        nowNs += HttpConnection.END_NANOS;
        pollUntil(() -> port.connections() == 0);
    }

    @Test
    void answersLaterAndForgetsWhoHasGoneMeanwhile() throws IOException {
        final Socket patient = client("GET /later HTTP/1.1\r\n\r\n");
        final Socket gone = client("GET /later HTTP/1.1\r\n\r\n");
        pollUntil(() -> waiting.size() == 2);
        gone.setSoLinger(true, 0);
        gone.close();
        waiting.forEach(connection -> port.answer(connection, HttpAnswer.plain(HttpAnswer.OK, "at last")));
        assertTrue(answer(patient).endsWith("at last"));
        patient.close();
        pollUntil(() -> port.connections() == 0);
    }

    @Test
    void saysWhatIsWrongWithARequest() throws IOException {
        assertTrue(ask("GET /" + "a".repeat(HttpConnection.HEAD_BYTES_MAX)).startsWith("HTTP/1.1 431 "));
        assertTrue(ask("POST /a HTTP/1.1\r\n\r\nbody").startsWith("HTTP/1.1 405 "));
        for (final String bad :
                List.of("\r\n\r\n", "GET\r\n\r\n", "GET /a b HTTP/1.1\n\n", "GET a HTTP/1.1\n\n", "\0\0\n\n")) {
            assertTrue(ask(bad).startsWith("HTTP/1.1 400 "), bad);
        }
        assertTrue(ask("GET /a SPDY/9\r\n\r\n").startsWith("HTTP/1.1 400 "));
    }
}
