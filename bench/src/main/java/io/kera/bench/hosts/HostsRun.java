package io.kera.bench.hosts;

import io.kera.bench.load.LoadResult;
import io.kera.bench.load.Workload;
import io.kera.bench.peer.ChildFailure;
import io.kera.bench.peer.ChildProcess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A load on several machines, once: starts the node, then all clients at the same time, each on streams of its own, and
 * adds up what they say by role. One thread.
 */
public final class HostsRun {
    private static final String CLIENTS = "  clients   ";
    private static final String LAST_LINE = "  shutdown.timeout";
    private static final long START_SECONDS = 120;
    private static final long BEYOND_SECONDS = 180;

    private HostsRun() {}

    /** What one role did, together. */
    public record Outcome(Workload workload, int processes, LoadResult result) {}

    /** By role. */
    static Map<String, Outcome> run(HostsFile file) throws IOException, InterruptedException {
        final Host host = file.server();
        try (ChildProcess node = ChildProcess.start(host.command(host.node(), file.serverSettings()))) {
            return load(file, listening(file, node));
        }
    }

    /** What clients are given, as soon as it takes appends. */
    private static String listening(HostsFile file, ChildProcess node) throws IOException, InterruptedException {
        try {
            final String listens = node.await(line -> line.startsWith(CLIENTS + file.transport() + ":"), START_SECONDS)
                    .substring(CLIENTS.length());
            node.await(line -> line.startsWith(LAST_LINE), START_SECONDS);
            return file.address().isEmpty() ? listens : file.address();
        } catch (ChildFailure e) {
            throw HostTrouble.of(file.server(), "server", "node", e);
        }
    }

    private static Map<String, Outcome> load(HostsFile file, String address) throws IOException, InterruptedException {
        final List<ChildProcess> started = new ArrayList<>();
        try {
            int number = 0;
            for (final HostsFile.Client client : file.clients()) {
                final List<String> arguments = new ArrayList<>(List.of("uri=" + address));
                client.workload()
                        .with("stream", client.workload().stream() + "-" + number++)
                        .toMap()
                        .forEach((key, value) -> arguments.add(key + "=" + value));
                started.add(
                        ChildProcess.start(client.host().command(client.host().client(), arguments)));
            }
            final Map<String, Outcome> outcomes = new LinkedHashMap<>();
            for (int at = 0; at < started.size(); at++) {
                final HostsFile.Client client = file.clients().get(at);
                final Workload workload = client.workload();
                final LoadResult result = LoadResult.parse(lines(started.get(at), client));
                outcomes.merge(
                        client.role(),
                        new Outcome(workload, 1, result),
                        (one, other) ->
                                new Outcome(workload, one.processes + other.processes, one.result.plus(other.result)));
            }
            return outcomes;
        } finally {
            started.forEach(ChildProcess::close);
        }
    }

    private static List<String> lines(ChildProcess process, HostsFile.Client client)
            throws IOException, InterruptedException {
        try {
            return process.awaitEnd((long) client.workload().secondsMax() + BEYOND_SECONDS);
        } catch (ChildFailure e) {
            throw HostTrouble.of(client.host(), "role." + client.role(), "client", e);
        }
    }

    /** Reads the file, and runs what it says. */
    public static Map<String, Outcome> run(java.nio.file.Path file) throws IOException, InterruptedException {
        return run(HostsFile.read(file));
    }
}
