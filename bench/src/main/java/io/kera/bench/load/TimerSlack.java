package io.kera.bench.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How much later than asked for the kernel may wake a thread that sleeps: 50 us by default, which would be half of what
 * a fast system is timed for. Any thread, for itself alone: those of a system under test keep what they have.
 */
final class TimerSlack {
    private static final String LEAST_NS = "1";

    private TimerSlack() {}

    /** Of the calling thread, from now on; as it was where the kernel has no such file. */
    static boolean least() {
        try {
            // process/task/thread; the file is below the thread's own number only.
            final Path thread = Files.readSymbolicLink(Path.of("/proc/thread-self"));
            Files.writeString(Path.of("/proc", thread.getFileName().toString(), "timerslack_ns"), LEAST_NS);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
