package io.kera.bench.peer;

import io.kera.bench.load.LoadMain;
import io.kera.bench.load.LoadResult;
import io.kera.bench.load.Workload;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A client and its server; each run is a new client process. Immutable.
 *
 * @param entrant who it is
 * @param server that it talks to
 * @param transport over which, in the server's words
 * @param command that starts the client, without the workload
 * @param fit what of a workload this client does in its own way
 */
public record Contestant(
        Entrant entrant, Server server, String transport, List<String> command, UnaryOperator<Workload> fit) {
    private static final long BEYOND_SECONDS = 120;

    /** As it is shown. */
    public String name() {
        return entrant.name();
    }

    /** The same client used otherwise, under another name. */
    public Contestant as(String otherName, UnaryOperator<Workload> more) {
        return new Contestant(
                new Entrant(entrant.system(), otherName, entrant.promise()),
                server,
                transport,
                command,
                workload -> more.apply(fit.apply(workload)));
    }

    /** The same client of another server. */
    public Contestant on(Server other) {
        return new Contestant(entrant, other, transport, command, fit);
    }

    /** One run, in a process of its own. */
    public LoadResult run(Workload workload) throws IOException, InterruptedException {
        server.resume();
        try {
            final long secondsMax = (long) workload.secondsMax() + BEYOND_SECONDS;
            return LoadResult.parse(ChildProcess.run(words(workload), secondsMax));
        } finally {
            server.pause();
        }
    }

    /** A client that has sent and read, and does nothing any more until it is closed. */
    public ChildProcess idle(String stream) throws IOException, InterruptedException {
        final ChildProcess client =
                ChildProcess.start(words(Workload.of(Workload.Kind.IDLE).with("stream", stream)));
        boolean isIdle = false;
        try {
            client.await(LoadMain.IDLE::equals, BEYOND_SECONDS);
            isIdle = true;
            return client;
        } finally {
            if (!isIdle) {
                client.close();
            }
        }
    }

    private List<String> words(Workload workload) {
        final List<String> words = new ArrayList<>(command);
        words.add("uri=" + server.address(transport));
        words.add("server_pid=" + server.pid());
        fit.apply(workload).toMap().forEach((key, value) -> words.add(key + "=" + value));
        return words;
    }
}
