package io.kera.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.client.AckLevel;
import io.kera.client.Consumer;
import io.kera.client.KeraClient;
import io.kera.client.Producer;
import io.kera.client.ProducerOptions;
import io.kera.client.Record;
import io.kera.client.Start;
import io.kera.client.StreamSettings;
import io.kera.client.errors.ErrorCode;
import io.kera.client.errors.KeraException;
import io.kera.coordinator.ConsensusLog;
import io.kera.coordinator.LogUnwritableException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.agrona.DirectBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is left of a node whose control plane fails: for a while, or for good. */
class KeraNodeFailureTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private final List<String> lines = new CopyOnWriteArrayList<>();
    private volatile boolean full;
    private volatile boolean broken;

    /** A metadata log that is full, or throws what nobody expects, when the test says so. */
    private final class Faulty implements ConsensusLog {
        private final ConsensusLog inner;
        private boolean refused;
        private boolean offered;

        Faulty(ConsensusLog inner) {
            this.inner = inner;
        }

        @Override
        public long offer(DirectBuffer command, int offset, int length) {
            if (broken) {
                throw new IllegalStateException("planned");
            }
            if (full) {
                offered = true;
                return inner.nextIndex();
            }
            return inner.offer(command, offset, length);
        }

        @Override
        public int poll(Follower follower) {
            if (offered) {
                offered = false;
                refused = true;
                throw new LogUnwritableException(folder, new IOException("No space left on device"));
            }
            return inner.poll(follower);
        }

        @Override
        public boolean isLeader() {
            return !refused && inner.isLeader();
        }

        @Override
        public boolean mend(SnapshotSource frames) {
            refused = full;
            return !refused;
        }

        @Override
        public long nextIndex() {
            return inner.nextIndex();
        }

        @Override
        public long entriesSinceSnapshot() {
            return inner.entriesSinceSnapshot();
        }

        @Override
        public boolean snapshot(SnapshotSource frames) {
            return inner.snapshot(frames);
        }

        @Override
        public void close() {
            inner.close();
        }
    }

    private KeraNode start() {
        final NodeConfig config = NodeConfig.builder()
                .set(NodeKeys.DATA_FOLDER, folder.resolve("data").toString())
                .set(NodeKeys.LISTEN, "tcp:127.0.0.1:0")
                .set(NodeKeys.HTTP_LISTEN, "off")
                .set(NodeKeys.MEMORY_ARENA, "64m")
                .set(NodeKeys.MEMORY_TOUCH, "false")
                .build();
        return KeraNode.start(config, (level, line) -> lines.add(line), Faulty::new);
    }

    private static KeraClient client(KeraNode node) {
        return KeraClient.builder()
                .uri(node.uri("tcp"))
                .callTimeout(PATIENCE)
                .connectTimeout(PATIENCE)
                .connect();
    }

    private static void produce(KeraClient client, String stream, int count) throws Exception {
        try (Producer producer =
                client.producer(ProducerOptions.builder().acks(AckLevel.LEADER).build())) {
            for (int at = 0; at < count; at++) {
                producer.send(Record.of(stream, "value-" + at)).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            }
        }
    }

    private static List<String> readAll(KeraClient client, String stream, int count) {
        final List<String> values = new ArrayList<>();
        try (Consumer consumer = client.consumer()) {
            consumer.assign(stream, 0, Start.earliest());
            final long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
            while (values.size() < count && System.nanoTime() - deadlineNs < 0) {
                consumer.poll(record -> values.add(record.valueText()), Duration.ofMillis(100));
            }
        }
        return values;
    }

    private static void await(BooleanSupplier condition) {
        final long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean() && System.nanoTime() - deadlineNs < 0) {
            LockSupport.parkNanos(1_000_000);
        }
        assertTrue(condition.getAsBoolean());
    }

    private long lines(String event) {
        return lines.stream().filter(line -> line.contains("event=" + event)).count();
    }

    @Test
    void refusesChangesWhileItsMetadataCannotBeWrittenAndTakesThemAgainAfterwards() throws Exception {
        try (KeraNode node = start();
                KeraClient client = client(node)) {
            client.admin().createStream("a", StreamSettings.DEFAULT);
            full = true;
            for (int attempt = 0; attempt < 3; attempt++) {
                final KeraException refused = assertThrows(
                        KeraException.class, () -> client.admin().createStream("b", StreamSettings.DEFAULT));
                assertEquals(ErrorCode.DISK_FULL, refused.code());
                assertTrue(refused.what().contains(folder.toString()), refused.what());
            }
            assertFalse(node.isHealthy());
            assertFalse(node.hasFailed());
            produce(client, "a", 10);
            assertEquals(10, readAll(client, "a", 10).size());
            full = false;
            await(node::isHealthy);
            client.admin().createStream("b", StreamSettings.DEFAULT);
            produce(client, "b", 1);
            assertEquals(1, lines("metadata_log_failed"), lines::toString);
            assertEquals(1, lines("metadata_log_mended"), lines::toString);
        }
    }

    @Test
    void stopsAsBySignalWhenItsControlPlaneFailsAndLosesNothing() throws Exception {
        final StopSignals signals = new StopSignals();
        final KeraNode node = start();
        try (KeraClient client = client(node)) {
            client.admin().createStream("a", StreamSettings.DEFAULT);
            produce(client, "a", 100);
            broken = true;
            final Thread asking = new Thread(
                    () -> assertThrows(
                            KeraException.class, () -> client.admin().createStream("b", StreamSettings.DEFAULT)),
                    "asking");
            asking.start();
            assertEquals(1, NodeMain.serveUntilStopped(node, signals, (level, line) -> lines.add(line)));
            client.close();
            asking.join();
        }
        assertTrue(node.hasFailed() && node.stoppedCleanly());
        assertFalse(node.isHealthy() || node.isReady());
        assertEquals(1, lines("control_agent_failed"), lines::toString);
        assertTrue(lines.stream().anyMatch(line -> line.contains("planned")), lines::toString);
        broken = false;
        try (KeraNode again = start();
                KeraClient client = client(again)) {
            assertEquals(100, readAll(client, "a", 100).size());
        }
    }
}
