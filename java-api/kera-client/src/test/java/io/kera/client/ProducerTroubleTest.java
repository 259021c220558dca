package io.kera.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.client.errors.BufferExhaustedException;
import io.kera.client.errors.ErrorCode;
import io.kera.client.errors.InvalidArgumentException;
import io.kera.client.errors.KeraException;
import io.kera.client.errors.UnknownStreamException;
import io.kera.client.produce.RecordWriter;
import io.kera.client.testing.Crew;
import io.kera.client.testing.LocalNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What goes wrong for one of many threads that share a producer, and what the others notice of it. */
@Timeout(600)
class ProducerTroubleTest {
    private static final int RECORD_BYTES = 24;

    private final LocalNode node = new LocalNode();

    @AfterEach
    void stop() {
        node.close();
    }

    private KeraClient connect(String transport) {
        final KeraClient client = KeraClient.connect(node.uri(transport));
        client.admin().createStream("s", StreamSettings.DEFAULT.withStreamlets(3));
        return client;
    }

    private static CompletableFuture<RecordMetadata> send(Producer producer, int streamlet, String value) {
        return producer.send(new Record("s").streamlet(streamlet).value(value));
    }

    /** The broker is gone: all threads give up in time, and none has lost its interrupt. */
    @Test
    void manyThreadsThatWaitForMemoryGiveUp() {
        final LocalNode other = new LocalNode();
        try (KeraClient client = KeraClient.builder()
                .uri(other.uri("tcp"))
                .callTimeout(Duration.ofMillis(500))
                .connect()) {
            client.admin().createStream("s", StreamSettings.DEFAULT.withStreamlets(2));
            final Producer producer = client.newProducer()
                    .chunkBytes(1024)
                    .memoryBytes(8192)
                    .maxBlock(Duration.ofMillis(400))
                    .open();
            producer.send(Record.of("s", "there")).join();
            other.close();
            final AtomicInteger accepted = new AtomicInteger();
            final AtomicInteger told = new AtomicInteger();
            Crew.run(8, thread -> {
                if (thread == 0) {
                    Thread.currentThread().interrupt();
                }
                assertThrows(BufferExhaustedException.class, () -> {
                    for (; ; ) {
                        producer.send(
                                new Record("s").streamlet(thread % 2).value(new byte[100]),
                                (stream, streamlet, offset, time, duplicate, error) -> told.incrementAndGet());
                        accepted.incrementAndGet();
                    }
                });
                assertEquals(thread == 0, Thread.interrupted());
            });
            producer.close();
            assertEquals(accepted.get(), told.get());
        }
    }

    @Test
    void aStreamletThatHasStoppedRefusesAllThreadsUntilItRecovers() {
        try (KeraClient client = connect("shm");
                Producer producer = client.producer()) {
            producer.send(Record.of("s", "there")).join();
            client.admin().deleteStream("s");
            final CompletableFuture<RecordMetadata> refused =
                    producer.send(new Record("s").streamlet(0).value("gone"));
            final CompletionException thrown = assertThrows(CompletionException.class, refused::join);
            assertEquals(
                    ErrorCode.UNKNOWN_STREAM,
                    assertInstanceOf(KeraException.class, thrown.getCause()).code());
            Crew.run(
                    4,
                    thread -> assertThrows(
                            UnknownStreamException.class,
                            () -> producer.offer(new Record("s").streamlet(0).value("refused"))));
            producer.recover("s", 0);
            final CompletableFuture<RecordMetadata> again =
                    producer.send(new Record("s").streamlet(0).value("still gone"));
            assertThrows(CompletionException.class, again::join);
        }
    }

    /** A thread sleeps between its reservation and its commit: only its own streamlet waits for it. */
    @ParameterizedTest
    @CsvSource({"shm", "tcp"})
    void aThreadThatSleepsInARecordHoldsUpItsOwnStreamletOnly(String transport) throws Exception {
        try (KeraClient client = connect(transport);
                Producer producer =
                        client.newProducer().linger(Duration.ofSeconds(30)).open()) {
            final CompletableFuture<RecordMetadata> before = send(producer, 0, "before");
            final CountDownLatch asleep = new CountDownLatch(1);
            final CountDownLatch awake = new CountDownLatch(1);
            final Crew sleeper = Crew.start(
                    1,
                    thread -> producer.stream("s")
                            .numbered(0)
                            .send(
                                    (record, chunk, at, bytes, delta) -> {
                                        asleep.countDown();
                                        pass(awake);
                                        record.write(chunk, at, bytes, delta);
                                    },
                                    new Record("s").value("slept"),
                                    RECORD_BYTES,
                                    false,
                                    0,
                                    null));
            pass(asleep);
            final CompletableFuture<RecordMetadata> after = send(producer, 0, "after");
            final CompletableFuture<RecordMetadata> other = send(producer, 1, "other");
            assertThrows(KeraException.class, () -> producer.flush(Duration.ofMillis(200)));
            assertEquals(0, other.join().offset());
            final CompletableFuture<RecordMetadata> later = send(producer, 0, "later");
            assertFalse(before.isDone() || after.isDone() || later.isDone());
            awake.countDown();
            sleeper.join();
            producer.flush();
            assertEquals(0, before.join().offset());
            assertEquals(2, after.join().offset());
            assertEquals(3, later.join().offset());
            try (Consumer consumer = client.consumer()) {
                consumer.assign("s", 0, Start.earliest());
                final List<String> read = new ArrayList<>();
                while (read.size() < 4) {
                    consumer.poll(record -> read.add(record.valueText()), Duration.ofSeconds(1));
                }
                assertEquals(List.of("before", "slept", "after", "later"), read);
            }
        }
    }

    private static void pass(CountDownLatch latch) {
        try {
            assertTrue(latch.await(60, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A record that could not be written leaves a hole, so its chunk cannot be sent; the next one can. */
    @ParameterizedTest
    @CsvSource({"false", "true"})
    void aRecordThatCannotBeWrittenFailsThoseOfItsChunk(boolean noStackLeft) {
        try (KeraClient client = connect("tcp");
                Producer producer =
                        client.newProducer().linger(Duration.ofSeconds(30)).open()) {
            final CompletableFuture<RecordMetadata> before = send(producer, 0, "before");
            final RecordWriter<Record> broken = (record, chunk, at, bytes, delta) -> {
                if (noStackLeft) {
                    throw new StackOverflowError();
                }
                throw new IllegalStateException("a record that changes");
            };
            final Throwable thrown = assertThrows(
                    Throwable.class,
                    () -> producer.stream("s")
                            .numbered(0)
                            .send(broken, new Record("s").value("never"), RECORD_BYTES, false, 0, "a callback"));
            assertEquals(noStackLeft, thrown instanceof StackOverflowError);
            final CompletableFuture<RecordMetadata> after = send(producer, 0, "after");
            producer.flush();
            // Without stack, the thread leaves it to the next one to send the chunk.
            for (final CompletableFuture<RecordMetadata> one : noStackLeft ? List.of(before, after) : List.of(before)) {
                final CompletionException failed = assertThrows(CompletionException.class, one::join);
                final InvalidArgumentException why =
                        assertInstanceOf(InvalidArgumentException.class, failed.getCause());
                assertEquals("spoilt_records", why.what());
                assertEquals(1, why.value());
            }
            final CompletableFuture<RecordMetadata> next = send(producer, 0, "next");
            producer.flush();
            assertEquals(noStackLeft ? 0 : 1, next.join().offset());
            assertEquals(noStackLeft, after.isCompletedExceptionally());
        }
    }

    /** It opens a chunk, so nobody else is in it: nothing is sent, and the next record opens one. */
    @Test
    void aFirstRecordThatCannotBeWrittenFailsAlone() {
        try (KeraClient client = connect("tcp");
                Producer producer = client.producer()) {
            for (int i = 0; i < 100; i++) {
                assertThrows(
                        IllegalStateException.class,
                        () -> producer.stream("s")
                                .numbered(0)
                                .send(
                                        (record, chunk, at, bytes, delta) -> {
                                            throw new IllegalStateException();
                                        },
                                        "no record",
                                        RECORD_BYTES,
                                        false,
                                        0,
                                        "a callback"));
            }
            assertEquals(0, send(producer, 0, "first").join().offset());
            assertEquals(0, producer.stats().chunksFailed());
        }
    }

    /** Wherever a stack ends, the records of other threads are sent. */
    @Test
    void aStackThatOverflowsWithinSendHoldsUpNothing() throws InterruptedException {
        try (KeraClient client = connect("shm");
                Producer producer = client.producer()) {
            producer.send(Record.of("s", "first")).join();
            final AtomicInteger ends = new AtomicInteger();
            final Thread deep = new Thread(
                    null,
                    () -> {
                        for (int round = 0; round < 300; round++) {
                            new Object() {
                                void descend(int depth) {
                                    try {
                                        producer.offer(Record.of("s", "deep"));
                                        if (depth < Integer.MAX_VALUE) {
                                            descend(depth + 1);
                                        }
                                    } catch (StackOverflowError e) {
                                        ends.incrementAndGet();
                                        throw e;
                                    }
                                }

                                void begin() {
                                    try {
                                        descend(0);
                                    } catch (StackOverflowError e) {
                                        ends.incrementAndGet();
                                    }
                                }
                            }.begin();
                        }
                    },
                    "deep",
                    200 << 10);
            deep.start();
            deep.join();
            assertTrue(ends.get() > 0);
            producer.flush();
            producer.send(new Record("s").streamlet(0).value("last")).join();
        }
    }
}
