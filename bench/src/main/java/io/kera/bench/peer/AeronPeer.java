package io.kera.bench.peer;

import io.kera.bench.load.Workload;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Aeron with its Archive, in shared memory (IPC) and over UDP on loopback. One thread. */
final class AeronPeer implements Peer {
    static final String SYSTEM = "aeron-archive";
    static final List<String> CLIENTS = List.of("aeron archive");
    static final Set<Discipline> DISCIPLINES =
            EnumSet.of(Discipline.PRODUCE, Discipline.PRODUCE_LOCALLY, Discipline.LATENCY, Discipline.LATENCY_LOCALLY);

    private static final String VERSION = "1.51.0";
    private static final String PROMISE =
            "acknowledged when recorded, in the page cache; after kill -9 what was recorded is there";
    private static final String LIVE_PROMISE = "read before it is recorded; after kill -9 what was recorded is there";
    private static final List<String> SOURCES = List.of(
            "src/io/kera/bench/aeron/AeronEngine.java",
            "src/io/kera/bench/aeron/AeronSink.java",
            "src/io/kera/bench/aeron/AeronSource.java");

    private final AeronServer server;
    private final List<String> command;

    private AeronPeer(AeronServer server, List<String> command) {
        this.server = server;
        this.command = command;
    }

    static AeronPeer open(Path folder, PrintStream progress) throws IOException, InterruptedException {
        final PeerBuild build = PeerBuild.of("aeron-archive", VERSION, SOURCES, folder, progress);
        return new AeronPeer(
                AeronServer.start(build),
                JavaCommand.client(
                        build.engineClassPath() + ":" + JavaCommand.classPath(),
                        "io.kera.bench.aeron.AeronEngine",
                        List.of("--add-opens=java.base/sun.nio.ch=ALL-UNNAMED")));
    }

    @Override
    public String system() {
        return SYSTEM;
    }

    /** In offers of one record and of many: 16 KiB. */
    @Override
    public List<Contestant> contestants(Discipline discipline) {
        return switch (discipline) {
            case PRODUCE ->
                List.of(
                        contestant("aeron archive, udp", "channel=udp&batch=1&read=live", PROMISE),
                        contestant("aeron archive, udp, 16 KiB offers", "channel=udp&batch=16384&read=live", PROMISE));
            case PRODUCE_LOCALLY ->
                List.of(
                        contestant("aeron archive, ipc", "channel=ipc&batch=1&read=live", PROMISE),
                        contestant("aeron archive, ipc, 16 KiB offers", "channel=ipc&batch=16384&read=live", PROMISE));
            case LATENCY ->
                List.of(contestant("aeron archive, udp, replay", "channel=udp&batch=1&read=replay", PROMISE));
            case LATENCY_LOCALLY ->
                List.of(
                        contestant("aeron archive, ipc, live", "channel=ipc&batch=1&read=live", LIVE_PROMISE)
                                .as("aeron archive, ipc, live, one thread", AeronPeer::oneThread),
                        contestant("aeron archive, ipc, replay", "channel=ipc&batch=1&read=replay", PROMISE)
                                .as("aeron archive, ipc, replay, one thread", AeronPeer::oneThread));
            default -> List.of();
        };
    }

    private Contestant contestant(String name, String options, String promise) {
        return new Contestant(new Entrant(SYSTEM, name, promise), server, options, command, AeronPeer::fit);
    }

    /** As our client there: it sends and reads, and never sleeps, beside the server's processor. */
    private static Workload oneThread(Workload workload) {
        return workload.with("one_thread", true);
    }

    private static Workload fit(Workload workload) {
        return workload.with("one_thread", false);
    }

    @Override
    public void close() {
        server.close();
    }
}
