package io.kera.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.client.errors.BufferExhaustedException;
import io.kera.client.errors.ErrorCode;
import io.kera.client.errors.InvalidArgumentException;
import io.kera.client.errors.KeraException;
import io.kera.client.errors.TimedOutException;
import io.kera.client.errors.UnknownStreamException;
import io.kera.client.testing.LocalNode;
import io.kera.ffi.CoreOptions;
import io.kera.ffi.NativeCore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(600)
class ExclusiveProducerTest {
    private final LocalNode node = new LocalNode();

    @AfterEach
    void stop() {
        node.close();
    }

    private KeraClient connect(String transport, boolean ioThread) {
        return KeraClient.builder().uri(node.uri(transport)).ioThread(ioThread).connect();
    }

    @Test
    void aKeyAlwaysChoosesTheSameStreamlet() {
        try (KeraClient client = connect("shm", true);
                ExclusiveProducer producer = client.exclusiveProducer()) {
            client.admin().createStream("keys", StreamSettings.DEFAULT.withStreamlets(5));
            for (int key = 0; key < 50; key++) {
                final String text = "key-" + key;
                final UnsafeBuffer bytes = new UnsafeBuffer(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
                final int sent =
                        producer.send(Record.of("keys", text, "v")).join().streamlet();
                try (Claim claim = producer.claim("keys", bytes, 0, bytes.capacity(), 1)) {
                    assertEquals(sent, claim.streamlet());
                }
            }
        }
    }

    /** Nothing is ever dropped there, so what does not fit is refused until the producer gives up. */
    @Test
    void saysThatTheBrokersMemoryIsFull() {
        try (LocalNode small = new LocalNode(32L << 20);
                KeraClient client = KeraClient.builder().uri(small.uri("tcp")).connect();
                ExclusiveProducer producer = client.newProducer()
                        .memoryBytes(4L << 20)
                        .maxBlock(Duration.ofSeconds(1))
                        .deliveryTimeout(Duration.ofSeconds(3))
                        .openExclusive()) {
            client.admin().createStream("full", StreamSettings.DEFAULT);
            final Record record = new Record("full").value(new byte[100_000]);
            final List<CompletableFuture<RecordMetadata>> sent = new ArrayList<>();
            final BufferExhaustedException noRoom = assertThrows(BufferExhaustedException.class, () -> {
                for (; ; ) {
                    sent.add(producer.send(record));
                }
            });
            assertEquals(ErrorCode.MEMORY_EXHAUSTED, noRoom.causeCode());
            final String said = String.valueOf(noRoom.getMessage());
            assertTrue(said.endsWith("; the broker refused: MEMORY_EXHAUSTED"), said);
            final CompletionException late = assertThrows(CompletionException.class, sent.get(sent.size() - 1)::join);
            final TimedOutException why = assertInstanceOf(TimedOutException.class, late.getCause());
            assertEquals("delivery_timeout_ns", why.what());
            assertEquals(ErrorCode.MEMORY_EXHAUSTED, why.causeCode());
        }
    }

    /** The loop sends a chunk by itself; its memory is soon another streamlet's, and must not take records of the first. */
    @ParameterizedTest
    @CsvSource({"shm", "tcp"})
    void aPlaceThatWasSentIsAnotherStreamlets(String transport) {
        try (KeraClient client = connect(transport, true);
                ExclusiveProducer producer =
                        client.newProducer().linger(Duration.ofMillis(50)).openExclusive();
                Consumer consumer = client.consumer()) {
            client.admin().createStream("s", StreamSettings.DEFAULT.withStreamlets(2));
            final StreamWriter writer = producer.stream("s");
            final List<String> sent = new ArrayList<>();
            for (int turn = 0; turn < 6; turn++) {
                final int streamlet = turn % 2;
                producer.send(new Record("s").streamlet(streamlet).value("alone"))
                        .join();
                sent.add(streamlet + "alone");
                for (final int next : new int[] {1 - streamlet, streamlet}) {
                    try (Claim claim = writer.claim(next, 1)) {
                        claim.buffer().putByte(claim.offset(), (byte) ('a' + turn));
                        claim.commit();
                    }
                    sent.add(next + String.valueOf((char) ('a' + turn)));
                }
                producer.flush();
            }
            consumer.assign("s", Start.earliest());
            final List<String> read = new ArrayList<>();
            while (read.size() < sent.size()) {
                consumer.poll(record -> read.add(record.streamlet() + record.valueText()), Duration.ofSeconds(1));
            }
            for (final String streamlet : List.of("0", "1")) {
                assertEquals(
                        sent.stream().filter(one -> one.startsWith(streamlet)).toList(),
                        read.stream().filter(one -> one.startsWith(streamlet)).toList());
            }
        }
    }

    @Test
    void oneClaimAtATime() {
        try (KeraClient client = connect("shm", true);
                ExclusiveProducer producer = client.exclusiveProducer()) {
            client.admin().createStream("s", StreamSettings.DEFAULT);
            try (Claim claim = producer.claim("s", 8)) {
                assertEquals(8, claim.length());
                final InvalidArgumentException twice =
                        assertThrows(InvalidArgumentException.class, () -> producer.claim("s", 8));
                assertEquals("claim_is_open", twice.what());
                assertThrows(InvalidArgumentException.class, producer::flush);
                assertThrows(
                        IndexOutOfBoundsException.class, () -> claim.buffer().putLong(1, 0));
            }
            producer.flush();
            assertEquals(0, producer.stats().records());
        }
    }

    @Test
    void namesTheLimitOfWhatIsTooLarge() {
        try (KeraClient client = connect("shm", true);
                ExclusiveProducer producer = client.exclusiveProducer()) {
            client.admin().createStream("s", StreamSettings.DEFAULT);
            final KeraException tooLarge =
                    assertThrows(InvalidArgumentException.class, () -> producer.claim("s", 100 << 20));
            assertEquals("value_bytes", tooLarge.what());
            assertEquals(64 << 20, tooLarge.limit());
            assertEquals(100 << 20, tooLarge.value());
            final KeraException beyondMemory =
                    assertThrows(InvalidArgumentException.class, () -> producer.claim("s", 40 << 20));
            assertEquals(ErrorCode.LIMIT_EXCEEDED, beyondMemory.code());
            assertEquals(
                    InvalidArgumentException.class,
                    assertThrows(KeraException.class, () -> producer.claim("s", 7, 8))
                            .getClass());
            assertThrows(UnknownStreamException.class, () -> producer.claim("nobody", 8));
        }
    }

    @ParameterizedTest
    @CsvSource({"shm,true", "shm,false", "tcp,true", "tcp,false"})
    void aStreamThatIsDeletedStopsItsStreamlet(String transport, boolean ioThread) {
        try (KeraClient client = connect(transport, ioThread);
                ExclusiveProducer producer = client.exclusiveProducer()) {
            client.admin().createStream("s", StreamSettings.DEFAULT);
            producer.send(Record.of("s", "there"));
            producer.flush();
            client.admin().deleteStream("s");
            final CompletableFuture<RecordMetadata> refused = producer.send(Record.of("s", "gone"));
            producer.flush();
            final CompletionException thrown = assertThrows(CompletionException.class, refused::join);
            assertEquals(
                    ErrorCode.UNKNOWN_STREAM,
                    assertInstanceOf(KeraException.class, thrown.getCause()).code());
            assertThrows(UnknownStreamException.class, () -> producer.claim("s", 8));
            producer.recover("s", 0);
            final CompletableFuture<RecordMetadata> again = producer.send(Record.of("s", "still gone"));
            producer.flush();
            assertThrows(CompletionException.class, again::join);
            assertEquals(2, producer.stats().chunksFailed());
        }
    }

    @Test
    void sendsRowsAndObjects() {
        try (KeraClient client = connect("shm", true);
                ExclusiveProducer producer = client.exclusiveProducer();
                Consumer consumer = client.consumer()) {
            client.admin().createStream("s", StreamSettings.DEFAULT);
            final UnsafeBuffer rows = new UnsafeBuffer(new byte[10 * 8]);
            for (int i = 0; i < 10; i++) {
                rows.putLong(i * 8, i);
            }
            assertEquals(10, producer.stream("s").sendRows(0, rows, 0, 8, 10));
            producer.send("s", 7L, Serdes.LONG, 10L, Serdes.LONG).join();
            consumer.assign("s", Start.earliest());
            final List<TypedRecord<Long, Long>> records = new ArrayList<>();
            while (records.size() < 11) {
                records.addAll(consumer.records(Duration.ofSeconds(1), Serdes.TO_LONG, Serdes.TO_LONG));
            }
            for (int i = 0; i < 11; i++) {
                assertEquals(i, records.get(i).value());
            }
            assertEquals(7L, records.get(10).key());
        }
    }

    /** A chunk is closed by linger between claims and even within one; nothing is lost, doubled or out of order. */
    @ParameterizedTest
    @CsvSource({"0", "20000", "200000"})
    void lingerTakesNothingAway(long lingerNs) {
        final int count = 100_000;
        try (KeraClient client = connect("shm", true);
                ExclusiveProducer producer =
                        client.newProducer().linger(Duration.ofNanos(lingerNs)).openExclusive();
                Consumer consumer = client.consumer()) {
            client.admin().createStream("s", StreamSettings.DEFAULT);
            final long[] outcomes = new long[1];
            final SendCallback callback = (stream, streamlet, offset, time, duplicate, error) -> {
                if (error == null && offset % 3 == 0) {
                    outcomes[0]++;
                }
            };
            final StreamWriter writer = producer.stream("s");
            final byte[] value = new byte[8];
            final UnsafeBuffer view = new UnsafeBuffer(value);
            final Record record = new Record("s").value(value);
            for (int i = 0; i < count; i++) {
                view.putLong(0, i);
                if (i % 3 == 0) {
                    producer.send(record, callback);
                } else {
                    try (Claim claim = writer.claim(8)) {
                        claim.buffer().putBytes(0, value);
                        claim.commit();
                    }
                }
            }
            producer.flush();
            assertEquals((count + 2) / 3, outcomes[0]);
            consumer.assign("s", 0, Start.earliest());
            final long[] next = new long[1];
            while (next[0] < count) {
                consumer.poll(
                        one -> assertEquals(next[0]++, one.buffer().getLong(one.valueOffset())), Duration.ofSeconds(1));
            }
        }
    }

    /** Memory for two chunks, many streamlets: what is open has to leave for others to find room. */
    @ParameterizedTest
    @CsvSource({"shm,true", "shm,false", "tcp,true"})
    void goesOnWithLittleMemory(String transport, boolean ioThread) {
        try (KeraClient client = connect(transport, ioThread);
                ExclusiveProducer producer = client.newProducer()
                        .chunkBytes(1024)
                        .memoryBytes(4096)
                        .linger(Duration.ofSeconds(30))
                        .openExclusive()) {
            client.admin().createStream("s", StreamSettings.DEFAULT.withStreamlets(20));
            for (int i = 0; i < 5000; i++) {
                producer.offer(new Record("s").streamlet(i % 20).value(new byte[100]));
                if (i % 500 == 0) {
                    producer.offer(new Record("s").streamlet(i % 20).value(new byte[2500]));
                }
            }
            producer.flush();
            assertEquals(5010, producer.stats().records());
            assertEquals(0, producer.stats().chunksFailed());
        }
    }

    @TempDir
    Path folder;

    /** The broker goes and comes again with what it had: retries neither lose nor double. */
    @ParameterizedTest
    @CsvSource({"shm", "tcp"})
    void survivesARestartOfTheBroker(String transport) throws IOException {
        final String uri = "shm".equals(transport) ? "shm:" + folder.resolve("n.sock") : "tcp:127.0.0.1:0";
        final Path data = Files.createDirectory(folder.resolve("data"));
        NativeCore core = startCore(uri, data);
        final String endpoint = core.endpoints().get(0);
        final int count = 3000;
        try (KeraClient client = KeraClient.builder()
                        .uri(endpoint)
                        .reconnectMax(Duration.ofMillis(50))
                        .connect();
                ExclusiveProducer producer =
                        client.newProducer().acks(AckLevel.DISK).openExclusive()) {
            client.admin().createStream("s", StreamSettings.DEFAULT);
            final List<CompletableFuture<RecordMetadata>> futures = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                futures.add(producer.send(Record.of("s", "value-" + i)));
                if (i == count / 3 || i == count / 2) {
                    core.close();
                    core = startCore(endpoint, data);
                }
            }
            producer.flush(Duration.ofSeconds(30));
            for (int i = 0; i < count; i++) {
                assertEquals(i, futures.get(i).join().offset());
            }
            assertEquals(count, client.admin().findOffset("s", 0, OffsetSpec.latest()));
            try (Consumer consumer = client.consumer()) {
                consumer.assign("s", 0, Start.at(count - 1));
                final List<ConsumerRecord> last = consumer.records(Duration.ofSeconds(10));
                assertEquals("value-" + (count - 1), last.get(0).valueText());
                assertArrayEquals(
                        last.get(0).value(), last.get(0).valueText().getBytes(java.nio.charset.StandardCharsets.UTF_8));
            }
        } finally {
            core.close();
        }
    }

    private static NativeCore startCore(String uri, Path data) {
        final NativeCore core = NativeCore.open(CoreOptions.builder()
                .arenaBytes(64L << 20)
                .loadedBytesMax(8L << 20)
                .dataFolder(data.toString())
                .listen(uri)
                .build());
        core.start();
        return core;
    }
}
