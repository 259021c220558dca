package io.kera.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.client.AckLevel;
import io.kera.client.Consumer;
import io.kera.client.KeraClient;
import io.kera.client.Producer;
import io.kera.client.ProducerOptions;
import io.kera.client.Record;
import io.kera.client.Start;
import io.kera.client.StreamSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the promise of each level is worth when the process ends: by SIGKILL, and by others. */
class NodeProcessTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int ENOUGH = 2_000;

    @TempDir
    Path folder;

    private final Set<Long> acknowledged = ConcurrentHashMap.newKeySet();

    private static KeraClient client(NodeProcess node) {
        return KeraClient.builder()
                .uri(node.uri())
                .callTimeout(PATIENCE)
                .connectTimeout(PATIENCE)
                .connect();
    }

    /** Sends numbers without waiting for each, until told to stop; remembers those that were acknowledged. */
    private Thread ingest(KeraClient client, AckLevel level, AtomicBoolean stop) {
        final Thread thread = new Thread(
                () -> {
                    try (Producer producer = client.producer(ProducerOptions.builder()
                            .acks(level)
                            .maxBlock(Duration.ofSeconds(1))
                            .deliveryTimeout(Duration.ofSeconds(2))
                            .build())) {
                        for (long number = 0; !stop.get(); number++) {
                            final long sent = number;
                            producer.send(
                                    Record.of("numbers", Long.toString(sent)),
                                    (stream, streamlet, offset, appendTimeMs, duplicate, error) -> {
                                        if (error == null) {
                                            acknowledged.add(sent);
                                        }
                                    });
                        }
                    } catch (RuntimeException e) {
                        // The node is gone in the middle of it: that is what the test is about.
                        stop.set(true);
                    }
                },
                "ingest");
        thread.start();
        return thread;
    }

    private void awaitAcknowledged(int count) {
        final long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
        while (acknowledged.size() < count && System.nanoTime() - deadlineNs < 0) {
            LockSupport.parkNanos(1_000_000);
        }
        assertTrue(acknowledged.size() >= count, "acknowledged=" + acknowledged.size());
    }

    private Set<Long> readBack(NodeProcess node) {
        final Set<Long> found = new HashSet<>();
        try (KeraClient client = client(node);
                Consumer consumer = client.consumer()) {
            consumer.assign("numbers", 0, Start.earliest());
            final long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
            while (!found.containsAll(acknowledged) && System.nanoTime() - deadlineNs < 0) {
                consumer.poll(
                        record -> assertTrue(
                                found.add(Long.parseLong(record.valueText())), () -> "twice: " + record.valueText()),
                        Duration.ofMillis(100));
            }
        }
        return found;
    }

    private void assertNothingLost(NodeProcess node) {
        final Set<Long> missing = new HashSet<>(acknowledged);
        missing.removeAll(readBack(node));
        assertEquals(Set.of(), missing, "acknowledged=" + acknowledged.size());
    }

    @Test
    void losesNothingThatWasAcknowledgedAtDiskWhenItIsKilled() throws Exception {
        final AtomicBoolean stop = new AtomicBoolean();
        try (NodeProcess node = NodeProcess.start(folder);
                KeraClient client = client(node)) {
            client.admin().createStream("numbers", StreamSettings.DEFAULT);
            final Thread ingest = ingest(client, AckLevel.DISK, stop);
            awaitAcknowledged(ENOUGH);
            node.kill();
            stop.set(true);
            ingest.join();
        }
        try (NodeProcess again = NodeProcess.start(folder)) {
            assertNothingLost(again);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT", "HUP"})
    void losesNothingThatWasAcknowledgedAtLeaderWhenItIsToldToEnd(String signal) throws Exception {
        final AtomicBoolean stop = new AtomicBoolean();
        try (NodeProcess node = NodeProcess.start(folder);
                KeraClient client = client(node)) {
            client.admin().createStream("numbers", StreamSettings.DEFAULT);
            final Thread ingest = ingest(client, AckLevel.LEADER, stop);
            awaitAcknowledged(ENOUGH);
            node.signal(signal);
            assertEquals(0, node.status(), node::output);
            stop.set(true);
            ingest.join();
        }
        try (NodeProcess again = NodeProcess.start(folder)) {
            assertNothingLost(again);
            assertEquals(0, again.terminate(), again::output);
        }
    }

    /** As under {@code nohup}, which tells the process to ignore the end of its terminal. */
    @Test
    void goesOnIgnoringTheSignalThatItWasStartedToIgnore() throws Exception {
        try (NodeProcess node = NodeProcess.startIgnoring("HUP", folder);
                KeraClient client = client(node)) {
            node.signal("HUP");
            client.admin().createStream("numbers", StreamSettings.DEFAULT);
            assertEquals(0, node.terminate(), node::output);
            assertTrue(node.output().contains("signal=SIGTERM"), node.output());
        }
    }

    @Test
    void refusesASecondStartOnTheSameDataWithTheOwnersPid() throws Exception {
        try (NodeProcess first = NodeProcess.start(folder);
                NodeProcess second = NodeProcess.start(folder)) {
            assertEquals(1, second.status(), second::output);
            assertTrue(second.output().contains("owner_pid=" + first.pid()), second.output());
            assertEquals(0, first.terminate(), first::output);
        }
    }
}
