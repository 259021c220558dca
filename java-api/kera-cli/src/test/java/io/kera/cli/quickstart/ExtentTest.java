package io.kera.cli.quickstart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.cli.console.CommandFailure;
import io.kera.client.AckLevel;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ExtentTest {
    private static final long MIB = 1L << 20;
    private static final long GIB = 1L << 30;

    @Test
    void writesMoreThanTheMemoryHoldsOnALargeMachine() {
        final Extent extent = Extent.of(0, 0, 4 * GIB, withFree(100 * GIB));
        assertEquals(2 * GIB, extent.passageBytes());
        assertEquals(2 * GIB, extent.diskBytes());
        assertTrue(extent.arenaBytes() < extent.diskBytes());
    }

    @Test
    void writesLessOnASmallMachine() {
        final Extent extent = Extent.of(0, 0, 128 * MIB, withFree(100 * GIB));
        assertEquals(256 * MIB, extent.passageBytes());
        assertEquals(128 * MIB, extent.arenaBytes());
    }

    @Test
    void keepsToTheRoomOnDisk() {
        final Extent extent = Extent.of(0, 0, 4 * GIB, withFree(256 * MIB + 500 * MIB));
        assertEquals(2 * GIB, extent.passageBytes());
        assertEquals(400 * MIB, extent.diskBytes());
    }

    @Test
    void leavesTheDiskOutWhereItsRateWouldSayNothing() {
        assertEquals(0, Extent.of(0, 0, 4 * GIB, withFree(300 * MIB)).diskBytes());
        assertEquals(0, Extent.of(0, 0, 4 * GIB, withFree(0)).diskBytes());
    }

    @Test
    void refusesWhatIsAskedForAndHasNoRoom() {
        assertThrows(CommandFailure.class, () -> Extent.of(6, 0, 4 * GIB, withFree(GIB)));
    }

    @ParameterizedTest
    @CsvSource({"64", "512", "768", "4096"})
    void aTurnLeavesTheMemoryRoom(long arenaMib) {
        final Extent extent = Extent.of(0, arenaMib * MIB, 4 * GIB, withFree(100 * GIB));
        final long openSegments = 2L * extent.segmentBytes();
        assertTrue(extent.turnBytes() + 16 * MIB + openSegments < extent.arenaBytes());
        final Plan plan = Plan.inMemory("shm", extent, Duration.ofSeconds(1));
        assertTrue(plan.turnRecords() * RecordPattern.BYTES <= extent.turnBytes());
        assertTrue(plan.turnRecords() <= plan.records());
    }

    @Test
    void acknowledgesOnDiskWhatIsKeptThere() {
        final Extent extent = Extent.of(0, 0, 4 * GIB, withFree(100 * GIB));
        final Plan plan = Plan.inFiles("tcp", extent, Duration.ofSeconds(1));
        assertEquals(AckLevel.DISK, plan.acks());
        assertEquals("tcp, disk", plan.title());
    }

    private static NodeFolder withFree(long bytes) {
        return new NodeFolder(Path.of("/data"), bytes, false);
    }
}
