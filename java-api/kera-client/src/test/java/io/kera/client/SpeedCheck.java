package io.kera.client;

import com.sun.management.OperatingSystemMXBean;
import io.kera.client.testing.Crew;
import io.kera.client.testing.LocalNode;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * A look at throughput and latency without a harness: {@code SpeedCheck shm|tcp|URI [seconds] [value bytes]}.
 *
 * <p>Prints what it measured; judges nothing. With a URI the node is another process, and processor time is the client's
 * alone.
 */
public final class SpeedCheck {
    private static final int BATCH = 1000;

    private SpeedCheck() {}

    public static void main(String[] args) {
        final String where = args.length > 0 ? args[0] : "shm";
        final long seconds = args.length > 1 ? Long.parseLong(args[1]) : 3;
        final int bytes = args.length > 2 ? Integer.parseInt(args[2]) : 100;
        if (where.contains(":")) {
            measure(where, seconds, bytes);
            return;
        }
        try (LocalNode node = new LocalNode(2L << 30)) {
            measure(node.uri(where), seconds, bytes);
            produceWithoutThread(node.uri(where), seconds, bytes);
            latency(node.uri(where));
        }
    }

    private static void measure(String uri, long seconds, int bytes) {
        for (int round = 0; round < 3; round++) {
            new Run(uri, bytes).claims(seconds);
            new Run(uri, bytes).exclusive(seconds);
            for (final int threads : new int[] {1, 2, 4, 16}) {
                new Run(uri, bytes).many("callbacks", threads, seconds, true);
            }
            new Run(uri, bytes).many("futures", 1, seconds, false);
        }
    }

    /** One measurement: a second without counting, then those that count; one record in {@code BATCH} is timed. */
    private static final class Run {
        private final String uri;
        private final int bytes;
        private final long[] acks = new long[1 << 20];
        private final AtomicInteger acknowledged = new AtomicInteger();
        private final LongAdder sent = new LongAdder();
        private final LongAdder failed = new LongAdder();
        private volatile boolean stopped;

        Run(String uri, int bytes) {
            this.uri = uri;
            this.bytes = bytes;
        }

        void claims(long seconds) {
            try (KeraClient client = KeraClient.connect(uri);
                    ExclusiveProducer producer = client.exclusiveProducer()) {
                final String stream = create(client);
                report("claims", 1, seconds, producer::flush, thread -> {
                    final StreamWriter writer = producer.stream(stream);
                    final byte[] value = new byte[bytes];
                    final Record timed = new Record(stream).value(value);
                    while (!stopped) {
                        for (int i = 1; i < BATCH; i++) {
                            final Claim claim = writer.claim(bytes);
                            claim.buffer().putBytes(0, value);
                            claim.commit();
                        }
                        producer.send(timed, timer());
                        sent.add(BATCH);
                    }
                });
                client.admin().deleteStream(stream);
            }
        }

        void exclusive(long seconds) {
            try (KeraClient client = KeraClient.connect(uri);
                    ExclusiveProducer producer = client.exclusiveProducer()) {
                final String stream = create(client);
                report("exclusive", 1, seconds, producer::flush, thread -> {
                    final Record record = new Record(stream).value(new byte[bytes]);
                    final SendCallback counts = counts();
                    while (!stopped) {
                        for (int i = 1; i < BATCH; i++) {
                            producer.send(record, counts);
                        }
                        producer.send(record, timer());
                        sent.add(BATCH);
                    }
                });
                client.admin().deleteStream(stream);
            }
        }

        void many(String what, int threads, long seconds, boolean callbacks) {
            try (KeraClient client = KeraClient.connect(uri);
                    Producer producer = client.producer()) {
                final String stream = create(client);
                report(what, threads, seconds, producer::flush, thread -> {
                    final Record record = new Record(stream).value(new byte[bytes]);
                    final SendCallback counts = counts();
                    while (!stopped) {
                        for (int i = 1; i < BATCH; i++) {
                            if (callbacks) {
                                producer.send(record, counts);
                            } else {
                                producer.send(record);
                            }
                        }
                        producer.send(record, timer());
                        sent.add(BATCH);
                    }
                });
                client.admin().deleteStream(stream);
            }
        }

        private static String create(KeraClient client) {
            final String stream = "speed-" + System.nanoTime();
            client.admin().createStream(stream, StreamSettings.DEFAULT.withRetentionBytes(256 << 20));
            return stream;
        }

        private SendCallback counts() {
            return (stream, streamlet, offset, time, duplicate, error) -> {
                if (error != null) {
                    failed.increment();
                }
            };
        }

        private SendCallback timer() {
            final long began = System.nanoTime();
            return (stream, streamlet, offset, time, duplicate, error) ->
                    acks[acknowledged.getAndIncrement() & (acks.length - 1)] = System.nanoTime() - began;
        }

        private void report(String what, int threads, long seconds, Runnable flush, Crew.Work work) {
            final OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
            final Crew crew = Crew.start(threads, work);
            pause(1);
            final long sentBefore = sent.sum();
            final int acksBefore = acknowledged.get();
            final long cpuBefore = system.getProcessCpuTime();
            final long began = System.nanoTime();
            pause(seconds);
            final double gigabytes = (sent.sum() - sentBefore) * (double) bytes / 1e9;
            final double took = (System.nanoTime() - began) / 1e9;
            final double cpu = (system.getProcessCpuTime() - cpuBefore) / 1e9;
            final long[] sample = Arrays.copyOfRange(acks, acksBefore, acknowledged.get());
            stopped = true;
            crew.join();
            flush.run();
            Arrays.sort(sample);
            System.out.printf(
                    "%-10s threads=%-2d %5.0f MB/s, client %.2f CPU s/GB, ack p50 %.2f p99 %.2f ms, failed=%d%n",
                    what,
                    threads,
                    gigabytes * 1e3 / took,
                    cpu / gigabytes,
                    sample[sample.length / 2] / 1e6,
                    sample[sample.length * 99 / 100] / 1e6,
                    failed.sum());
        }

        private static void pause(long seconds) {
            final long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
            for (long left = until - System.nanoTime(); left > 0; left = until - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
        }
    }

    private static void produceWithoutThread(String uri, long seconds, int bytes) {
        try (KeraClient client = KeraClient.builder().uri(uri).ioThread(false).connect();
                ExclusiveProducer producer = client.exclusiveProducer()) {
            final String stream = Run.create(client);
            final StreamWriter writer = producer.stream(stream);
            final long start = System.nanoTime();
            final long end = start + seconds * 1_000_000_000L;
            long records = 0;
            while (System.nanoTime() < end) {
                for (int i = 0; i < BATCH; i++) {
                    final Claim claim = writer.claim(bytes);
                    claim.buffer().putLong(0, records + i);
                    claim.commit();
                }
                records += BATCH;
            }
            producer.flush();
            final double took = (System.nanoTime() - start) / 1e9;
            System.out.printf("without I/O thread: %.0f MB/s%n", records * (double) bytes / took / 1e6);
            client.admin().deleteStream(stream);
        }
    }

    private static void latency(String uri) {
        final int count = 20_000;
        final long[] took = new long[count];
        try (KeraClient client = KeraClient.builder().uri(uri).ioThread(false).connect();
                ExclusiveProducer producer =
                        client.newProducer().linger(Duration.ZERO).openExclusive();
                Consumer consumer = client.newConsumer().push(true).open()) {
            client.admin().createStream("latency", StreamSettings.DEFAULT);
            consumer.assign("latency", 0, Start.earliest());
            final StreamWriter writer = producer.stream("latency");
            final boolean[] seen = new boolean[1];
            final RecordHandler handler = record -> seen[0] = true;
            for (int i = -5000; i < count; i++) {
                final long start = System.nanoTime();
                final Claim claim = writer.claim(100);
                claim.buffer().putLong(0, i);
                claim.commit();
                client.poll();
                seen[0] = false;
                while (!seen[0]) {
                    consumer.poll(handler, Integer.MAX_VALUE, 0L);
                }
                if (i >= 0) {
                    took[i] = System.nanoTime() - start;
                }
            }
        }
        Arrays.sort(took);
        System.out.printf(
                "%s end to end, one in flight: p50 %.1f us p99 %.1f us max %.0f us%n",
                uri, took[count / 2] / 1e3, took[count / 100 * 99] / 1e3, took[count - 1] / 1e3);
    }
}
