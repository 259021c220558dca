package io.kera.bench.load;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What is to be done, whoever does it; immutable.
 *
 * @param kind what is done
 * @param stream names of streams begin so; they are made for the run and deleted after it
 * @param streams how many there are
 * @param streamlets of each
 * @param producers threads that send
 * @param threads of each producer, which send with it at the same time, where the engine lets them
 * @param consumers threads that read
 * @param payload how long values are
 * @param rate records per second of all producers together, sent at their times (open loop); 0: as fast as it goes
 * @param warmupSeconds before anything counts, at least
 * @param warmupMaxSeconds how long a load without a rate may take to become steady, and how long one with a rate warms;
 *     no more than warmupSeconds: nobody looks, and that is how long it is
 * @param seconds that count
 * @param acks none, leader, replicas or disk; default: the engine's own
 * @param send claim: the engine's fastest way; callback: a callback for each record; future: records as objects, one
 *     future each
 * @param lingerMicros how long a record may wait for others; -1: the engine's default
 * @param oneThread one thread sends, drives the connection and reads, and never sleeps
 * @param spin a producer that is ahead of its rate spins instead of sleeping
 * @param tuned the engine's client has the settings that its documentation advises for throughput
 * @param retentionBytes of each streamlet; -1: no limit
 * @param preloadBytes what a consuming run reads, again and again
 */
public record Workload(
        Kind kind,
        String stream,
        int streams,
        int streamlets,
        int producers,
        int threads,
        int consumers,
        Payload payload,
        long rate,
        double warmupSeconds,
        double warmupMaxSeconds,
        double seconds,
        String acks,
        String send,
        long lingerMicros,
        boolean oneThread,
        boolean spin,
        boolean tuned,
        long retentionBytes,
        long preloadBytes) {
    /** The four loads, and none. */
    public enum Kind {
        PRODUCE,
        CONSUME,
        LATENCY,
        MIXED,
        /** Opens a producer and a consumer, uses each once, and then does nothing. */
        IDLE
    }

    public static final String CLAIM = "claim";
    public static final String CALLBACK = "callback";
    public static final String FUTURE = "future";

    private static final int THREADS_MAX = 1024;

    public Workload {
        within("streams", streams, 1, 1 << 20);
        within("streamlets", streamlets, 1, 1 << 20);
        within("producers", producers, 1, THREADS_MAX);
        within("threads", threads, 1, THREADS_MAX);
        within("consumers", consumers, 1, THREADS_MAX);
        within("rate", (double) rate, 0, 1L << 40);
        within("seconds", seconds, 0.05, 86_400);
        within("warmup", warmupSeconds, 0, 86_400);
        within("warmup_max", warmupMaxSeconds, 0, 86_400);
        if (kind == Kind.LATENCY && rate == 0) {
            throw new IllegalArgumentException("rate=0 limit=1; latency is measured at a rate");
        }
        if (oneThread && (producers != 1 || consumers != 1 || threads != 1)) {
            throw new IllegalArgumentException("one-thread with producers=" + producers + " threads=" + threads
                    + " consumers=" + consumers + " limit=1; one thread is one producer and one consumer");
        }
        if (threads > 1 && kind != Kind.PRODUCE) {
            throw new IllegalArgumentException("threads=" + threads + " limit=1; only produce shares a producer");
        }
        if (!java.util.List.of(CLAIM, CALLBACK, FUTURE).contains(send)) {
            throw new IllegalArgumentException("send=" + send + "; give claim, callback or future");
        }
        if (!java.util.List.of("default", "none", "leader", "replicas", "disk").contains(acks)) {
            throw new IllegalArgumentException("acks=" + acks + "; give default, none, leader, replicas or disk");
        }
    }

    /** As fast as it goes, everything by default. */
    public static Workload of(Kind kind) {
        return parse(Map.of("kind", kind.name()));
    }

    /** From what {@link #toMap} made; what is missing has its default. */
    public static Workload parse(Map<String, String> values) {
        final Kind kind = Kind.valueOf(values.getOrDefault("kind", "PRODUCE"));
        return new Workload(
                kind,
                values.getOrDefault("stream", "bench"),
                Math.toIntExact(integer(values, "streams", 1)),
                Math.toIntExact(integer(values, "streamlets", 1)),
                Math.toIntExact(integer(values, "producers", 1)),
                Math.toIntExact(integer(values, "threads", 1)),
                Math.toIntExact(integer(values, "consumers", 1)),
                Payload.parse(values.getOrDefault("payload", "100")),
                integer(values, "rate", kind == Kind.LATENCY ? 10_000 : 0),
                decimal(values, "warmup", 1),
                decimal(values, "warmup_max", 0),
                decimal(values, "seconds", 5),
                values.getOrDefault("acks", "default"),
                values.getOrDefault("send", CLAIM),
                integer(values, "linger_us", -1),
                Boolean.parseBoolean(values.getOrDefault("one_thread", "false")),
                Boolean.parseBoolean(values.getOrDefault("spin", "false")),
                Boolean.parseBoolean(values.getOrDefault("tuned", "false")),
                integer(values, "retention", -1),
                integer(values, "preload", 512L << 20));
    }

    /** For another process, of whatever language. */
    public Map<String, String> toMap() {
        final Map<String, String> values = new LinkedHashMap<>();
        values.put("kind", kind.name());
        values.put("stream", stream);
        values.put("streams", Integer.toString(streams));
        values.put("streamlets", Integer.toString(streamlets));
        values.put("producers", Integer.toString(producers));
        values.put("threads", Integer.toString(threads));
        values.put("consumers", Integer.toString(consumers));
        values.put("payload", payload.toString());
        values.put("rate", Long.toString(rate));
        values.put("warmup", Double.toString(warmupSeconds));
        values.put("warmup_max", Double.toString(warmupMaxSeconds));
        values.put("seconds", Double.toString(seconds));
        values.put("acks", acks);
        values.put("send", send);
        values.put("linger_us", Long.toString(lingerMicros));
        values.put("one_thread", Boolean.toString(oneThread));
        values.put("spin", Boolean.toString(spin));
        values.put("tuned", Boolean.toString(tuned));
        values.put("retention", Long.toString(retentionBytes));
        values.put("preload", Long.toString(preloadBytes));
        return values;
    }

    /** With some values changed; names as in {@link #toMap}. */
    public Workload with(String name, Object value) {
        final Map<String, String> values = toMap();
        if (!values.containsKey(name)) {
            throw new IllegalArgumentException("workload_value=" + name + "; there are " + values.keySet());
        }
        values.put(name, value.toString());
        return parse(values);
    }

    /** Warm-up and the time that counts, at most. */
    public double secondsMax() {
        return warmupMostSeconds() + seconds;
    }

    double warmupMostSeconds() {
        return Math.max(warmupSeconds, warmupMaxSeconds);
    }

    public String streamName(int number) {
        return streams == 1 ? stream : stream + "-" + number;
    }

    private static long integer(Map<String, String> values, String name, long absent) {
        try {
            return Long.parseLong(values.getOrDefault(name, Long.toString(absent)));
        } catch (NumberFormatException e) {
            throw notANumber(values, name, "a whole number", e);
        }
    }

    private static double decimal(Map<String, String> values, String name, double absent) {
        try {
            return Double.parseDouble(values.getOrDefault(name, Double.toString(absent)));
        } catch (NumberFormatException e) {
            throw notANumber(values, name, "a number", e);
        }
    }

    private static IllegalArgumentException notANumber(
            Map<String, String> values, String name, String wanted, NumberFormatException cause) {
        return new IllegalArgumentException(name + "=" + values.get(name) + "; give " + wanted, cause);
    }

    private static void within(String what, double value, double least, double most) {
        if (!(value >= least && value <= most)) {
            throw new IllegalArgumentException(what + "=" + value + " limit=" + (value < least ? least : most));
        }
    }
}
