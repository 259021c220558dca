package io.kera.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.client.AckLevel;
import io.kera.client.KeraClient;
import io.kera.client.StreamSettings;
import io.kera.client.errors.ErrorCode;
import io.kera.client.errors.KeraException;
import io.kera.coordinator.ConsensusLog;
import io.kera.coordinator.LogUnwritableException;
import io.kera.node.config.NodeConfig;
import io.kera.node.config.NodeKeys;
import io.kera.node.service.Supervisor;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.agrona.DirectBuffer;
import org.junit.jupiter.api.Test;

/** What is left of a node whose control plane fails: for a while, or for good. */
class KeraNodeFailureTest extends NodeFixture {
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

    /** A node without HTTP, whose metadata log fails when the test says so. */
    @Override
    KeraNode start() {
        final NodeConfig config = config().set(NodeKeys.LISTEN, "tcp:127.0.0.1:0")
                .set(NodeKeys.HTTP_LISTEN, "off")
                .build();
        return KeraNode.start(config, (level, line) -> lines.add(line), Faulty::new);
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
                KeraClient client = client(node, "tcp")) {
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
            produce(client, "a", AckLevel.LEADER, 10);
            assertEquals(10, readAll(client, "a", 10).size());
            full = false;
            await(node::isHealthy);
            client.admin().createStream("b", StreamSettings.DEFAULT);
            produce(client, "b", AckLevel.LEADER, 1);
            assertEquals(1, lines("metadata_log_failed"), lines::toString);
            assertEquals(1, lines("metadata_log_mended"), lines::toString);
        }
    }

    @Test
    void stopsAsBySignalWhenItsControlPlaneFailsAndLosesNothing() throws Exception {
        final StopSignals signals = new StopSignals();
        final KeraNode node = start();
        try (KeraClient client = client(node, "tcp")) {
            client.admin().createStream("a", StreamSettings.DEFAULT);
            produce(client, "a", AckLevel.LEADER, 100);
            broken = true;
            final Thread asking = new Thread(
                    () -> assertThrows(
                            KeraException.class, () -> client.admin().createStream("b", StreamSettings.DEFAULT)),
                    "asking");
            asking.start();
            assertEquals(
                    1,
                    NodeMain.serveUntilStopped(
                            node, signals, (level, line) -> lines.add(line), Supervisor.of(Map.of(), errno -> {})));
            client.close();
            asking.join();
        }
        assertTrue(node.hasFailed() && node.stoppedCleanly());
        assertFalse(node.isHealthy() || node.isReady());
        assertEquals(1, lines("control_agent_failed"), lines::toString);
        assertTrue(lines.stream().anyMatch(line -> line.contains("planned")), lines::toString);
        broken = false;
        try (KeraNode again = start();
                KeraClient client = client(again, "tcp")) {
            assertEquals(100, readAll(client, "a", 100).size());
        }
    }
}
