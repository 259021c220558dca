package io.kera.cli.quickstart;

import io.kera.client.AckLevel;
import java.time.Duration;

/**
 * What one passage does. Immutable.
 *
 * @param transport shm or tcp
 * @param keptIn memory, disk, or tmpfs: files in a folder that is memory
 * @param records how many it writes, unless time runs out
 * @param turnRecords how many it writes before it reads them back; a node without a disk has room for no more
 * @param segmentBytes the largest segment of its stream
 * @param acks what an acknowledgement means
 * @param writingMost limit of the time for writing
 */
record Plan(
        String transport,
        String keptIn,
        long records,
        long turnRecords,
        int segmentBytes,
        AckLevel acks,
        Duration writingMost) {
    /** In the memory of a node that keeps nothing. */
    static Plan inMemory(String transport, Extent extent, Duration writingMost) {
        final long records = records(extent.passageBytes());
        return new Plan(
                transport,
                "memory",
                records,
                Math.min(records, records(extent.turnBytes())),
                extent.segmentBytes(),
                AckLevel.LEADER,
                writingMost);
    }

    /** In the files of a node: acknowledged is what is on disk. */
    static Plan inFiles(String transport, Extent extent, Duration writingMost) {
        final long records = records(extent.diskBytes());
        return new Plan(
                transport,
                extent.isTmpfs() ? "tmpfs" : "disk",
                records,
                records,
                extent.segmentBytes(),
                AckLevel.DISK,
                writingMost);
    }

    /** Such as {@code tcp, disk}. */
    String title() {
        return transport + ", " + keptIn;
    }

    private static long records(long bytes) {
        return Math.max(1, bytes / RecordPattern.BYTES);
    }
}
