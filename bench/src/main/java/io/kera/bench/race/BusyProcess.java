package io.kera.bench.race;

import io.kera.bench.peer.ChildProcess;
import io.kera.bench.peer.JavaCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Another program that wants a processor all the time: stress-ng where it is installed, else one of ours. */
final class BusyProcess implements AutoCloseable {
    static final String TEXT = "a process that never sleeps (`stress-ng --cpu 1`, where it is installed)";

    private static final Path STRESS = Path.of("/usr/bin/stress-ng");

    private final ChildProcess process;

    private BusyProcess(ChildProcess process) {
        this.process = process;
    }

    static BusyProcess start() throws IOException {
        return new BusyProcess(ChildProcess.start(
                Files.isExecutable(STRESS)
                        ? List.of(STRESS.toString(), "--cpu", "1")
                        : JavaCommand.of(
                                JavaCommand.classPath(),
                                List.of("-XX:+UseSerialGC", "-Xmx32m"),
                                BusyProcess.class.getName(),
                                List.of())));
    }

    /** Of the machine: one processor. */
    static double share() {
        return 1.0 / Runtime.getRuntime().availableProcessors();
    }

    /** Ours. */
    public static void main(String[] arguments) {
        long number = System.nanoTime();
        while (true) {
            number = number * 6364136223846793005L + 1442695040888963407L;
            if (number == 0) {
                System.out.println(number);
            }
        }
    }

    @Override
    public void close() {
        process.close();
    }
}
