package io.kera.cli.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.kera.cli.Kera;
import io.kera.cli.console.Console;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** What a command line did, with streams of its own. Immutable. */
public final class CommandRun {
    private final int status;
    private final byte[] bytes;
    private final String err;

    private CommandRun(int status, byte[] bytes, String err) {
        this.status = status;
        this.bytes = bytes;
        this.err = err;
    }

    public static CommandRun of(String... arguments) {
        return of(Map.of(), "", arguments);
    }

    public static CommandRun of(Map<String, String> environment, String in, String... arguments) {
        return of(environment, new ByteArrayInputStream(in.getBytes(StandardCharsets.UTF_8)), arguments);
    }

    public static CommandRun of(Map<String, String> environment, InputStream in, String... arguments) {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        final ByteArrayOutputStream err = new ByteArrayOutputStream();
        final int status = Kera.run(new Console(in, out, err, environment, false), arguments);
        return new CommandRun(status, out.toByteArray(), err.toString(StandardCharsets.UTF_8));
    }

    /** Standard output as it is. */
    public byte[] bytes() {
        return bytes;
    }

    public String err() {
        return err;
    }

    public int status() {
        return status;
    }

    public String out() {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Fails the test, with all that was said, unless the status is that one. */
    public CommandRun expect(int expected) {
        assertEquals(expected, status, () -> "out:\n" + out() + "err:\n" + err);
        return this;
    }

    /** Standard output, one object a line. */
    public List<Map<String, Object>> json() {
        return out().lines().map(JsonText::object).toList();
    }

    /** The error that was reported in JSON. */
    public Map<String, Object> jsonError() {
        return JsonText.object(JsonText.object(err), "error");
    }
}
