package io.kera.bench.race;

import io.kera.bench.load.LoadResult;
import io.kera.bench.load.Workload;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A client and its server; each run is a new client process. Immutable.
 *
 * @param name as it is shown
 * @param ours whether it is KerA's
 * @param server that it talks to
 * @param transport over which
 * @param command that starts the client, without the workload
 * @param fit what of a workload this client does in its own way
 */
record Contestant(
        String name, boolean ours, Server server, String transport, List<String> command, UnaryOperator<Workload> fit) {
    private static final long BEYOND_SECONDS = 120;

    /** The same client used otherwise, under another name. */
    Contestant as(String otherName, UnaryOperator<Workload> more) {
        return new Contestant(otherName, ours, server, transport, command, workload -> more.apply(fit.apply(workload)));
    }

    LoadResult run(Workload workload) throws IOException, InterruptedException {
        final List<String> words = new ArrayList<>(command);
        words.add("uri=" + server.address(transport));
        words.add("server_pid=" + server.pid());
        fit.apply(workload).toMap().forEach((key, value) -> words.add(key + "=" + value));
        final long secondsMax = (long) workload.secondsMax() + BEYOND_SECONDS;
        return LoadResult.parse(ChildProcess.run(words, secondsMax));
    }
}
