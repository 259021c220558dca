package io.kera.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

class TimerSlackTest {
    @Test
    void isOfTheThreadThatAsksAndOfNoOther() throws Exception {
        final String before = ofThisThread();
        final FutureTask<String> task = new FutureTask<>(() -> {
            assertTrue(TimerSlack.least(), "the kernel refuses");
            return ofThisThread();
        });
        final Thread thread = new Thread(task);
        thread.start();
        assertEquals("1", task.get());
        thread.join();
        assertEquals(before, ofThisThread());
    }

    private static String ofThisThread() throws Exception {
        final Path thread = Files.readSymbolicLink(Path.of("/proc/thread-self"));
        return Files.readString(Path.of("/proc", thread.getFileName().toString(), "timerslack_ns"))
                .strip();
    }
}
