package io.kera.cli.quickstart;

import io.kera.cli.console.Amounts;
import io.kera.cli.console.CommandFailure;
import io.kera.cli.console.ExitCode;

/**
 * The size of the work that suits a machine. Immutable.
 *
 * @param passageBytes to write in each passage that is in memory
 * @param diskBytes to write in the passage that is kept in files; 0: there is no room for it
 * @param arenaBytes memory of the node
 */
record Extent(long passageBytes, long diskBytes, long arenaBytes, NodeFolder folder) {
    static final int PASSAGES = 3;
    private static final long MIB = 1L << 20;
    private static final long GIB = 1L << 30;
    private static final double GIB_DEFAULT = 6;
    static final long ARENA_LEAST = 64 * MIB;
    /** Less than is written, so that the disk is needed to read it back. */
    private static final long ARENA_DEFAULT_MOST = 768 * MIB;
    /** Of the arena, for what is read back from disk. */
    private static final long LOADED = 16 * MIB;

    private static final int SEGMENTS_LEAST = 64;
    private static final long SEGMENT_MOST = 16 * MIB;
    private static final long DISK_LEFT_OVER = 256 * MIB;
    /** With less on disk, its rate would say nothing. */
    private static final long DISK_LEAST = 64 * MIB;

    /**
     * The size that is asked for, or the size that suits the machine.
     *
     * @param asked in GiB, for all passages; 0: what suits the machine
     * @param arena in bytes; 0: what suits the machine
     * @param arenaMost what a node would take of this machine, or of its container
     */
    static Extent of(double asked, long arena, long arenaMost, NodeFolder folder) {
        final double wanted = asked > 0 ? asked : Math.min(GIB_DEFAULT, arenaMost * 2.0 * PASSAGES / GIB);
        final long each = Math.max(RecordPattern.BYTES, (long) (wanted * GIB) / PASSAGES);
        final long room = Math.max(0, (folder.freeBytes() - DISK_LEFT_OVER) / 5 * 4);
        if (each > room && asked > 0) {
            throw new CommandFailure(
                    ExitCode.FAILED,
                    "folder=" + folder.path() + " free=" + Amounts.bytes(folder.freeBytes()) + " needed="
                            + Amounts.bytes(neededOnDisk(each))
                            + "; give --folder of a larger disk, or fewer --gb");
        }
        final long suits = Math.min(Math.min(arenaMost, ARENA_DEFAULT_MOST), each / 8 * 9 + 2 * ARENA_LEAST);
        return new Extent(
                each,
                each <= room ? each : room < DISK_LEAST ? 0 : room,
                arena > 0 ? arena : Math.max(ARENA_LEAST, suits) / MIB * MIB,
                folder);
    }

    /** Free bytes of the disk without which nothing is kept there. */
    static long diskFreeLeast() {
        return neededOnDisk(DISK_LEAST);
    }

    /** Small against the memory, so that what is on disk comes back in pieces that find room. */
    int segmentBytes() {
        return (int) Math.max(MIB, Math.min(SEGMENT_MOST, arenaBytes / SEGMENTS_LEAST));
    }

    /** What the memory holds with room to spare: headers, open segments, and the part for old data. */
    long turnBytes() {
        return (arenaBytes - LOADED) / 8 * 7;
    }

    boolean isTmpfs() {
        return folder.isTmpfs();
    }

    private static long neededOnDisk(long bytes) {
        return bytes / 4 * 5 + DISK_LEFT_OVER;
    }
}
