package io.kera.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kera.client.errors.InvalidArgumentException;
import io.kera.client.errors.UnknownStreamException;
import io.kera.client.testing.LocalNode;
import io.kera.wire.KeyHash;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A stream gets more streamlets while producers and consumers are open. */
@Timeout(600)
class GrowthTest {
    private static final int BEFORE = 2;
    private static final int AFTER = 5;

    private LocalNode node;
    private KeraClient admin;

    @BeforeEach
    void start() {
        node = new LocalNode();
        admin = KeraClient.connect(node.uri("tcp"));
        admin.admin().createStream("s", StreamSettings.DEFAULT.withStreamlets(BEFORE));
    }

    @AfterEach
    void stop() {
        admin.close();
        node.close();
    }

    private StreamInfo grow(int streamlets) {
        return admin.admin().alterStream("s", StreamChange.NONE.withStreamlets(streamlets));
    }

    private static Set<Integer> all(int streamlets) {
        final Set<Integer> all = new HashSet<>();
        for (int streamlet = 0; streamlet < streamlets; streamlet++) {
            all.add(streamlet);
        }
        return all;
    }

    /** Reads until each of so many streamlets has shown a record. */
    private static Set<Integer> readUntilAllAreUsed(Consumer consumer, int streamlets) {
        final Set<Integer> used = new HashSet<>();
        while (used.size() < streamlets) {
            consumer.poll(record -> used.add(record.streamlet()), Duration.ofSeconds(1));
        }
        return used;
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp", "shm"})
    void anOpenProducerOfManyThreadsUsesNewStreamlets(String transport) {
        try (KeraClient client = KeraClient.connect(node.uri(transport));
                Producer producer = client.producer()) {
            assertEquals(
                    0,
                    producer.send(new Record("s").streamlet(0).value("v"))
                            .join()
                            .streamlet());
            grow(AFTER);
            final Set<Integer> used = new HashSet<>();
            while (!used.equals(all(AFTER))) {
                used.add(producer.send(Record.of("s", "any")).join().streamlet());
            }
            assertEquals(
                    AFTER - 1,
                    producer.send(new Record("s").streamlet(AFTER - 1).value("v"))
                            .join()
                            .streamlet());
            final InvalidArgumentException none = assertThrows(
                    InvalidArgumentException.class,
                    () -> producer.send(new Record("s").streamlet(AFTER).value("v")));
            assertEquals(AFTER - 1, none.limit());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anOpenProducerOfOneThreadUsesNewStreamlets(boolean ioThread) {
        try (KeraClient client = KeraClient.builder()
                        .uri(node.uri("shm"))
                        .ioThread(ioThread)
                        .connect();
                ExclusiveProducer producer = client.exclusiveProducer()) {
            final StreamWriter writer = producer.stream("s");
            assertEquals(BEFORE, writer.streamlets());
            grow(AFTER);
            while (writer.streamlets() < AFTER) {
                try (Claim claim = writer.claim(8)) {
                    claim.commit();
                }
                producer.flush();
            }
            try (Claim claim = writer.claim(AFTER - 1, 8)) {
                claim.commit();
            }
            producer.flush();
            assertEquals(1, admin.admin().findOffset("s", AFTER - 1, OffsetSpec.latest()));
        }
    }

    @Test
    void keysGoToTheStreamletThatTheyHaveAmongAll() {
        try (Producer producer = admin.producer()) {
            producer.send(Record.of("s", "first", "v")).join();
            grow(AFTER);
            while (producer.stream("s").streamlets() < AFTER) {
                producer.send(Record.of("s", "any")).join();
            }
            final Map<String, Integer> places = new HashMap<>();
            for (int i = 0; i < 100; i++) {
                places.put(
                        "key-" + i,
                        producer.send(Record.of("s", "key-" + i, "v")).join().streamlet());
            }
            places.forEach((key, streamlet) -> {
                final UnsafeBuffer bytes = new UnsafeBuffer(key.getBytes(StandardCharsets.UTF_8));
                assertEquals(KeyHash.streamletOf(bytes, 0, bytes.capacity(), AFTER), streamlet, key);
            });
            assertEquals(all(AFTER), new HashSet<>(places.values()));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp", "shm"})
    void aConsumerOfTheWholeStreamReadsNewStreamletsFromTheirBeginning(String transport) {
        try (KeraClient client = KeraClient.connect(node.uri(transport));
                Consumer whole = client.consumer();
                Consumer part = client.consumer()) {
            whole.assign("s", Start.latest());
            part.assign("s", 0, Start.earliest());
            grow(AFTER);
            try (Producer producer = admin.producer()) {
                for (int streamlet = BEFORE; streamlet < AFTER; streamlet++) {
                    producer.send(new Record("s").streamlet(streamlet).value("v"))
                            .join();
                }
                final Set<Integer> used = readUntilAllAreUsed(whole, AFTER - BEFORE);
                used.removeAll(all(BEFORE));
                assertEquals(AFTER - BEFORE, used.size());
                assertEquals(1, whole.position("s", AFTER - 1));
                whole.pause("s", AFTER - 1);
                producer.send(new Record("s").streamlet(AFTER - 1).value("second"))
                        .join();
                producer.send(new Record("s").streamlet(0).value("of part")).join();
                whole.resume("s", AFTER - 1);
                whole.seek("s", AFTER - 1, Start.at(1));
                final Set<String> values = new HashSet<>();
                while (!values.contains("second")) {
                    whole.poll(record -> values.add(record.valueText()), Duration.ofSeconds(1));
                }
                assertEquals(Set.of(0), readUntilAllAreUsed(part, 1));
                assertThrows(InvalidArgumentException.class, () -> part.position("s", AFTER - 1));
                // Described after the growth: it may be read by hand, too.
                part.assign("s", AFTER - 1, Start.at(1));
                assertEquals(Set.of(AFTER - 1), readUntilAllAreUsed(part, 1));
            }
        }
    }

    @Test
    void aNewStreamletCanBeSteeredBeforeItsFirstRecord() {
        try (Consumer consumer = admin.consumer();
                Producer producer = admin.producer()) {
            consumer.assign("s", Start.earliest());
            grow(AFTER);
            producer.send(new Record("s").streamlet(AFTER - 2).value("v")).join();
            assertEquals(Set.of(AFTER - 2), readUntilAllAreUsed(consumer, 1));
            // It has brought no record, but it is read.
            consumer.pause("s", AFTER - 1);
            producer.send(new Record("s").streamlet(AFTER - 1).value("unseen")).join();
            producer.send(new Record("s").streamlet(0).value("seen")).join();
            assertEquals(Set.of(0), readUntilAllAreUsed(consumer, 1));
            consumer.resume("s", AFTER - 1);
            assertEquals(Set.of(AFTER - 1), readUntilAllAreUsed(consumer, 1));
        }
    }

    @Test
    void whatIsNotMoreIsRefusedWithValueAndLimitOrChangesNothing() {
        for (final int fewer : new int[] {1, -1}) {
            final InvalidArgumentException refused = assertThrows(InvalidArgumentException.class, () -> grow(fewer));
            assertEquals("streamlets", refused.what());
            assertEquals(fewer, refused.value());
            assertEquals(fewer < 0 ? 1 : BEFORE, refused.limit());
        }
        final InvalidArgumentException above = assertThrows(InvalidArgumentException.class, () -> grow(65_535));
        assertEquals(65_534, above.limit());
        assertEquals(BEFORE, grow(0).streamlets());
        assertEquals(BEFORE, grow(BEFORE).streamlets());
        assertThrows(
                UnknownStreamException.class,
                () -> admin.admin().alterStream("none", StreamChange.NONE.withStreamlets(9)));
    }
}
