package io.kera.coordinator;

import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.NavigableMap;
import org.jspecify.annotations.Nullable;

/**
 * Which files of a metadata folder a start would read, by their names; nothing is changed. Immutable.
 *
 * @param firstIndex of the first entry that is not in the newest snapshot
 * @param snapshot the newest one; null: there is none
 * @param log the file behind it; null: there is none, or more than can be
 * @param damage why a start is refused with these files; null: it is not
 */
public record MetadataFolder(
        long firstIndex,
        @Nullable Path snapshot,
        @Nullable Path log,
        @Nullable MetadataDamagedException damage) {
    /**
     * Looks at what is there.
     *
     * @throws java.io.UncheckedIOException it cannot be read
     */
    public static MetadataFolder read(Path path) {
        final LogFolder folder = new LogFolder(path, FileChannel::open);
        long firstIndex = 0;
        @Nullable Path snapshot = null;
        try {
            final NavigableMap<Long, Path> snapshots = folder.snapshotFiles();
            if (!snapshots.isEmpty()) {
                firstIndex = snapshots.lastKey();
                snapshot = snapshots.lastEntry().getValue();
            }
            final NavigableMap<Long, Path> logs = folder.logFiles().tailMap(firstIndex, true);
            return new MetadataFolder(firstIndex, snapshot, LogFolder.logBehind(firstIndex, logs), null);
        } catch (MetadataDamagedException e) {
            return new MetadataFolder(firstIndex, snapshot, null, e);
        }
    }
}
