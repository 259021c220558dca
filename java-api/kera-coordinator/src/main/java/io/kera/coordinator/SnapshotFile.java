package io.kera.coordinator;

import java.io.IOException;
import java.nio.file.Path;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** A snapshot's frames in a file of their own; every byte was verified when it was read. One thread. */
final class SnapshotFile implements ConsensusLog.SnapshotSource {
    private static final int BYTES_FIRST = 64 << 10;

    private final UnsafeBuffer bytes;
    private final EntryLayout layout;

    private SnapshotFile(UnsafeBuffer bytes, EntryLayout layout) {
        this.bytes = bytes;
        this.layout = layout;
    }

    static SnapshotFile read(Path file, long nextIndex, EntryLayout layout) {
        return of(file, LogFolder.read(file), nextIndex, layout);
    }

    static SnapshotFile of(Path file, UnsafeBuffer bytes, long nextIndex, EntryLayout layout) {
        final long stated = layout.readFileHeader(bytes, EntryLayout.SNAPSHOT_MAGIC, file.toString());
        final int end = EntryRun.of(bytes, 0, layout).endPosition();
        if (end < bytes.capacity()) {
            throw new MetadataDamagedException(
                    "file=" + file + " position=" + end + "; the snapshot is damaged: restore from a backup", end);
        }
        if (stated != nextIndex) {
            throw new MetadataDamagedException(
                    "file=" + file + " next_index=" + stated + " limit=" + nextIndex + "; it is another file's copy");
        }
        return new SnapshotFile(bytes, layout);
    }

    static void write(
            LogFolder folder, long nextIndex, long nowMs, EntryLayout layout, ConsensusLog.SnapshotSource frames)
            throws IOException {
        final Gathering gathering = new Gathering(layout, nowMs);
        layout.writeFileHeader(gathering.bytes, EntryLayout.SNAPSHOT_MAGIC, nextIndex, nowMs);
        frames.forEach(gathering);
        folder.writeDurably(folder.snapshotFile(nextIndex), gathering.bytes, gathering.length);
    }

    @Override
    public void forEach(EventSink frame) {
        int at = EntryLayout.FILE_HEADER_BYTES;
        while (at < bytes.capacity()) {
            final int body = layout.bodyLength(bytes, at);
            frame.onEvent(bytes, at + EntryLayout.ENTRY_HEADER_BYTES, body);
            at += EntryLayout.entryBytes(body);
        }
    }

    /** Frames on their way into the file. */
    private static final class Gathering implements EventSink {
        private final EntryLayout layout;
        private final long nowMs;
        private UnsafeBuffer bytes = new UnsafeBuffer(new byte[BYTES_FIRST]);
        private int length = EntryLayout.FILE_HEADER_BYTES;
        private long index;

        Gathering(EntryLayout layout, long nowMs) {
            this.layout = layout;
            this.nowMs = nowMs;
        }

        @Override
        public void onEvent(DirectBuffer frame, int offset, int frameLength) {
            final int needed = EntryLayout.entryBytes(frameLength);
            if (length + needed > bytes.capacity()) {
                final UnsafeBuffer larger = new UnsafeBuffer(new byte[2 * bytes.capacity() + needed]);
                larger.putBytes(0, bytes, 0, length);
                bytes = larger;
            }
            length += layout.writeEntry(
                    bytes, length, new EntryLayout.Stamp(index++, nowMs, 0), frame, offset, frameLength);
        }
    }
}
