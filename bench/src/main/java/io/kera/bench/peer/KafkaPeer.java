package io.kera.bench.peer;

import io.kera.bench.load.Engine;
import io.kera.bench.load.Workload;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Apache Kafka: a broker as it comes from Maven Central, our engine for its Java client, and our program for librdkafka.
 * One thread.
 */
public final class KafkaPeer implements Peer {
    /** Of broker and Java client. */
    public static final String VERSION = "4.3.1";

    public static final String JAVA = "kafka java";
    static final String LIBRDKAFKA = "librdkafka";
    static final List<String> CLIENTS = List.of(JAVA, LIBRDKAFKA);

    static final Set<Discipline> DISCIPLINES = EnumSet.complementOf(EnumSet.of(Discipline.LATENCY_LOCALLY));

    private static final String ENGINE = "io.kera.bench.kafka.KafkaEngine";
    private static final String PROMISE =
            "acknowledged when in the page cache (acks=all, one replica); after kill -9 all of it is there";

    private final PeerBuild build;
    private final KafkaServer server;
    private final List<Contestant> clients;
    private final List<Absent> absent;

    private KafkaPeer(PeerBuild build, KafkaServer server, List<Contestant> clients, List<Absent> absent) {
        this.build = build;
        this.server = server;
        this.clients = clients;
        this.absent = absent;
    }

    static KafkaPeer open(Path folder, PrintStream progress) throws IOException, InterruptedException {
        final PeerBuild build =
                PeerBuild.of("kafka", VERSION, List.of("src/io/kera/bench/kafka/KafkaEngine.java"), folder, progress);
        final List<Absent> absent = new ArrayList<>();
        final List<List<String>> commands = new ArrayList<>();
        final List<String> names = new ArrayList<>();
        names.add(JAVA);
        commands.add(JavaCommand.client(build.engineClassPath() + ":" + JavaCommand.classPath(), ENGINE, List.of()));
        try {
            commands.add(List.of(NativeClient.compile(folder).toString()));
            names.add(LIBRDKAFKA);
        } catch (IOException e) {
            progress.println(LIBRDKAFKA + " cannot race: " + e.getMessage());
            absent.add(new Absent(Peers.KAFKA, LIBRDKAFKA, Peers.firstLine(e)));
        }
        final KafkaServer server = KafkaServer.start(build);
        server.settle();
        final List<Contestant> clients = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            clients.add(new Contestant(
                    new Entrant(Peers.KAFKA, names.get(i), PROMISE),
                    server,
                    "tcp",
                    commands.get(i),
                    workload -> workload.with("one_thread", false)));
        }
        return new KafkaPeer(build, server, clients, absent);
    }

    @Override
    public String system() {
        return Peers.KAFKA;
    }

    /**
     * Each client twice. For throughput: by its defaults and tuned. At a rate: without lingering, and lingering as by
     * default, which at a rate can be the better.
     */
    @Override
    public List<Contestant> contestants(Discipline discipline) {
        if (discipline == Discipline.IDLE) {
            return List.of(javaClient());
        }
        if (!DISCIPLINES.contains(discipline)) {
            return List.of();
        }
        final List<Contestant> all = new ArrayList<>();
        for (final Contestant one : clients) {
            if (discipline == Discipline.LATENCY) {
                all.add(one.as(one.name() + ", linger 0", lingering(0)));
                all.add(one.as(one.name() + ", linger 5 ms", lingering(-1)));
            } else {
                all.add(one);
                all.add(one.as(one.name() + ", tuned", workload -> workload.with("tuned", true)));
            }
        }
        return all;
    }

    private static UnaryOperator<Workload> lingering(long micros) {
        return workload -> workload.with("linger_us", micros);
    }

    @Override
    public List<Absent> absent(Discipline discipline) {
        return discipline == Discipline.IDLE || !DISCIPLINES.contains(discipline) ? List.of() : absent;
    }

    /** The Java client, by its defaults. */
    public Contestant javaClient() {
        return clients.get(0);
    }

    /** For those who start brokers of their own. */
    public PeerBuild build() {
        return build;
    }

    /** Its Java client in this process. */
    public Engine engine(String servers) {
        try {
            final List<URL> urls = new ArrayList<>();
            for (final String entry : build.engineClassPath().split(":")) {
                urls.add(Path.of(entry).toUri().toURL());
            }
            // Kept open for as long as the engine lives, which is as long as this process.
            final URLClassLoader loader =
                    new URLClassLoader(urls.toArray(new URL[0]), KafkaPeer.class.getClassLoader());
            Thread.currentThread().setContextClassLoader(loader);
            return Class.forName(ENGINE, true, loader)
                    .asSubclass(Engine.class)
                    .getConstructor(String.class, boolean.class)
                    .newInstance(servers, false);
        } catch (IOException | ReflectiveOperationException e) {
            throw new IllegalStateException("engine=" + ENGINE + " cannot be loaded", e);
        }
    }

    @Override
    public void close() {
        server.close();
    }
}
