package io.kera.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kera.client.errors.InvalidArgumentException;
import io.kera.client.errors.OffsetOutOfRangeException;
import io.kera.client.errors.UnknownStreamException;
import io.kera.client.testing.LocalNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(600)
class ConsumerTest {
    private static final int RECORDS = 1000;
    private static final Duration WAIT = Duration.ofSeconds(5);

    private LocalNode node;
    private KeraClient client;

    @BeforeEach
    void start() {
        node = new LocalNode();
        client = KeraClient.connect(node.uri("shm"));
        client.admin().createStream("s", StreamSettings.DEFAULT.withStreamlets(2));
        try (Producer producer = client.newProducer().chunkBytes(1024).open()) {
            for (int i = 0; i < RECORDS; i++) {
                producer.offer(
                        new Record("s").streamlet(0).timestampMs(10_000 + i).value("v" + i));
            }
            producer.offer(new Record("s").streamlet(1).value("other"));
        }
    }

    @AfterEach
    void stop() {
        client.close();
        node.close();
    }

    private static List<Long> offsets(Consumer consumer, int recordsMax) {
        final List<Long> offsets = new ArrayList<>();
        consumer.poll(record -> offsets.add(record.offset()), recordsMax, WAIT);
        return offsets;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void startsInTheMiddleOfAChunk(boolean push) {
        try (Consumer consumer = client.newConsumer().push(push).open()) {
            consumer.assign("s", 0, Start.at(567));
            assertEquals(List.of(567L, 568L, 569L), offsets(consumer, 3));
            assertEquals(570, consumer.position("s", 0));
            assertEquals(570L, offsets(consumer, 1).get(0));
        }
    }

    @Test
    void seeksByOffsetAndTime() {
        try (Consumer consumer = client.consumer()) {
            consumer.assign("s", 0, Start.earliest());
            assertEquals(0L, offsets(consumer, 1).get(0));
            consumer.seek("s", 0, Start.at(999));
            assertEquals(List.of(999L), offsets(consumer, 10));
            consumer.seek("s", 0, Start.atTime(10_250));
            final List<ConsumerRecord> found = consumer.records(WAIT);
            assertEquals(
                    10_250,
                    found.stream()
                            .filter(r -> r.timestampMs() >= 10_250)
                            .findFirst()
                            .orElseThrow()
                            .timestampMs());
            consumer.seek("s", 0, Start.latest());
            assertEquals(0, consumer.poll(record -> {}, Duration.ofMillis(20)));
        }
    }

    @Test
    void resumesWhereTheUserWas() {
        try (Consumer consumer = client.consumer()) {
            consumer.assign("s", 0, Start.earliest());
            assertEquals(List.of(0L, 1L), offsets(consumer, 2));
            consumer.pause("s", 0);
            assertEquals(0, consumer.poll(record -> {}, Duration.ofMillis(50)));
            assertEquals(2, consumer.position("s", 0));
            consumer.resume("s", 0);
            assertEquals(List.of(2L, 3L), offsets(consumer, 2));
        }
    }

    @Test
    void aHandlerThatThrowsLosesNothing() {
        try (Consumer consumer = client.consumer()) {
            consumer.assign("s", 0, Start.at(10));
            assertThrows(
                    IllegalStateException.class,
                    () -> consumer.poll(
                            record -> {
                                throw new IllegalStateException("mine");
                            },
                            WAIT));
            assertEquals(11, consumer.position("s", 0));
            assertEquals(11L, offsets(consumer, 1).get(0));
        }
    }

    @Test
    void readsSeveralStreamletsAndLeavesThem() {
        try (Consumer consumer = client.consumer()) {
            consumer.assign("s", Start.earliest());
            int records = 0;
            for (final ConsumerRecord record : consumer.until(Duration.ofMillis(300))) {
                records += record.stream().equals("s") ? 1 : 0;
            }
            assertEquals(RECORDS + 1, records);
            consumer.unassign("s", 1);
            final InvalidArgumentException gone =
                    assertThrows(InvalidArgumentException.class, () -> consumer.position("s", 1));
            assertEquals("not_assigned s", gone.what());
        }
    }

    @Test
    void anOffsetThatIsNotThereFailsWhereAsked() {
        try (Consumer consumer =
                client.newConsumer().outOfRange(ConsumerOptions.OutOfRange.FAIL).open()) {
            consumer.assign("s", 0, Start.at(5000));
            final OffsetOutOfRangeException refused =
                    assertThrows(OffsetOutOfRangeException.class, () -> consumer.poll(record -> {}, WAIT));
            assertEquals(5000, refused.value());
            consumer.seek("s", 0, Start.at(1));
            assertEquals(1L, offsets(consumer, 1).get(0));
        }
    }

    @Test
    void refusesStreamletsThatAreNot() {
        try (Consumer consumer = client.consumer()) {
            assertThrows(InvalidArgumentException.class, () -> consumer.assign("s", 2, Start.earliest()));
            assertThrows(UnknownStreamException.class, () -> consumer.assign("t", 0, Start.earliest()));
            assertThrows(InvalidArgumentException.class, () -> Start.at(-1));
        }
    }
}
