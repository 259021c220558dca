package io.kera.bench.race;

import static io.kera.bench.race.Target.atLeast;
import static io.kera.bench.race.Target.atMost;
import static io.kera.bench.race.Target.ratioAtLeast;
import static io.kera.bench.race.Target.ratioAtMost;

import io.kera.bench.peer.Peer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The table of races, in its order. */
public final class Races {
    private static final String KAFKA = "kafka";
    private static final String NATS = "nats";

    private static final List<Target> SIXTH = List.of(ratioAtMost(1.0 / 6, KAFKA));
    private static final List<Target> SHARED_MEMORY_P99 = List.of(atMost(100));
    private static final List<Target> SHARED_MEMORY_P50 = List.of(atMost(4));
    private static final List<Target> NONE = List.of();

    private static final List<RaceCase> ALL = List.of(
            new ProduceCase("produce_tcp_100b", 100, ProduceCase.Way.TCP, List.of(ratioAtLeast(10, KAFKA)), SIXTH),
            new ProduceCase("produce_tcp_1k", 1024, ProduceCase.Way.TCP, List.of(ratioAtLeast(5, KAFKA)), SIXTH),
            new ProduceCase("produce_tcp_10k", 10240, ProduceCase.Way.TCP, List.of(ratioAtLeast(4, KAFKA)), SIXTH),
            new ProduceCase("produce_shm_100b", 100, ProduceCase.Way.SHM, List.of(atLeast(10)), SIXTH),
            new ProduceCase("produce_tcp_100b_send", 100, ProduceCase.Way.SEND, List.of(ratioAtLeast(4, KAFKA)), NONE),
            new ProduceCase(
                    "produce_tcp_100b_send_4t", 100, ProduceCase.Way.SEND_4T, List.of(ratioAtLeast(4, KAFKA)), NONE),
            new ConsumeCase("consume_tcp_100b", 100),
            new ConsumeCase("consume_tcp_1k", 1024),
            new LatencyCase(
                    "latency_1k_per_s",
                    1000,
                    List.of(Peer.Discipline.LATENCY),
                    false,
                    List.of(ofDefaults("latency_tcp_1k_per_s", 0.1, 0.05))),
            new LatencyCase(
                    "latency_10k_per_s",
                    10_000,
                    List.of(Peer.Discipline.LATENCY, Peer.Discipline.LATENCY_LOCALLY),
                    false,
                    List.of(
                            ofDefaults("latency_tcp_10k_per_s", 0.4, 0.25),
                            new LatencyCase.Ours(
                                    "latency_shm_10k_per_s",
                                    "kera shm",
                                    "shm",
                                    false,
                                    List.of(atMost(30)),
                                    List.of(atMost(500)),
                                    List.of(atMost(0.4)),
                                    List.of(atMost(0.25))),
                            new LatencyCase.Ours(
                                    "latency_tcp_one_thread_10k_per_s",
                                    "kera tcp, one thread",
                                    "tcp",
                                    true,
                                    List.of(ratioAtMost(0.125, KAFKA)),
                                    List.of(ratioAtMost(0.05, KAFKA)),
                                    NONE,
                                    NONE),
                            oneThread("latency_shm_one_thread_10k_per_s"))),
            new LatencyCase(
                    "latency_100k_per_s",
                    100_000,
                    List.of(Peer.Discipline.LATENCY_LOCALLY),
                    false,
                    List.of(oneThread("latency_shm_one_thread_100k_per_s"))),
            new LatencyCase(
                    "latency_busy_1k_per_s", 1000, List.of(), true, List.of(besideOthers("latency_tcp_busy_1k_per_s"))),
            new LatencyCase(
                    "latency_busy_10k_per_s",
                    10_000,
                    List.of(),
                    true,
                    List.of(besideOthers("latency_tcp_busy_10k_per_s"))),
            new StartCase(),
            new IdleCase());

    private Races() {}

    /** Of a client as most people open it, over TCP. */
    private static LatencyCase.Ours ofDefaults(String row, double clientCores, double serverCores) {
        return new LatencyCase.Ours(
                row,
                "kera tcp",
                "tcp",
                false,
                List.of(atMost(100), ratioAtMost(0.1, KAFKA), ratioAtMost(1.0 / 3, NATS)),
                List.of(atMost(1000), ratioAtMost(0.1, KAFKA), ratioAtMost(1.0 / 3, NATS)),
                List.of(atMost(clientCores)),
                List.of(atMost(serverCores)));
    }

    private static LatencyCase.Ours oneThread(String row) {
        return new LatencyCase.Ours(
                row, "kera shm, one thread", "shm", true, SHARED_MEMORY_P50, SHARED_MEMORY_P99, NONE, NONE);
    }

    private static LatencyCase.Ours besideOthers(String row) {
        return new LatencyCase.Ours(
                row, "kera tcp", "tcp", false, List.of(atMost(300)), List.of(atMost(8000)), NONE, NONE);
    }

    public static List<String> names() {
        return ALL.stream().map(RaceCase::name).toList();
    }

    /** Those whose names are given; all when none is. The folder keeps what peers need. */
    public static List<Row> run(
            List<String> only, List<String> peers, Path folder, List<String> nodeSettings, RaceOptions options)
            throws IOException, InterruptedException {
        final List<Row> rows = new ArrayList<>();
        try (Field field = Field.open(peers, folder, nodeSettings, options.progress())) {
            for (final RaceCase one : ALL) {
                if (only.isEmpty() || only.contains(one.name())) {
                    rows.addAll(one.run(field, options));
                }
            }
        }
        return rows;
    }
}
