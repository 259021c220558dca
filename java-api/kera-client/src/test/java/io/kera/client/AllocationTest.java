package io.kera.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.kera.client.testing.LocalNode;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The steady paths allocate nothing for a record: what whole rounds of many records allocate is less than one byte. */
@Timeout(600)
class AllocationTest {
    private static final int RECORDS = 100_000;
    private static final int ROUNDS = 8;
    /** The JVM's own, such as a lambda that is linked late; nothing that grows with records. */
    private static final long SLACK_BYTES = 4096;
    /** A future has two fields. */
    private static final int FUTURE_BYTES = 24;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private LocalNode node;

    @BeforeEach
    void start() {
        node = new LocalNode(512L << 20);
        threads.setThreadAllocatedMemoryEnabled(true);
    }

    @AfterEach
    void stop() {
        node.close();
    }

    /** The least of many rounds: the first ones load classes and compile. */
    private long bytesOf(Runnable round) {
        final long thread = Thread.currentThread().getId();
        long least = Long.MAX_VALUE;
        for (int i = 0; i < ROUNDS; i++) {
            final long before = threads.getThreadAllocatedBytes(thread);
            round.run();
            least = Math.min(least, threads.getThreadAllocatedBytes(thread) - before);
        }
        return least;
    }

    private KeraClient connect(String transport, boolean ioThread) {
        final KeraClient client =
                KeraClient.builder().uri(node.uri(transport)).ioThread(ioThread).connect();
        client.admin().createStream("s", StreamSettings.DEFAULT.withRetentionBytes(32 << 20));
        return client;
    }

    @ParameterizedTest
    @CsvSource({"shm,true", "shm,false", "tcp,true", "tcp,false"})
    void claimsAllocateNothing(String transport, boolean ioThread) {
        try (KeraClient client = connect(transport, ioThread);
                ExclusiveProducer producer = client.exclusiveProducer()) {
            final StreamWriter writer = producer.stream("s");
            final UnsafeBuffer key = new UnsafeBuffer(new byte[8]);
            final long bytes = bytesOf(() -> {
                for (int i = 0; i < RECORDS; i++) {
                    try (Claim claim = writer.claim(100)) {
                        claim.buffer().putLong(0, i);
                        claim.commit();
                    }
                    try (Claim claim = writer.claim(key, 0, 8, 100)) {
                        claim.buffer().putLong(0, i);
                        claim.commit();
                    }
                }
            });
            assertTrue(bytes <= SLACK_BYTES, () -> "bytes=" + bytes + " records=" + 2 * RECORDS);
        }
    }

    @ParameterizedTest
    @CsvSource({"shm,true", "shm,false"})
    void aReusedRecordAllocatesNothing(String transport, boolean ioThread) {
        try (KeraClient client = connect(transport, ioThread);
                ExclusiveProducer producer = client.exclusiveProducer()) {
            final long[] outcomes = new long[2];
            final SendCallback callback =
                    (stream, streamlet, offset, time, duplicate, error) -> outcomes[error == null ? 0 : 1]++;
            final byte[] value = new byte[100];
            final UnsafeBuffer key = new UnsafeBuffer(new byte[8]);
            final Record record = new Record("s");
            final long bytes = bytesOf(() -> {
                for (int i = 0; i < RECORDS; i++) {
                    producer.offer(record.clear().key(key, 0, 8).value(value));
                    producer.send(record, callback);
                }
                producer.flush();
            });
            assertEquals((long) ROUNDS * RECORDS, outcomes[0]);
            assertEquals(0, outcomes[1]);
            assertTrue(bytes <= SLACK_BYTES, () -> "bytes=" + bytes + " records=" + 2 * RECORDS);
        }
    }

    /** Of one thread of many; what others do costs it nothing. */
    @ParameterizedTest
    @CsvSource({"shm", "tcp"})
    void aRecordWithACallbackAllocatesNothingAndAFutureIsOneObject(String transport) {
        try (KeraClient client = connect(transport, true);
                Producer producer = client.producer()) {
            final AtomicLong told = new AtomicLong();
            final SendCallback callback = (stream, streamlet, offset, time, duplicate, error) -> {
                if (error == null) {
                    told.incrementAndGet();
                }
            };
            final Record record = new Record("s").value(new byte[100]);
            final long bytes = bytesOf(() -> {
                for (int i = 0; i < RECORDS; i++) {
                    producer.offer(record);
                    producer.send(record, callback);
                }
                producer.flush();
            });
            assertEquals((long) ROUNDS * RECORDS, told.get());
            assertTrue(bytes <= SLACK_BYTES, () -> "bytes=" + bytes + " records=" + 2 * RECORDS);
            final long futureBytes = bytesOf(() -> {
                for (int i = 0; i < RECORDS; i++) {
                    producer.send(record);
                }
                producer.flush();
            });
            assertTrue(
                    futureBytes <= (long) FUTURE_BYTES * RECORDS + SLACK_BYTES,
                    () -> "bytes=" + futureBytes + " records=" + RECORDS);
        }
    }

    @ParameterizedTest
    @CsvSource({"shm,true", "shm,false", "tcp,true", "tcp,false"})
    void readingAllocatesNothing(String transport, boolean ioThread) {
        try (KeraClient client = connect(transport, ioThread);
                ExclusiveProducer producer = client.exclusiveProducer();
                Consumer consumer = client.consumer()) {
            final StreamWriter writer = producer.stream("s");
            for (int i = 0; i < RECORDS; i++) {
                try (Claim claim = writer.claim(100)) {
                    claim.buffer().putLong(0, i);
                    claim.commit();
                }
            }
            producer.flush();
            consumer.assign("s", 0, Start.earliest());
            final long[] sum = new long[2];
            final RecordHandler handler = record -> {
                sum[0] += record.buffer().getLong(record.valueOffset());
                sum[1]++;
            };
            final Duration wait = Duration.ofMillis(10);
            final Start start = Start.earliest();
            final long bytes = bytesOf(() -> {
                consumer.seek("s", 0, start);
                sum[1] = 0;
                while (sum[1] < RECORDS) {
                    consumer.poll(handler, wait);
                }
            });
            assertTrue(bytes <= SLACK_BYTES, () -> "bytes=" + bytes + " records=" + RECORDS);
        }
    }
}
