package io.kera.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.client.errors.ClosedException;
import io.kera.client.errors.ErrorCode;
import io.kera.client.errors.KeraException;
import io.kera.client.testing.LocalNode;
import io.kera.ffi.NativeClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Closing in every order, from any thread: never a crash, never a leak, always CLOSED. */
@Timeout(600)
class ClosingTest {
    private final LocalNode node = new LocalNode();

    @AfterEach
    void stop() {
        node.close();
        assertEquals(0, NativeClient.openCount(), "native clients left");
    }

    private KeraClient connect(String transport, boolean ioThread) {
        final KeraClient client = KeraClient.builder()
                .uri(node.uri(transport))
                .ioThread(ioThread)
                .callTimeout(Duration.ofSeconds(10))
                .connect();
        if (client.admin().listStreams().isEmpty()) {
            client.admin().createStream("s", StreamSettings.DEFAULT);
        }
        return client;
    }

    @ParameterizedTest
    @CsvSource({"shm,true", "shm,false", "tcp,true", "tcp,false"})
    void refusesEverythingAfterwards(String transport, boolean ioThread) {
        final KeraClient client = connect(transport, ioThread);
        final ExclusiveProducer producer = client.exclusiveProducer();
        final StreamWriter writer = producer.stream("s");
        final Consumer consumer = client.consumer();
        consumer.assign("s", 0, Start.earliest());
        client.close();
        client.close();
        producer.close();
        consumer.close();
        assertTrue(client.isClosed());
        assertFalse(client.isConnected());
        assertThrows(ClosedException.class, () -> writer.claim(8));
        assertThrows(ClosedException.class, () -> producer.offer(Record.of("s", "x")));
        assertThrows(ClosedException.class, producer::flush);
        assertThrows(ClosedException.class, producer::stats);
        assertThrows(ClosedException.class, () -> consumer.poll(record -> {}, Duration.ZERO));
        assertThrows(ClosedException.class, () -> consumer.seek("s", 0, Start.latest()));
        assertThrows(ClosedException.class, () -> client.admin().listStreams());
        assertThrows(ClosedException.class, client::exclusiveProducer);
        assertThrows(ClosedException.class, client::consumer);
        assertThrows(ClosedException.class, client::poll);
    }

    @ParameterizedTest
    @CsvSource({"shm,true", "shm,false", "tcp,true"})
    void closingWithAnOpenClaimDropsItAndSendsTheRest(String transport, boolean ioThread) {
        try (KeraClient client = connect(transport, ioThread)) {
            final ExclusiveProducer producer = client.exclusiveProducer();
            producer.offer(Record.of("s", "kept"));
            final Claim claim = producer.claim("s", 8);
            producer.close();
            assertEquals(0, claim.length());
            assertThrows(KeraException.class, claim::commit);
            assertEquals(1, client.admin().findOffset("s", 0, OffsetSpec.latest()));
        }
    }

    @Test
    void givesEveryFutureAnEnd() {
        final KeraClient client = connect("shm", true);
        final ExclusiveProducer producer =
                client.newProducer().linger(Duration.ofSeconds(30)).openExclusive();
        final List<CompletableFuture<RecordMetadata>> futures = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            futures.add(producer.send(Record.of("s", "v" + i)));
        }
        client.close();
        for (final CompletableFuture<RecordMetadata> future : futures) {
            assertTrue(future.isDone());
        }
        assertEquals(9_999, futures.get(9_999).join().offset());
    }

    @Test
    void whatCannotBeSentFailsWithClosed() {
        final LocalNode other = new LocalNode();
        final KeraClient client = KeraClient.builder()
                .uri(other.uri("tcp"))
                .callTimeout(Duration.ofMillis(300))
                .connect();
        client.admin().createStream("s", StreamSettings.DEFAULT);
        final ExclusiveProducer producer = client.exclusiveProducer();
        producer.stream("s");
        other.close();
        final CompletableFuture<RecordMetadata> lost = producer.send(Record.of("s", "lost"));
        client.close();
        final CompletionException thrown = assertThrows(CompletionException.class, lost::join);
        final KeraException cause = assertInstanceOf(KeraException.class, thrown.getCause());
        assertEquals(ErrorCode.CLOSED, cause.code());
    }

    /** The one who writes does so without a pause, while somebody else closes; again and again. */
    @ParameterizedTest
    @CsvSource({"shm,client", "shm,producer", "tcp,client", "tcp,producer"})
    void anotherThreadMayCloseAProducerAtAnyTime(String transport, String what) throws InterruptedException {
        for (int round = 0; round < 10; round++) {
            final KeraClient client = connect(transport, true);
            final ExclusiveProducer producer =
                    client.newProducer().maxBlock(Duration.ofSeconds(5)).openExclusive();
            final CountDownLatch begun = new CountDownLatch(1);
            final AtomicReference<Throwable> ended = new AtomicReference<>();
            final AtomicLong written = new AtomicLong();
            final Thread writer = new Thread(() -> {
                try {
                    final StreamWriter stream = producer.stream("s");
                    for (; ; ) {
                        try (Claim claim = stream.claim(100)) {
                            claim.buffer().setMemory(0, 100, (byte) 1);
                            claim.commit();
                        }
                        if (written.incrementAndGet() == 1000) {
                            begun.countDown();
                        }
                    }
                } catch (Throwable e) {
                    ended.set(e);
                    begun.countDown();
                }
            });
            writer.start();
            begun.await();
            if ("client".equals(what)) {
                client.close();
            } else {
                producer.close();
            }
            writer.join();
            assertTrue(ended.get() instanceof ClosedException, () -> String.valueOf(ended.get()));
            client.close();
        }
    }

    @ParameterizedTest
    @CsvSource({"shm,client", "shm,consumer", "tcp,client", "tcp,consumer"})
    void anotherThreadMayCloseAConsumerAtAnyTime(String transport, String what) throws InterruptedException {
        try (KeraClient client = connect(transport, true);
                ExclusiveProducer producer = client.exclusiveProducer()) {
            for (int i = 0; i < 200_000; i++) {
                producer.offer(Record.of("s", "0123456789"));
            }
        }
        for (int round = 0; round < 10; round++) {
            final KeraClient client = connect(transport, true);
            final Consumer consumer = client.consumer();
            consumer.assign("s", 0, Start.earliest());
            final CountDownLatch begun = new CountDownLatch(1);
            final AtomicReference<Throwable> ended = new AtomicReference<>();
            final AtomicLong sum = new AtomicLong();
            final Thread reader = new Thread(() -> {
                try {
                    for (; ; ) {
                        consumer.poll(
                                record -> {
                                    sum.lazySet(sum.get() + record.buffer().getByte(record.valueOffset()));
                                    begun.countDown();
                                },
                                Duration.ofSeconds(10));
                        consumer.seek("s", 0, Start.earliest());
                    }
                } catch (Throwable e) {
                    ended.set(e);
                    begun.countDown();
                }
            });
            reader.start();
            begun.await();
            if ("client".equals(what)) {
                client.close();
            } else {
                consumer.close();
            }
            reader.join();
            assertTrue(ended.get() instanceof ClosedException, () -> String.valueOf(ended.get()));
            client.close();
        }
    }
}
