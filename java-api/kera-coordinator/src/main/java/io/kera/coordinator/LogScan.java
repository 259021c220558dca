package io.kera.coordinator;

import java.nio.file.Path;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What a log file was found to hold: entries up to {@code endPosition}, then at most a torn tail.
 *
 * @param endIndex index of the entry that would come next
 */
record LogScan(Path file, UnsafeBuffer bytes, int endPosition, long endIndex, long tornBytes) {
    /** Reads and verifies all of it; damage that is no torn tail is an exception. */
    static LogScan of(Path file, long firstIndex, EntryLayout layout) {
        return of(file, LogFolder.read(file), firstIndex, layout);
    }

    static LogScan of(Path file, UnsafeBuffer bytes, long firstIndex, EntryLayout layout) {
        final long stated = layout.readFileHeader(bytes, EntryLayout.LOG_MAGIC, file.toString());
        if (stated != firstIndex) {
            throw new MetadataDamagedException(
                    "file=" + file + " first_index=" + stated + " limit=" + firstIndex + "; it is another file's copy");
        }
        final EntryRun run = EntryRun.of(bytes, firstIndex, layout);
        refuseIfSynced(file, bytes, run, layout);
        return new LogScan(file, bytes, run.endPosition(), run.endIndex(), bytes.capacity() - run.endPosition());
    }

    /** What a crash tears was never synced; an entry behind it that says otherwise makes it rotten. */
    private static void refuseIfSynced(Path file, UnsafeBuffer bytes, EntryRun run, EntryLayout layout) {
        for (int at = run.endPosition(); at < bytes.capacity(); at += EntryLayout.ALIGNMENT) {
            if (layout.verifyEntry(bytes, at) > 0 && layout.syncedIndex(bytes, at) > run.endIndex()) {
                throw new MetadataDamagedException(
                        "file=" + file + " position=" + run.endPosition() + " intact_again_at=" + at
                                + "; the log is damaged in its middle: restore the metadata folder from a backup",
                        run.endPosition());
            }
        }
    }
}
