package io.kera.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.client.testing.LocalNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(600)
class EndToEndTest {
    private static final Duration WAIT = Duration.ofSeconds(20);

    private final LocalNode node = new LocalNode();

    @AfterEach
    void stop() {
        node.close();
    }

    private KeraClient connect(String transport, boolean ioThread) {
        return KeraClient.builder().uri(node.uri(transport)).ioThread(ioThread).connect();
    }

    private static List<ConsumerRecord> read(Consumer consumer, int count) {
        final List<ConsumerRecord> records = new ArrayList<>();
        final long deadline = System.nanoTime() + WAIT.toNanos();
        while (records.size() < count && System.nanoTime() < deadline) {
            records.addAll(consumer.records(Duration.ofMillis(100)));
        }
        return records;
    }

    @ParameterizedTest
    @CsvSource({"shm,true", "shm,false", "tcp,true", "tcp,false"})
    void readsBackWhatWasSent(String transport, boolean ioThread) {
        try (KeraClient client = connect(transport, ioThread)) {
            client.admin().createStream("clicks", StreamSettings.DEFAULT);
            try (ExclusiveProducer producer = client.exclusiveProducer();
                    Consumer consumer = client.consumer()) {
                final CompletableFuture<RecordMetadata> sent = producer.send(new Record("clicks")
                        .key("user-7")
                        .header("trace", new byte[] {1, 2})
                        .header("empty")
                        .timestampMs(1_000_000)
                        .value("checkout"));
                producer.send(new Record("clicks"));
                producer.flush();
                assertEquals(0, sent.join().offset());
                consumer.assign("clicks", 0, Start.earliest());
                final List<ConsumerRecord> records = read(consumer, 2);
                assertEquals(2, records.size());
                final ConsumerRecord first = records.get(0);
                assertEquals("user-7", first.keyText());
                assertEquals("checkout", first.valueText());
                assertEquals(1_000_000, first.timestampMs());
                assertEquals("trace", first.headers().get(0).name());
                assertArrayEquals(new byte[] {1, 2}, first.headers().get(0).value());
                assertNull(first.headers().get(1).value());
                assertNull(records.get(1).value());
                assertEquals(2, consumer.position("clicks", 0));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"shm,true", "shm,false", "tcp,true", "tcp,false"})
    void keepsTheOrderOfManyClaims(String transport, boolean ioThread) {
        final int count = 200_000;
        try (KeraClient client = connect(transport, ioThread)) {
            client.admin().createStream("numbers", StreamSettings.DEFAULT);
            try (ExclusiveProducer producer = client.exclusiveProducer();
                    Consumer consumer = client.consumer()) {
                final StreamWriter numbers = producer.stream("numbers");
                for (int i = 0; i < count; i++) {
                    try (Claim claim = numbers.claim(100)) {
                        claim.buffer().putLong(claim.offset(), i);
                        claim.commit();
                    }
                }
                producer.flush();
                assertEquals(count, producer.stats().records());
                consumer.assign("numbers", 0, Start.earliest());
                final long[] next = new long[1];
                final long deadline = System.nanoTime() + WAIT.toNanos();
                while (next[0] < count && System.nanoTime() < deadline) {
                    consumer.poll(
                            record -> {
                                assertEquals(next[0], record.offset());
                                assertEquals(next[0]++, record.buffer().getLong(record.valueOffset()));
                                assertEquals(100, record.valueLength());
                            },
                            Duration.ofMillis(100));
                }
                assertEquals(count, next[0]);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"shm", "tcp"})
    void lingerSendsWhatAnIdleThreadLeftOpen(String transport) {
        try (KeraClient client = connect(transport, true)) {
            client.admin().createStream("idle", StreamSettings.DEFAULT);
            try (ExclusiveProducer producer = client.exclusiveProducer();
                    Consumer consumer = client.consumer()) {
                consumer.assign("idle", 0, Start.earliest());
                try (Claim claim = producer.claim("idle", 8)) {
                    claim.buffer().putLong(0, 42);
                    claim.commit();
                }
                assertEquals(1, read(consumer, 1).size());
                assertEquals(1, producer.send(Record.of("idle", "again")).join().offset());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"shm,true", "shm,false", "tcp,true"})
    void carriesLargeValuesAmongSmallOnes(String transport, boolean ioThread) {
        try (KeraClient client = connect(transport, ioThread)) {
            client.admin().createStream("large", StreamSettings.DEFAULT);
            try (ExclusiveProducer producer = client.exclusiveProducer();
                    Consumer consumer = client.consumer()) {
                final int[] sizes = {10, 1 << 20, 20, 3 << 20, 0, 100_000};
                for (final int size : sizes) {
                    producer.offer(new Record("large").value(new byte[size]));
                }
                producer.flush();
                consumer.assign("large", 0, Start.earliest());
                final List<ConsumerRecord> records = read(consumer, sizes.length);
                assertEquals(sizes.length, records.size());
                for (int i = 0; i < sizes.length; i++) {
                    assertEquals(
                            sizes[i], String.valueOf(records.get(i).valueText()).length());
                }
                assertTrue(consumer.readableHead("large", 0) >= sizes.length);
            }
        }
    }
}
