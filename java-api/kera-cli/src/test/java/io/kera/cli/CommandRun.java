package io.kera.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** What a command line did, with streams of its own. Immutable. */
final class CommandRun {
    private final int status;
    private final byte[] bytes;
    private final String err;

    private CommandRun(int status, byte[] bytes, String err) {
        this.status = status;
        this.bytes = bytes;
        this.err = err;
    }

    static CommandRun of(String... arguments) {
        return of(Map.of(), "", arguments);
    }

    static CommandRun of(Map<String, String> environment, String in, String... arguments) {
        return of(environment, new ByteArrayInputStream(in.getBytes(StandardCharsets.UTF_8)), arguments);
    }

    static CommandRun of(Map<String, String> environment, InputStream in, String... arguments) {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        final ByteArrayOutputStream err = new ByteArrayOutputStream();
        final int status = Kera.run(new Console(in, out, err, environment, false), arguments);
        return new CommandRun(status, out.toByteArray(), err.toString(StandardCharsets.UTF_8));
    }

    /** Standard output as it is. */
    byte[] bytes() {
        return bytes;
    }

    String err() {
        return err;
    }

    int status() {
        return status;
    }

    String out() {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Fails the test, with all that was said, unless the status is that one. */
    CommandRun expect(int expected) {
        assertEquals(expected, status, () -> "out:\n" + out() + "err:\n" + err);
        return this;
    }

    /** Standard output, one object a line. */
    List<Map<String, Object>> json() {
        return out().lines().map(JsonText::object).toList();
    }

    /** The error that was reported in JSON. */
    Map<String, Object> jsonError() {
        return JsonText.object(JsonText.object(err), "error");
    }
}
