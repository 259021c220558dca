package io.kera.bench.peer;

import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ChildProcessTest {
    @Test
    void doesNothingWhileItIsPaused() throws IOException {
        final ChildProcess process = ChildProcess.start(List.of("sleep", "1000"));
        try {
            process.pause();
            awaitStopped(process, true);
            process.resume();
            awaitStopped(process, false);
            process.pause();
        } finally {
            process.close();
        }
        assertFalse(process.isAlive());
    }

    /** A signal that was sent is obeyed a little later, when the process gets a processor. */
    private static void awaitStopped(ChildProcess process, boolean wanted) throws IOException {
        while (isStopped(process) != wanted) {
            Thread.yield();
        }
    }

    private static boolean isStopped(ChildProcess process) throws IOException {
        final String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
        return stat.charAt(stat.lastIndexOf(')') + 2) == 'T';
    }
}
