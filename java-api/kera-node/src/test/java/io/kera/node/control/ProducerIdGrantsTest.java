package io.kera.node.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.coordinator.Coordinator;
import io.kera.coordinator.MemoryConsensusLog;
import io.kera.ffi.CoreOptions;
import io.kera.ffi.NativeCore;
import java.util.ArrayList;
import java.util.List;
import kera.codec.metadata.ErrorCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The core asks once for ids: what cannot be granted then is granted when the metadata can be written again. */
class ProducerIdGrantsTest {
    private static final int RANGE = 10_000;

    private final List<String> lines = new ArrayList<>();
    private final ControlRoom room = new ControlRoom((level, line) -> {});
    private final Coordinator coordinator = new Coordinator(new MemoryConsensusLog(() -> 42), room::onEvent);
    private final ProducerIdGrants grants = new ProducerIdGrants(room, (level, line) -> lines.add(line));
    private NativeCore core;
    private CoreLink link;

    @BeforeEach
    void open() {
        core = NativeCore.open(CoreOptions.builder()
                .arenaBytes(16L << 20)
                .loadedBytesMax(1L << 20)
                .listen("tcp:127.0.0.1:0")
                .authority(CoreOptions.Authority.CONTROL)
                .build());
        link = new CoreLink(
                core,
                (header, frame, offset, length) -> room.onCoreAnswer(header.correlationId(), frame, offset, length));
        room.attach(link, coordinator);
        coordinator.doWork();
    }

    @AfterEach
    void close() {
        coordinator.close();
        core.close();
    }

    private void turnUntilQuiet() {
        do {
            room.poll();
            coordinator.doWork();
            core.poll();
            link.poll();
        } while (!room.isQuiet());
    }

    private void failMetadata() {
        room.failCoordinator(ErrorCode.DISK_FULL.value(), "metadata_folder");
    }

    @Test
    void grantsWhatItOwesOnceTheMetadataCanBeWrittenAgain() {
        grants.grant();
        failMetadata();
        assertEquals(1, lines.size());
        assertTrue(lines.get(0).contains("event=producer_ids_not_granted"), lines.get(0));
        grants.resume();
        assertEquals(2, lines.size(), "it still cannot be written");
        room.mendCoordinator();
        grants.resume();
        turnUntilQuiet();
        assertEquals(1 + RANGE, coordinator.state().nextProducerId());
        assertEquals(2, lines.size());
    }

    @Test
    void resumesNothingThatItDoesNotOwe() {
        grants.resume();
        turnUntilQuiet();
        assertEquals(1, coordinator.state().nextProducerId());
        grants.grant();
        turnUntilQuiet();
        failMetadata();
        room.mendCoordinator();
        grants.resume();
        turnUntilQuiet();
        assertEquals(1 + RANGE, coordinator.state().nextProducerId());
    }

    @Test
    void grantsOneRangeAtATime() {
        grants.grant();
        grants.grant();
        turnUntilQuiet();
        assertEquals(1 + RANGE, coordinator.state().nextProducerId());
        grants.grant();
        turnUntilQuiet();
        assertEquals(1 + 2 * RANGE, coordinator.state().nextProducerId());
    }
}
