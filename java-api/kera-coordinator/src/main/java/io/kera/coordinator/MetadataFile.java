package io.kera.coordinator;

import java.nio.file.Path;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A file of a metadata folder, read and judged as a start does it, but neither cut nor locked: for who looks at a node
 * that does not run. One thread. What lies before the damage can be looked at.
 */
public final class MetadataFile {
    private final UnsafeBuffer bytes;
    private final EntryLayout layout;
    private final boolean snapshot;
    private final long index;
    private final EntryRun run;
    private final @Nullable MetadataDamagedException damage;

    /** Is shown the entries of a file, in order. */
    @FunctionalInterface
    public interface Sink {
        /** {@code position}: where in the file the entry begins. The frame is to be read before this returns. */
        void onEntry(int position, long index, long timestampMs, DirectBuffer frame, int offset, int length);
    }

    private MetadataFile(
            UnsafeBuffer bytes,
            EntryLayout layout,
            boolean snapshot,
            long index,
            EntryRun run,
            @Nullable MetadataDamagedException damage) {
        this.bytes = bytes;
        this.layout = layout;
        this.snapshot = snapshot;
        this.index = index;
        this.run = run;
        this.damage = damage;
    }

    public static boolean isNamedLikeOne(Path file) {
        return LogFolder.isLog(file) || LogFolder.isSnapshot(file);
    }

    /**
     * REQUIRES: it is named like one.
     *
     * @throws java.io.UncheckedIOException it cannot be read
     */
    public static MetadataFile read(Path file) {
        final EntryLayout layout = new EntryLayout();
        final UnsafeBuffer bytes = LogFolder.read(file);
        final boolean snapshot = LogFolder.isSnapshot(file);
        long index = 0;
        @Nullable MetadataDamagedException damage = null;
        try {
            index = LogFolder.index(file);
            if (snapshot) {
                restore(SnapshotFile.of(file, bytes, index, layout), file);
            } else {
                LogScan.of(file, bytes, index, layout);
            }
        } catch (MetadataDamagedException e) {
            damage = e;
        }
        return new MetadataFile(
                bytes, layout, snapshot, index, EntryRun.of(bytes, snapshot ? 0 : index, layout), damage);
    }

    public boolean isSnapshot() {
        return snapshot;
    }

    /** Of a log's first entry, or of the first one that is not in a snapshot; what its name says. */
    public long index() {
        return index;
    }

    /** How many entries are whole, up to the first that is not. */
    public long entries() {
        return run.endIndex() - (snapshot ? 0 : index);
    }

    /** Where the last of them ends. */
    public long endPosition() {
        return run.endPosition();
    }

    /** Bytes behind it: a torn tail, unless there is damage. */
    public long bytesBehind() {
        return bytes.capacity() - (long) run.endPosition();
    }

    /** Why a start is refused with it; null: it is not. */
    public @Nullable MetadataDamagedException damage() {
        return damage;
    }

    public void forEach(Sink sink) {
        int at = EntryLayout.FILE_HEADER_BYTES;
        while (at < run.endPosition()) {
            final int body = layout.bodyLength(bytes, at);
            sink.onEntry(
                    at,
                    layout.index(bytes, at),
                    layout.timestampMs(bytes, at),
                    bytes,
                    at + EntryLayout.ENTRY_HEADER_BYTES,
                    body);
            at += EntryLayout.entryBytes(body);
        }
    }

    /** Its checksums are right; this is about what they protect. */
    private static void restore(SnapshotFile file, Path path) {
        final MetadataSnapshotReader reader = MetadataStateMachine.snapshotReader();
        try {
            file.forEach(reader);
            new MetadataStateMachine((frame, offset, length) -> {}).restore(reader);
        } catch (IndexOutOfBoundsException e) {
            throw new MetadataDamagedException(
                    "file=" + path + " reason=" + e.getMessage() + "; a text of it does not fit: restore from a backup",
                    EntryLayout.FILE_HEADER_BYTES);
        }
    }
}
