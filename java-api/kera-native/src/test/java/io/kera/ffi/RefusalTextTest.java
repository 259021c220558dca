package io.kera.ffi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class RefusalTextTest {
    @Test
    void namesTheThingItsValueAndTheLimit() {
        assertEquals(
                "FRAME_TOO_LARGE frame_bytes=70000 limit=65536",
                RefusalText.of("FRAME_TOO_LARGE", "frame_bytes", 65_536, 70_000));
        assertEquals("UNKNOWN_STREAM stream=7", RefusalText.of("UNKNOWN_STREAM", "stream", 0, 7));
        assertEquals("INVALID_ARGUMENT lanes=0 limit=64", RefusalText.of("INVALID_ARGUMENT", "lanes", 64, 0));
        assertEquals("CLOSED connection", RefusalText.of("CLOSED", "connection", 0, 0));
        assertEquals("INTERNAL", RefusalText.of("INTERNAL", "", 0, 0));
    }

    @Test
    void saysInWordsWhatTheSystemSaid() {
        assertEquals(
                "INVALID_ARGUMENT bind_errno=98 (Address already in use)",
                RefusalText.of("INVALID_ARGUMENT", "bind_errno", 0, 98));
        assertEquals("DISK_FAILED open_errno=4711", RefusalText.of("DISK_FAILED", "open_errno", 0, 4711));
    }
}
