package io.kera.ffi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Refusals; what arrives is tested by {@code deploy/test}, for Java cannot receive such datagrams either. */
class ServiceSocketTest {
    private static final int NO_SUCH_FILE = 2;
    private static final int CONNECTION_REFUSED = 111;
    private static final int NAME_TOO_LONG = 36;

    @TempDir
    Path folder;

    @Test
    void saysThatNobodyListens() {
        assertEquals(NO_SUCH_FILE, ServiceSocket.send(folder.resolve("none").toString(), "READY=1"));
        assertEquals(CONNECTION_REFUSED, ServiceSocket.send("@" + folder, "READY=1"));
    }

    @Test
    void refusesNamesThatFitIntoNoAddress() {
        assertEquals(NAME_TOO_LONG, ServiceSocket.send("/" + "x".repeat(107), "READY=1"));
        assertEquals(NO_SUCH_FILE, ServiceSocket.send("/" + "x".repeat(106), "READY=1"));
        assertEquals(NAME_TOO_LONG, ServiceSocket.send("", "READY=1"));
    }
}
