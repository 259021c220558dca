package io.kera.bench.peer;

import io.kera.bench.load.Workload;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** NATS JetStream: its server, which Go builds from its module, and its Java client from Maven Central. One thread. */
final class NatsPeer implements Peer {
    static final String SYSTEM = "nats";
    static final List<String> CLIENTS = List.of("nats, file", "nats, memory");
    static final Set<Discipline> DISCIPLINES =
            EnumSet.of(Discipline.PRODUCE, Discipline.CONSUME, Discipline.LATENCY, Discipline.PRODUCE_SHARED);

    /** Of the Java client. */
    private static final String VERSION = "2.26.2";

    private static final List<String> PROMISES = List.of(
            "acknowledged when it is written to the page cache; after kill -9 all of it is there",
            "acknowledged when in the server's memory; after kill -9 nothing of it is there");

    /** It fills a stream far more slowly than it reads it. */
    private static final long PRELOAD = 64L << 20;

    private final NatsServer server;
    private final List<String> command;

    private NatsPeer(NatsServer server, List<String> command) {
        this.server = server;
        this.command = command;
    }

    static NatsPeer open(Path folder, PrintStream progress) throws IOException, InterruptedException {
        final PeerBuild build =
                PeerBuild.of("nats", VERSION, List.of("src/io/kera/bench/nats/NatsEngine.java"), folder, progress);
        final NatsServer server = NatsServer.start(NatsServer.build(folder, progress));
        server.settle();
        return new NatsPeer(
                server,
                JavaCommand.client(
                        build.engineClassPath() + ":" + JavaCommand.classPath(),
                        "io.kera.bench.nats.NatsEngine",
                        List.of()));
    }

    @Override
    public String system() {
        return SYSTEM;
    }

    @Override
    public List<Contestant> contestants(Discipline discipline) {
        return DISCIPLINES.contains(discipline) ? List.of(contestant(0, "file"), contestant(1, "memory")) : List.of();
    }

    private Contestant contestant(int number, String storage) {
        return new Contestant(
                new Entrant(SYSTEM, CLIENTS.get(number), PROMISES.get(number)),
                server,
                storage,
                command,
                NatsPeer::fit);
    }

    private static Workload fit(Workload workload) {
        return workload.with("one_thread", false).with("preload", PRELOAD);
    }

    @Override
    public void close() {
        server.close();
    }
}
