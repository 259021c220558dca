package io.kera.bench.race;

import io.kera.bench.load.LoadMain;
import io.kera.bench.load.Workload;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** The servers of a race, up for as long as it lasts, and who may run on them. One thread. */
final class Field implements AutoCloseable {
    static final String KERA_TCP = "kera tcp";
    static final String KERA_SHM = "kera shm";
    static final String KERA_SEND = "kera tcp, send(Record)";
    static final String KAFKA_JAVA = "kafka java";
    static final String LIBRDKAFKA = "librdkafka";

    private static final List<String> CLIENT_FLAGS = List.of("-Xmx1g");

    private final KafkaPeer peer;
    private final List<String> nodeSettings;
    private final Server kera;
    private final Server kafka;

    private Field(KafkaPeer peer, List<String> nodeSettings, Server kera, Server kafka) {
        this.peer = peer;
        this.nodeSettings = nodeSettings;
        this.kera = kera;
        this.kafka = kafka;
    }

    /** Both are up and quiet when this returns. */
    static Field open(KafkaPeer peer, List<String> nodeSettings) throws IOException, InterruptedException {
        final List<Server> started = new ArrayList<>();
        boolean opened = false;
        try {
            started.add(KeraServer.start(nodeSettings));
            started.add(KafkaServer.start(peer));
            for (final Server one : started) {
                one.settle();
            }
            opened = true;
            return new Field(peer, nodeSettings, started.get(0), started.get(1));
        } finally {
            if (!opened) {
                started.forEach(Server::close);
            }
        }
    }

    KafkaPeer peer() {
        return peer;
    }

    List<String> nodeSettings() {
        return nodeSettings;
    }

    Server kera() {
        return kera;
    }

    Server kafka() {
        return kafka;
    }

    Contestant keraTcp() {
        return kera(KERA_TCP, "tcp", workload -> workload);
    }

    Contestant keraShm() {
        return kera(KERA_SHM, "shm", workload -> workload);
    }

    /** The comfortable way: an object and a future for each record. */
    Contestant keraSend() {
        return kera(KERA_SEND, "tcp", workload -> workload.with("comfort", true));
    }

    /** Every client of Kafka's that there is here. */
    List<Contestant> kafkas() {
        final List<Contestant> all = new ArrayList<>();
        all.add(new Contestant(
                KAFKA_JAVA,
                false,
                kafka,
                "tcp",
                client(peer.engineClassPath() + ":" + JavaCommand.classPath(), KafkaPeer.ENGINE),
                workload -> workload.with("one_thread", false)));
        peer.nativeClient()
                .map(Path::toString)
                .ifPresent(program -> all.add(new Contestant(
                        LIBRDKAFKA,
                        false,
                        kafka,
                        "tcp",
                        List.of(program),
                        workload -> workload.with("one_thread", false))));
        return all;
    }

    /** Each client of Kafka's twice: without lingering, and lingering as by default, which at a rate can be the better. */
    List<Contestant> kafkasByLinger() {
        final List<Contestant> all = new ArrayList<>();
        for (final Contestant one : kafkas()) {
            all.add(one.as(one.name() + ", linger 0", workload -> workload.with("linger_us", 0)));
            all.add(one.as(one.name() + ", linger 5 ms", workload -> workload.with("linger_us", -1)));
        }
        return all;
    }

    private Contestant kera(String name, String transport, UnaryOperator<Workload> fit) {
        return new Contestant(
                name, true, kera, transport, client(JavaCommand.classPath(), "io.kera.bench.load.KeraEngine"), fit);
    }

    private static List<String> client(String classPath, String engine) {
        return JavaCommand.of(classPath, CLIENT_FLAGS, LoadMain.class.getName(), List.of("engine=" + engine));
    }

    @Override
    public void close() {
        kera.close();
        kafka.close();
    }
}
