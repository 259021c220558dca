package io.kera.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

class WindowTest {
    private final Window window = new Window(0, new LongAdder());

    @Test
    void knowsWhatWasDueBeforeInAndAfterIt() {
        final long before = System.nanoTime();
        assertEquals(0, window.partOf(before));
        assertFalse(window.isOpen());
        window.open();
        assertTrue(window.isOpen());
        assertEquals(0, window.partOf(before));
        assertEquals(0, window.partOf(window.beginNs() - 1));
        assertEquals(1, window.partOf(window.beginNs()));
        final long within = System.nanoTime();
        assertEquals(1, window.partOf(within));
        window.close();
        assertFalse(window.isOpen());
        assertEquals(1, window.partOf(within));
        assertEquals(2, window.partOf(System.nanoTime()));
    }
}
