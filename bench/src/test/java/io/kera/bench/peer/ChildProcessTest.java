package io.kera.bench.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChildProcessTest {
    @Test
    void doesNothingWhileItIsPaused() throws IOException {
        final ChildProcess process = ChildProcess.start(List.of("sleep", "1000"));
        try {
            process.pause();
            assertEquals('T', state(process));
            process.resume();
            assertNotEquals('T', state(process));
            process.pause();
        } finally {
            process.close();
        }
        assertFalse(process.isAlive());
    }

    /** As the kernel has it; T: stopped. */
    private static char state(ChildProcess process) throws IOException {
        final String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
        return stat.charAt(stat.lastIndexOf(')') + 2);
    }
}
