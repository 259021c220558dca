package io.kera.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.client.ProducerOptions.Compression;
import io.kera.client.testing.Crew;
import io.kera.client.testing.LocalNode;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What producers compress, consumers read without being told. */
@Timeout(600)
class CompressionTest {
    private static final int THREADS = 4;
    private static final int RECORDS = 5_000;
    private static final String TAIL = " measured at the usual place, with the usual instrument".repeat(4);

    private final LocalNode node = new LocalNode();

    @AfterEach
    void stop() {
        node.close();
    }

    private static String value(int number) {
        return "reading " + number + TAIL;
    }

    private static void assertAllRead(KeraClient client, int records) {
        final int[] seen = new int[records];
        int read = 0;
        try (Consumer consumer = client.consumer()) {
            consumer.assign("s", Start.earliest());
            while (read < records) {
                read += consumer.poll(
                        record -> {
                            final String text = record.valueText();
                            final int number = Integer.parseInt(text.split(" ")[1]);
                            assertEquals(value(number), text);
                            seen[number]++;
                        },
                        Duration.ofSeconds(5));
            }
        }
        assertTrue(Arrays.stream(seen).allMatch(times -> times == 1));
    }

    @ParameterizedTest
    @CsvSource({"tcp,LZ4", "tcp,ZSTD", "shm,LZ4", "shm,ZSTD"})
    void recordsOfManyThreadsComeBack(String transport, Compression codec) {
        try (KeraClient client = KeraClient.connect(node.uri(transport))) {
            client.admin().createStream("s", StreamSettings.DEFAULT.withStreamlets(2));
            try (Producer producer = client.newProducer().compression(codec).open()) {
                Crew.run(THREADS, thread -> {
                    for (int number = 0; number < RECORDS; number++) {
                        producer.send(
                                Record.of("s", "key", value(thread * RECORDS + number)), (a, b, c, d, e, f) -> {});
                    }
                });
                producer.flush();
                final long plain = (long) THREADS * RECORDS * value(0).length();
                final long sent = producer.stats().bytesSent();
                assertTrue(sent < plain / 3, () -> "sent=" + sent + " plain=" + plain);
            }
            assertAllRead(client, THREADS * RECORDS);
        }
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void anExclusiveProducerCompressesToo(boolean ioThread) {
        try (KeraClient client =
                KeraClient.builder().uri(node.uri("tcp")).ioThread(ioThread).connect()) {
            client.admin().createStream("s", StreamSettings.DEFAULT);
            try (ExclusiveProducer producer =
                    client.newProducer().compression(Compression.ZSTD).openExclusive()) {
                for (int number = 0; number < RECORDS; number++) {
                    producer.send(Record.of("s", "key", value(number)));
                }
                producer.flush();
                final long sent = producer.stats().bytesSent();
                assertTrue(sent < (long) RECORDS * value(0).length() / 3, () -> "sent=" + sent);
            }
            assertAllRead(client, RECORDS);
        }
    }
}
