package io.kera.cli.quickstart;

import io.kera.cli.console.Amounts;
import io.kera.cli.console.CommandFailure;
import io.kera.cli.console.ExitCode;
import io.kera.node.config.NodeConfig;
import io.kera.node.config.NodeKeys;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The size of the work that suits this machine: bytes over each transport, memory of the node, and the folder of its
 * data. Immutable.
 */
record Extent(long transportBytes, long arenaBytes, Path folder) {
    static final int TRANSPORTS = 2;
    private static final long MIB = 1L << 20;
    private static final long GIB = 1L << 30;
    private static final double GIB_DEFAULT = 4;
    static final long ARENA_LEAST = 64 * MIB;
    private static final int SEGMENTS_LEAST = 64;
    private static final long SEGMENT_MOST = 16 * MIB;
    private static final long DISK_LEFT_OVER = 256 * MIB;

    /**
     * The size that is asked for, or the size that suits the machine.
     *
     * @param asked in GiB; 0: what suits the machine
     * @param arena in bytes; 0: what suits the machine
     * @param folder empty: a folder for temporary files
     */
    static Extent of(double asked, long arena, String folder) {
        // What a node would take of this machine, or of its container.
        final long arenaMost = NodeConfig.parse(List.of(), Map.of()).get(NodeKeys.MEMORY_ARENA);
        final Path chosen = folder.isEmpty() ? temporary() : Path.of(folder);
        final long free = freeBytes(chosen);
        final double wanted = asked > 0 ? asked : Math.min(GIB_DEFAULT, arenaMost * 4.0 / GIB);
        long each = Math.max(RecordPattern.BYTES, (long) (wanted * GIB) / TRANSPORTS);
        final long roomBytes = (free - DISK_LEFT_OVER) / 5 * 4;
        if (each > roomBytes) {
            if (asked > 0 || roomBytes < MIB) {
                throw new CommandFailure(
                        ExitCode.FAILED,
                        "folder=" + chosen + " free=" + Amounts.bytes(free) + " needed="
                                + Amounts.bytes(each / 4 * 5 + DISK_LEFT_OVER)
                                + "; give --folder of a larger disk, or fewer --gb");
            }
            each = roomBytes;
        }
        final long suits = Math.max(ARENA_LEAST, Math.min(arenaMost, each / 8 * 9 + 2 * ARENA_LEAST));
        return new Extent(each, arena > 0 ? arena : suits / MIB * MIB, chosen);
    }

    /** Small against the memory, so that what is on disk comes back in pieces that find room. */
    int segmentBytes() {
        return (int) Math.max(MIB, Math.min(SEGMENT_MOST, arenaBytes / SEGMENTS_LEAST));
    }

    long records() {
        return Math.max(1, transportBytes / RecordPattern.BYTES);
    }

    /** Of the disk, unless that one is memory and there is another. */
    private static Path temporary() {
        final Path usual = Path.of(System.getProperty("java.io.tmpdir", "/tmp"));
        final Path large = Path.of("/var/tmp");
        return isMemory(usual) && Files.isWritable(large) && !isMemory(large) ? large : usual;
    }

    private static boolean isMemory(Path folder) {
        try {
            return "tmpfs".equals(Files.getFileStore(folder).type());
        } catch (IOException e) {
            return false;
        }
    }

    private static long freeBytes(Path folder) {
        try {
            final FileStore store = Files.getFileStore(folder);
            return store.getUsableSpace();
        } catch (IOException e) {
            throw new CommandFailure(
                    ExitCode.MISUSED,
                    "folder=" + folder + " cannot be used (" + e + "); give --folder one that is there",
                    e);
        }
    }
}
