package io.kera.client;

import io.kera.client.testing.LocalNode;
import java.time.Duration;
import java.util.Arrays;

/**
 * A look at throughput and latency without a harness: {@code SpeedCheck shm|tcp [seconds] [value bytes]}.
 *
 * <p>Prints what it measured; judges nothing.
 */
public final class SpeedCheck {
    private static final int BATCH = 1000;

    private SpeedCheck() {}

    public static void main(String[] args) {
        final String transport = args.length > 0 ? args[0] : "shm";
        final long seconds = args.length > 1 ? Long.parseLong(args[1]) : 3;
        final int bytes = args.length > 2 ? Integer.parseInt(args[2]) : 100;
        try (LocalNode node = new LocalNode(2L << 30)) {
            for (final boolean ioThread : new boolean[] {true, false}) {
                produce(node.uri(transport), ioThread, seconds, bytes);
            }
            latency(node.uri(transport));
        }
    }

    private static void produce(String uri, boolean ioThread, long seconds, int bytes) {
        try (KeraClient client =
                        KeraClient.builder().uri(uri).ioThread(ioThread).connect();
                ExclusiveProducer producer = client.exclusiveProducer()) {
            for (int round = 0; round < 3; round++) {
                final String name = "speed-" + ioThread + "-" + round;
                client.admin().createStream(name, StreamSettings.DEFAULT.withRetentionBytes(256 << 20));
                final StreamWriter writer = producer.stream(name);
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
                System.out.printf(
                        "%s ioThread=%s bytes=%d %.2f M records/s %.0f MB/s%n",
                        uri, ioThread, bytes, records / took / 1e6, records * (double) bytes / took / 1e6);
                client.admin().deleteStream(name);
            }
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
