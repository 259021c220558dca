package io.kera.bench;

import io.kera.bench.load.Payload;
import io.kera.bench.load.Workload;
import java.util.Locale;
import picocli.CommandLine.Option;

/** What every load can be told. Filled by picocli. */
final class LoadOptions {
    @Option(names = "--streams", defaultValue = "1", description = "how many streams; default ${DEFAULT-VALUE}")
    private int streams = 1;

    @Option(names = "--streamlets", defaultValue = "1", description = "streamlets of each; default ${DEFAULT-VALUE}")
    private int streamlets = 1;

    @Option(names = "--producers", defaultValue = "1", description = "threads that send; default ${DEFAULT-VALUE}")
    private int producers = 1;

    @Option(
            names = "--threads",
            defaultValue = "1",
            description = "threads that send with each producer at the same time (produce only); default"
                    + " ${DEFAULT-VALUE}")
    private int threads = 1;

    @Option(names = "--consumers", defaultValue = "1", description = "threads that read; default ${DEFAULT-VALUE}")
    private int consumers = 1;

    @Option(
            names = "--payload",
            defaultValue = "100",
            description = "bytes of a value: N, uniform:LEAST..MOST, lognormal:MEDIAN:SIGMA or zipf:LEAST..MOST:S;"
                    + " default ${DEFAULT-VALUE}")
    private String payload = "100";

    @Option(
            names = "--rate",
            description = "records per second, sent when they are due (open loop; a late record is timed from when it"
                    + " was due); 0: as fast as it goes")
    private long rate = -1;

    @Option(
            names = "--warmup",
            defaultValue = "1",
            description = "seconds of warm-up, which do not count; default ${DEFAULT-VALUE}")
    private double warmup = 1;

    @Option(
            names = "--warmup-max",
            defaultValue = "0",
            description = "seconds that a load without a rate may take to become steady: until the rates of three"
                    + " seconds in a row agree within 10 %%; one with a rate warms that long; no more than --warmup:"
                    + " each warms for --warmup, steady or not; default ${DEFAULT-VALUE}")
    private double warmupMax = 0;

    @Option(names = "--seconds", defaultValue = "5", description = "seconds that count; default ${DEFAULT-VALUE}")
    private double seconds = 5;

    @Option(
            names = "--acks",
            defaultValue = "default",
            description = "none, leader, replicas, disk, or default: the client's own; default ${DEFAULT-VALUE}")
    private String acks = "default";

    @Option(
            names = "--send",
            defaultValue = Workload.CLAIM,
            description = "how records are sent: claim, callback (send(record, callback)) or future (send(record));"
                    + " default ${DEFAULT-VALUE}")
    private String send = Workload.CLAIM;

    @Option(names = "--linger", description = "microseconds that a record waits for others; default: the client's own")
    private long linger = -1;

    @Option(
            names = "--retention",
            description = "retention of each streamlet, in bytes; default for produce and mixed: a quarter GiB,"
                    + " shared by all streamlets")
    private long retention = -1;

    @Option(names = "--one-thread", description = "one thread sends, polls the connection and reads, and never sleeps")
    private boolean oneThread;

    @Option(names = "--spin", description = "a producer ahead of its rate spins instead of sleeping")
    private boolean spin;

    @Option(
            names = "--preload",
            defaultValue = "512",
            description = "MB that consume reads repeatedly; default ${DEFAULT-VALUE}")
    private long preload = 512;

    Workload workload(Workload.Kind kind, String stream, long defaultRate, long defaultLinger) {
        final boolean limited = kind == Workload.Kind.PRODUCE || kind == Workload.Kind.MIXED;
        return new Workload(
                kind,
                stream,
                streams,
                streamlets,
                producers,
                threads,
                consumers,
                Payload.parse(payload),
                rate < 0 ? defaultRate : rate,
                warmup,
                warmupMax,
                seconds,
                acks.toLowerCase(Locale.ROOT),
                send.toLowerCase(Locale.ROOT),
                linger < 0 ? defaultLinger : linger,
                oneThread,
                spin,
                false,
                retention >= 0 ? retention : limited ? (256L << 20) / streamlets / streams : -1,
                preload * 1_000_000);
    }
}
