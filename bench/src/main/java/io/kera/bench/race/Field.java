package io.kera.bench.race;

import io.kera.bench.load.Workload;
import io.kera.bench.peer.Absent;
import io.kera.bench.peer.Contestant;
import io.kera.bench.peer.EchoServer;
import io.kera.bench.peer.Entrant;
import io.kera.bench.peer.JavaCommand;
import io.kera.bench.peer.KafkaPeer;
import io.kera.bench.peer.KeraServer;
import io.kera.bench.peer.Peer;
import io.kera.bench.peer.Peers;
import io.kera.bench.peer.Server;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The servers of a race, up for as long as it lasts, and who may run on them. One thread. */
final class Field implements AutoCloseable {
    /** Who shows what the harness and the machine do without any of the systems. */
    static final String HARNESS = "harness";

    private static final String KERA_PROMISE = "acknowledged when in the node's memory; after kill -9 all is there";

    private final List<String> nodeSettings;
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final List<Peer> peers = new ArrayList<>();
    private final Server kera;
    private final Server echo;
    /** Null: nobody has needed it yet. */
    private @Nullable Server spinning;

    private Field(List<String> nodeSettings) throws IOException, InterruptedException {
        this.nodeSettings = nodeSettings;
        kera = KeraServer.start(nodeSettings);
        opened.add(kera);
        echo = EchoServer.start();
        opened.add(echo);
        kera.settle();
    }

    /** All are up and quiet when this returns; peers that cannot come are known. */
    static Field open(List<String> systems, Path folder, List<String> nodeSettings, PrintStream progress)
            throws IOException, InterruptedException {
        final Field field = new Field(nodeSettings);
        boolean complete = false;
        try {
            for (final String system : systems) {
                final Peer peer = Peers.open(system, folder, progress);
                field.opened.add(peer);
                field.peers.add(peer);
            }
            complete = true;
            return field;
        } finally {
            if (!complete) {
                field.close();
            }
        }
    }

    List<String> nodeSettings() {
        return nodeSettings;
    }

    /** Where that is asked for, and could be built. */
    Optional<KafkaPeer> kafka() {
        return peers.stream()
                .filter(KafkaPeer.class::isInstance)
                .map(KafkaPeer.class::cast)
                .findFirst();
    }

    /** A client of ours, by its defaults but for what is said. */
    Contestant kera(String name, String transport, UnaryOperator<Workload> fit) {
        return new Contestant(
                new Entrant(Outcome.OURS, name, KERA_PROMISE),
                kera,
                transport,
                JavaCommand.client(JavaCommand.classPath(), "io.kera.bench.load.KeraEngine", List.of()),
                fit);
    }

    /** The same with a node that never sleeps. */
    Contestant keraSpinning(String name, String transport, UnaryOperator<Workload> fit)
            throws IOException, InterruptedException {
        if (spinning == null) {
            spinning = KeraServer.startSpinning(nodeSettings);
            opened.add(spinning);
        }
        return kera(name, transport, fit).on(spinning);
    }

    /** All others. */
    List<Contestant> rivals(Peer.Discipline discipline) {
        return peers.stream()
                .flatMap(peer -> peer.contestants(discipline).stream())
                .toList();
    }

    List<Absent> absent(Peer.Discipline discipline) {
        return peers.stream().flatMap(peer -> peer.absent(discipline).stream()).toList();
    }

    /** What the harness costs with nothing behind it, and a plain echo by two threads and a process. */
    List<Contestant> harness() {
        return List.of(
                harness("harness alone", "io.kera.bench.load.NullEngine", "nothing is sent"),
                harness("plain echo over TCP", "io.kera.bench.load.EchoEngine", "nothing is kept"));
    }

    private Contestant harness(String name, String engine, String promise) {
        return new Contestant(
                new Entrant(HARNESS, name, promise),
                echo,
                "tcp",
                JavaCommand.client(JavaCommand.classPath(), engine, List.of()),
                workload -> workload.with("one_thread", false));
    }

    /** The last one that was started first. */
    @Override
    public void close() {
        for (int i = opened.size() - 1; i >= 0; i--) {
            try {
                opened.get(i).close();
            } catch (Exception e) {
                System.getLogger(Field.class.getName()).log(System.Logger.Level.WARNING, "close", e);
            }
        }
    }
}
