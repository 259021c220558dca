package io.kera.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.client.errors.InvalidArgumentException;
import io.kera.client.errors.KeraException;
import io.kera.client.errors.RetriableException;
import io.kera.client.errors.StreamExistsException;
import io.kera.client.errors.UnknownStreamException;
import io.kera.client.testing.LocalNode;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(600)
class AdminTest {
    private LocalNode node;
    private KeraClient client;

    @BeforeEach
    void start() {
        node = new LocalNode();
        client = KeraClient.connect(node.uri("tcp"));
    }

    @AfterEach
    void stop() {
        client.close();
        node.close();
    }

    @Test
    void describesWhatItCreatedAndAltered() {
        final StreamSettings settings = StreamSettings.DEFAULT
                .withStreamlets(3)
                .withAckLevelMin(AckLevel.LEADER)
                .withAppendTimes(true)
                .withRetentionMs(3_600_000);
        final StreamInfo made = client.admin().createStream("clicks", settings);
        assertEquals(made, client.admin().describeStream("clicks"));
        assertEquals(3, made.streamlets());
        assertEquals(AckLevel.LEADER, made.settings().ackLevelMin());
        assertTrue(made.settings().appendTimes());
        final StreamInfo altered = client.admin()
                .alterStream("clicks", StreamChange.NONE.withLanes(2).withRetentionBytes(1 << 20));
        assertEquals(2, altered.settings().lanes());
        assertEquals(1 << 20, altered.settings().retentionBytes());
        assertEquals(3_600_000, altered.settings().retentionMs());
        assertThrows(StreamExistsException.class, () -> client.admin().createStream("clicks", settings));
    }

    @Test
    void listsMoreStreamsThanOneAnswerHadRoomFor() {
        for (int i = 0; i < 200; i++) {
            client.admin().createStream("a-stream-with-a-rather-long-name-" + i, StreamSettings.DEFAULT);
        }
        final List<ListedStream> streams = client.admin().listStreams();
        assertEquals(200, streams.size());
        client.admin().deleteStream(streams.get(0).name());
        assertEquals(199, client.admin().listStreams().size());
        assertThrows(
                UnknownStreamException.class,
                () -> client.admin().describeStream(streams.get(0).name()));
    }

    @Test
    void findsAndForgetsOffsets() {
        client.admin().createStream("s", StreamSettings.DEFAULT);
        try (Producer producer = client.producer()) {
            for (int i = 0; i < 10; i++) {
                producer.offer(Record.of("s", "v"));
            }
        }
        assertEquals(0, client.admin().findOffset("s", 0, OffsetSpec.earliest()));
        assertEquals(10, client.admin().findOffset("s", 0, OffsetSpec.latest()));
        assertEquals(0, client.admin().findOffset("s", 0, OffsetSpec.atTime(1)));
        assertTrue(client.admin().deleteBefore("s", 0, 5) <= 5);
    }

    @Test
    void describesTheNode() {
        final NodeInfo info = client.admin().describeNode();
        assertEquals(1, info.reactors());
        assertEquals(128L << 20, info.arenaBytes());
        assertTrue(info.counters().size() > 3, info::toString);
    }

    @Test
    void namesWhatIsWrongWithOptions() {
        final InvalidArgumentException chunk = assertThrows(
                InvalidArgumentException.class, () -> ProducerOptions.builder().chunkBytes(12));
        assertEquals("chunk_bytes", chunk.what());
        assertEquals(1024, chunk.limit());
        assertEquals(12, chunk.value());
        assertThrows(
                InvalidArgumentException.class,
                () -> ProducerOptions.builder().memoryBytes(1).build());
        assertThrows(InvalidArgumentException.class, () -> KeraClient.builder().callTimeout(Duration.ZERO));
        assertThrows(InvalidArgumentException.class, () -> KeraClient.builder().connect());
        assertThrows(InvalidArgumentException.class, () -> KeraClient.connect("tcp"));
        assertThrows(InvalidArgumentException.class, () -> StreamSettings.DEFAULT.withLanes(0));
    }

    @Test
    void tellsThatNobodyListens() {
        final KeraException refused = assertThrows(
                RetriableException.class,
                () -> KeraClient.builder()
                        .uri("tcp:127.0.0.1:1")
                        .callTimeout(Duration.ofMillis(200))
                        .connect());
        assertTrue(refused.isRetriable());
    }
}
