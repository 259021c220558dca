package io.kera.bench.hosts;

import io.kera.bench.peer.ChildFailure;
import io.kera.cli.console.CommandFailure;
import io.kera.cli.console.ExitCode;
import java.util.ArrayList;
import java.util.List;

/** From what a process on a machine left behind to the machine's name, why it ended, and what to do. Any thread. */
final class HostTrouble {
    /** What ssh ends with when it is ssh that failed, and a shell that finds no such command. */
    private static final int NOT_REACHED = 255;

    private static final int NOT_FOUND = 127;
    private static final int LINES = 2;

    private HostTrouble() {}

    /**
     * As a failure.
     *
     * @param key of the hosts file, which put it there
     * @param program {@code node} or {@code client}
     */
    static CommandFailure of(Host host, String key, String program, ChildFailure e) {
        final String ended =
                e.exitStatus() == ChildFailure.RUNS ? "has not answered in time" : "exit_status=" + e.exitStatus();
        return new CommandFailure(
                ExitCode.FAILED,
                "host=" + host.name() + " (" + key + ") " + program + " " + ended + ": " + lastWords(e.said()) + "; "
                        + advice(host, program, e.exitStatus()),
                e);
    }

    private static String advice(Host host, String program, int exitStatus) {
        final String run = String.join(" ", host.run());
        if (exitStatus == NOT_REACHED && host.isOverSsh()) {
            return "'" + run + " true' must work without a question";
        }
        if (exitStatus == NOT_FOUND) {
            return "say where kera is by host." + host.name() + "." + program + "=/.../bin/kera "
                    + ("node".equals(program) ? "node" : "bench client");
        }
        return run.isEmpty() ? "it ran on this machine" : "it was run by '" + run + "'";
    }

    /** Without colours, and without what ssh says of itself when all is over. */
    private static String lastWords(List<String> said) {
        final List<String> words = new ArrayList<>();
        for (final String line : said) {
            final String plain = line.replaceAll("\\u001B\\[[0-9;]*m", "").strip();
            if (!plain.isEmpty() && !plain.matches("Connection to \\S+ closed\\.")) {
                words.add(plain);
            }
        }
        return words.isEmpty()
                ? "it said nothing"
                : String.join(" / ", words.subList(Math.max(0, words.size() - LINES), words.size()));
    }
}
