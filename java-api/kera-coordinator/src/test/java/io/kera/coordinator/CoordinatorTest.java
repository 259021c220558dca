package io.kera.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.wire.StreamDefinition;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CoordinatorTest {
    @TempDir
    Path folder;

    private final List<UnsafeBuffer> events = new ArrayList<>();

    private Coordinator open(long entriesTillSnapshot) {
        return new Coordinator(
                FileConsensusLog.open(folder, () -> 42),
                (frame, at, length) -> events.add(CommandHistory.copy(frame, at, length)),
                entriesTillSnapshot);
    }

    private static boolean create(Coordinator coordinator, String name) {
        return coordinator.submit(
                to -> to.createStream(1, MetadataCommands.ANY_STREAM, 0, StreamDefinition.named(name)));
    }

    @Test
    void answersOnlyWhatWasAskedInThisLife() {
        try (Coordinator coordinator = open(100)) {
            assertFalse(create(coordinator, "early"));
            coordinator.doWork();
            assertTrue(create(coordinator, "a"));
            assertEquals(0, events.size(), "nothing is answered before it is committed");
            coordinator.doWork();
            assertEquals(1, events.size());
        }
        try (Coordinator coordinator = open(100)) {
            coordinator.doWork();
            assertEquals(1, events.size());
            assertTrue(coordinator.state().stream("a") != null);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23})
    void findsTheSameStateAfterAnyRestartWithSnapshotsOnTheWay(long seed) {
        final List<UnsafeBuffer> history = new CommandHistory(seed).draw(400);
        final MetadataStateMachine model = new MetadataStateMachine((frame, at, length) -> {});
        int at = 0;
        while (at < history.size()) {
            try (FileConsensusLog log = FileConsensusLog.open(folder, () -> 42);
                    Coordinator coordinator = new Coordinator(log, (frame, offset, length) -> {}, 30)) {
                coordinator.doWork();
                assertEquals(MetadataStateMachineTest.snapshotOf(model), snapshotOf(coordinator));
                for (final int end = Math.min(history.size(), at + 37); at < end; at++) {
                    final UnsafeBuffer command = history.get(at);
                    assertEquals(at, log.offer(command, 0, command.capacity()));
                    model.apply(42, command, 0, command.capacity());
                    if (at % 5 == 0) {
                        coordinator.doWork();
                    }
                }
                coordinator.doWork();
                assertTrue(coordinator.entriesSinceSnapshot() < 30);
            }
        }
    }

    private static List<UnsafeBuffer> snapshotOf(Coordinator coordinator) {
        final List<UnsafeBuffer> frames = new ArrayList<>();
        new MetadataSnapshotWriter((frame, at, length) -> frames.add(CommandHistory.copy(frame, at, length)))
                .write(coordinator.state());
        return frames;
    }
}
