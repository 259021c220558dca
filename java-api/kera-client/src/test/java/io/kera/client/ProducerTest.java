package io.kera.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.client.errors.BufferExhaustedException;
import io.kera.client.errors.ErrorCode;
import io.kera.client.errors.InvalidArgumentException;
import io.kera.client.errors.KeraException;
import io.kera.client.errors.UnknownStreamException;
import io.kera.client.testing.Crew;
import io.kera.client.testing.LocalNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A producer that many threads share: nothing is lost, doubled or out of a thread's order, and nobody waits for ever. */
@Timeout(600)
class ProducerTest {
    private final LocalNode node = new LocalNode();

    @AfterEach
    void stop() {
        node.close();
    }

    private KeraClient connect(String transport) {
        final KeraClient client = KeraClient.connect(node.uri(transport));
        if (client.admin().listStreams().isEmpty()) {
            client.admin().createStream("s", StreamSettings.DEFAULT.withStreamlets(3));
        }
        return client;
    }

    /** What each thread has sent, as the callbacks and a consumer see it. */
    private static final class Account {
        final int threads;
        final int records;
        final AtomicIntegerArray told;
        final AtomicInteger failed = new AtomicInteger();

        Account(int threads, int records) {
            this.threads = threads;
            this.records = records;
            told = new AtomicIntegerArray(threads * records);
        }

        /** One record in four goes to each streamlet by its number, and one anywhere; in turns with future and callback. */
        void send(Producer producer, int thread) {
            final byte[] bytes = new byte[12];
            final UnsafeBuffer value = new UnsafeBuffer(bytes);
            final Record record = new Record("s");
            for (int number = 0; number < records; number++) {
                final int at = thread * records + number;
                value.putInt(0, thread);
                value.putInt(4, number);
                record.clear().value(bytes);
                if (number % 4 < 3) {
                    record.streamlet(number % 4);
                }
                if (number % 7 == 0) {
                    producer.send(record).whenComplete((where, error) -> tell(at, error));
                } else {
                    producer.send(record, (stream, streamlet, offset, time, duplicate, error) -> tell(at, error));
                }
            }
        }

        private void tell(int at, @Nullable Throwable error) {
            told.incrementAndGet(at);
            if (error != null) {
                failed.incrementAndGet();
            }
        }

        void check(KeraClient client) {
            assertEquals(0, failed.get());
            for (int at = 0; at < told.length(); at++) {
                assertEquals(1, told.get(at), "record " + at);
            }
            final int[][] last = new int[3][threads];
            for (final int[] streamlet : last) {
                java.util.Arrays.fill(streamlet, -1);
            }
            final int[] read = new int[1];
            try (Consumer consumer = client.consumer()) {
                consumer.assign("s", Start.earliest());
                while (read[0] < threads * records) {
                    consumer.poll(
                            record -> {
                                final int thread = record.buffer().getInt(record.valueOffset());
                                final int number = record.buffer().getInt(record.valueOffset() + 4);
                                assertTrue(
                                        number > last[record.streamlet()][thread],
                                        () -> "thread " + thread + " record " + number);
                                last[record.streamlet()][thread] = number;
                                read[0]++;
                            },
                            Duration.ofSeconds(1));
                }
            }
            assertEquals(threads * records, read[0]);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "shm,2,0,65536",
        "shm,8,0,65536",
        "shm,8,20000,1024",
        "shm,8,30000000000,1024",
        "tcp,2,0,65536",
        "tcp,8,0,1024"
    })
    void everyThreadKeepsItsOrderAndHearsOfEachRecordOnce(
            String transport, int threads, long lingerNs, int chunkBytes) {
        final Account account = new Account(threads, 40_000 / threads);
        try (KeraClient client = connect(transport);
                Producer producer = client.newProducer()
                        .chunkBytes(chunkBytes)
                        .linger(Duration.ofNanos(lingerNs))
                        .open()) {
            Crew.run(threads, thread -> account.send(producer, thread));
            producer.flush();
            account.check(client);
            assertEquals((long) threads * account.records, producer.stats().records());
        }
    }

    /** Memory for four chunks, many threads and streamlets, and now and then a record that is larger than a chunk. */
    @ParameterizedTest
    @CsvSource({"shm,0", "tcp,0", "shm,30000000000"})
    void manyThreadsGoOnWithLittleMemory(String transport, long lingerNs) {
        final int threads = 6;
        final int records = 1500;
        try (KeraClient client = connect(transport);
                Producer producer = client.newProducer()
                        .chunkBytes(1024)
                        .memoryBytes(4096)
                        .linger(Duration.ofNanos(lingerNs))
                        .open()) {
            client.admin().createStream("many", StreamSettings.DEFAULT.withStreamlets(20));
            final AtomicInteger told = new AtomicInteger();
            Crew.run(threads, thread -> {
                for (int i = 0; i < records; i++) {
                    final int bytes = i % 300 == thread ? 2500 : 100;
                    producer.send(
                            new Record("many").streamlet((i + thread) % 20).value(new byte[bytes]),
                            (stream, streamlet, offset, time, duplicate, error) -> {
                                if (error == null) {
                                    told.incrementAndGet();
                                }
                            });
                }
            });
            producer.flush();
            assertEquals(threads * records, told.get());
            assertEquals((long) threads * records, producer.stats().records());
        }
    }

    /** What the loop tells lies in a ring; now and then the last of it lies behind the ring's end, at its start. */
    @Test
    void flushWaitsForEveryCallbackThatItCovers() {
        try (KeraClient client = connect("shm");
                Producer producer =
                        client.newProducer().chunkBytes(1024).memoryBytes(4096).open()) {
            final AtomicInteger told = new AtomicInteger();
            for (int sent = 1; sent <= 10_000; sent++) {
                producer.send(
                        Record.of("s", "value"),
                        (stream, streamlet, offset, time, duplicate, error) -> told.incrementAndGet());
                producer.flush();
                assertEquals(sent, told.get());
            }
        }
    }

    /** A callback may send; it is not held up by callbacks that have not run, since it runs them itself. */
    @ParameterizedTest
    @CsvSource({"shm", "tcp"})
    void aCallbackMaySend(String transport) throws Exception {
        final int count = 20_000;
        try (KeraClient client = connect(transport);
                Producer producer = client.newProducer()
                        .chunkBytes(1024)
                        .memoryBytes(16 << 10)
                        .streamletChunksMax(4)
                        .maxBlock(Duration.ofSeconds(20))
                        .open()) {
            final CountDownLatch told = new CountDownLatch(2 * count);
            final SendCallback second = (stream, streamlet, offset, time, duplicate, error) -> {
                if (error == null) {
                    told.countDown();
                }
            };
            final SendCallback first = (stream, streamlet, offset, time, duplicate, error) -> {
                second.onOutcome(stream, streamlet, offset, time, duplicate, error);
                producer.send(new Record("s").streamlet(streamlet).value("second"), second);
            };
            Crew.run(2, thread -> {
                for (int i = 0; i < count / 2; i++) {
                    producer.send(new Record("s").streamlet(0).value("first"), first);
                }
            });
            assertTrue(told.await(60, TimeUnit.SECONDS), () -> "left " + told.getCount());
        }
    }

    /** Outcomes that nobody takes do not pile up without end: who sends waits. */
    @ParameterizedTest
    @CsvSource({"false", "true"})
    void aCallbackThatDoesNotReturnHoldsUpWhoSends(boolean exclusive) {
        final CountDownLatch blocked = new CountDownLatch(1);
        final AtomicLong told = new AtomicLong();
        final AtomicLong sent = new AtomicLong();
        final SendCallback slow = (stream, streamlet, offset, time, duplicate, error) -> {
            try {
                blocked.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            told.incrementAndGet();
        };
        try (KeraClient client = connect("shm")) {
            final ProducerOptions options = ProducerOptions.builder()
                    .streamletChunksMax(8)
                    .maxBlock(Duration.ofMillis(300))
                    .build();
            try (Producer many = client.producer(options);
                    ExclusiveProducer one = client.exclusiveProducer(options)) {
                final Record record = new Record("s").streamlet(0).value(new byte[1000]);
                assertThrows(BufferExhaustedException.class, () -> {
                    for (; ; ) {
                        if (exclusive) {
                            one.send(record, slow);
                        } else {
                            many.send(record, slow);
                        }
                        sent.incrementAndGet();
                    }
                });
                assertTrue(sent.get() < 20 * 64, () -> "sent " + sent);
                blocked.countDown();
                one.flush();
                many.flush();
                assertEquals(sent.get(), told.get());
            }
        }
    }

    @Test
    void namesTheLimitOfWhatIsTooLarge() {
        try (KeraClient client = connect("shm");
                Producer producer = client.producer()) {
            final KeraException beyondMemory = assertThrows(
                    InvalidArgumentException.class, () -> producer.offer(new Record("s").value(new byte[40 << 20])));
            assertEquals(ErrorCode.LIMIT_EXCEEDED, beyondMemory.code());
            assertThrows(
                    InvalidArgumentException.class,
                    () -> producer.offer(new Record("s").streamlet(7).value("x")));
            assertThrows(UnknownStreamException.class, () -> producer.offer(Record.of("nobody", "x")));
            assertEquals(
                    5 << 20,
                    producer.send(new Record("s").value(new byte[5 << 20]))
                            .thenApply(where -> 5 << 20)
                            .join());
        }
    }

    @Test
    void recordsKeepTheirOwnTimes() {
        try (KeraClient client = connect("shm");
                Producer producer =
                        client.newProducer().linger(Duration.ofSeconds(30)).open();
                Consumer consumer = client.consumer()) {
            final long[] times = {5, 1_000_000_000_000L, 7, 1_000_000_000_001L};
            for (final long time : times) {
                producer.offer(new Record("s").streamlet(0).timestampMs(time).value("x"));
            }
            producer.flush();
            consumer.assign("s", 0, Start.earliest());
            final List<Long> read = new ArrayList<>();
            while (read.size() < times.length) {
                consumer.poll(record -> read.add(record.timestampMs()), Duration.ofSeconds(1));
            }
            assertEquals(List.of(times[0], times[1], times[2], times[3]), read);
        }
    }

    @Test
    void needsAnIoThread() {
        try (KeraClient client =
                KeraClient.builder().uri(node.uri("shm")).ioThread(false).connect()) {
            final InvalidArgumentException why = assertThrows(InvalidArgumentException.class, client::producer);
            assertTrue(String.valueOf(why.getMessage()).contains("exclusiveProducer()"), why::toString);
        }
    }
}
