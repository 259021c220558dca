package io.kera.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.client.errors.ClosedException;
import io.kera.client.testing.Crew;
import io.kera.client.testing.LocalNode;
import io.kera.ffi.NativeClient;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Many threads send while others close, again and again: never a crash, a leak, or a record without an outcome. */
@Timeout(1200)
class ProducerClosingTest {
    /** More with {@code -Dkera.closing.rounds}. */
    private static final int ROUNDS = Integer.getInteger("kera.closing.rounds", 25);

    private final LocalNode node = new LocalNode();

    @AfterEach
    void stop() {
        node.close();
        assertEquals(0, NativeClient.openCount(), "native clients left");
    }

    private KeraClient connect(String transport) {
        return KeraClient.builder()
                .uri(node.uri(transport))
                .callTimeout(Duration.ofSeconds(10))
                .connect();
    }

    /** For all rounds; it keeps little. */
    private void createStream() {
        try (KeraClient client = connect("shm")) {
            client.admin()
                    .createStream("s", StreamSettings.DEFAULT.withStreamlets(2).withRetentionBytes(4 << 20));
        }
    }

    private static long stored(KeraClient client) {
        return client.admin().findOffset("s", 0, OffsetSpec.latest())
                + client.admin().findOffset("s", 1, OffsetSpec.latest());
    }

    @ParameterizedTest
    @CsvSource({"shm,client,65536", "shm,producer,1024", "tcp,client,1024", "tcp,producer,65536"})
    void eachRecordThatWasAcceptedHasOneOutcome(String transport, String what, int chunkBytes) {
        createStream();
        for (int round = 0; round < ROUNDS; round++) {
            final KeraClient client = connect(transport);
            final long before = stored(client);
            final Producer producer = client.newProducer()
                    .chunkBytes(chunkBytes)
                    .memoryBytes(Math.max(64 << 10, 4 * chunkBytes))
                    .linger(Duration.ofNanos(round % 2 == 0 ? 0 : 1_000_000))
                    .open();
            final AtomicLong accepted = new AtomicLong();
            final AtomicLong told = new AtomicLong();
            final AtomicLong stored = new AtomicLong();
            final CountDownLatch begun = new CountDownLatch(1);
            final Crew crew = Crew.start(4, thread -> {
                final Record record = new Record("s").streamlet(thread % 2).value(new byte[100]);
                assertThrows(ClosedException.class, () -> {
                    for (; ; ) {
                        producer.send(record, (name, streamlet, offset, time, duplicate, error) -> {
                            told.incrementAndGet();
                            if (error == null) {
                                stored.incrementAndGet();
                            }
                        });
                        if (accepted.incrementAndGet() == 100) {
                            begun.countDown();
                        }
                    }
                });
            });
            await(begun);
            pause(ThreadLocalRandom.current().nextInt(2_000_000));
            if ("client".equals(what)) {
                client.close();
            } else {
                producer.close();
            }
            crew.join();
            assertEquals(accepted.get(), told.get(), "round " + round);
            client.close();
            try (KeraClient other = connect(transport)) {
                assertEquals(stored.get(), stored(other) - before, "round " + round);
                assertEquals(accepted.get(), stored.get(), "round " + round);
            }
        }
    }

    /** As before, of a producer of one thread: a record that was accepted while it was closed is not forgotten either. */
    @ParameterizedTest
    @CsvSource({"shm", "tcp"})
    void eachRecordOfOneThreadHasOneOutcome(String transport) {
        createStream();
        for (int round = 0; round < ROUNDS; round++) {
            final KeraClient client = connect(transport);
            final ExclusiveProducer producer =
                    client.newProducer().chunkBytes(1024).openExclusive();
            final AtomicLong accepted = new AtomicLong();
            final AtomicLong told = new AtomicLong();
            final CountDownLatch begun = new CountDownLatch(1);
            final Crew crew = Crew.start(1, thread -> {
                final Record record = new Record("s").value(new byte[100]);
                assertThrows(ClosedException.class, () -> {
                    for (; ; ) {
                        producer.send(
                                record, (name, streamlet, offset, time, duplicate, error) -> told.incrementAndGet());
                        if (accepted.incrementAndGet() == 100) {
                            begun.countDown();
                        }
                    }
                });
            });
            await(begun);
            pause(ThreadLocalRandom.current().nextInt(2_000_000));
            client.close();
            crew.join();
            assertEquals(accepted.get(), told.get(), "round " + round);
        }
    }

    /** Closing from several threads, and from a callback, while others flush and ask. */
    @Test
    void anybodyMayCloseFlushAndAskAtTheSameTime() {
        createStream();
        for (int round = 0; round < ROUNDS; round++) {
            final KeraClient client = connect("shm");
            final Producer producer = client.newProducer().chunkBytes(1024).open();
            final AtomicInteger told = new AtomicInteger();
            final int closer = round % 3;
            Crew.run(5, thread -> {
                try {
                    for (int i = 0; ; i++) {
                        switch (thread) {
                            case 0 -> producer.flush();
                            case 1 -> producer.stats();
                            default ->
                                producer.send(
                                        Record.of("s", "x"), (name, streamlet, offset, time, duplicate, error) -> {
                                            if (told.incrementAndGet() == 500 && closer == 0) {
                                                producer.close();
                                            }
                                        });
                        }
                        if (i == 300 && closer > 0 && thread >= 3) {
                            producer.close();
                        }
                    }
                } catch (ClosedException e) {
                    // As it should be.
                }
            });
            client.close();
        }
    }

    /** Threads that wait for memory, since nothing is acknowledged any more, end at once. */
    @Test
    void wakesThoseWhoWaitForMemory() {
        final LocalNode other = new LocalNode();
        final KeraClient client = KeraClient.builder()
                .uri(other.uri("tcp"))
                .callTimeout(Duration.ofMillis(300))
                .connect();
        client.admin().createStream("s", StreamSettings.DEFAULT.withStreamlets(4));
        final Producer producer =
                client.newProducer().chunkBytes(1024).memoryBytes(8192).open();
        producer.send(Record.of("s", "there")).join();
        other.close();
        final AtomicLong accepted = new AtomicLong();
        final AtomicLong told = new AtomicLong();
        final Crew crew = Crew.start(
                8,
                thread -> assertThrows(ClosedException.class, () -> {
                    for (; ; ) {
                        producer.send(
                                new Record("s").streamlet(thread % 4).value(new byte[100]),
                                (stream, streamlet, offset, time, duplicate, error) -> told.incrementAndGet());
                        accepted.incrementAndGet();
                    }
                }));
        pause(50_000_000);
        final long began = System.nanoTime();
        client.close();
        crew.join();
        assertTrue(System.nanoTime() - began < TimeUnit.SECONDS.toNanos(20));
        assertEquals(accepted.get(), told.get());
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(60, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void pause(long nanos) {
        final long end = System.nanoTime() + nanos;
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }
}
